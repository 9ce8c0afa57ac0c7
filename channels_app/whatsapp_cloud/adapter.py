"""WhatsApp through Meta's Cloud API. Address: the phone number id; secrets: `access_token`, `app_secret`.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages.
"""

from __future__ import annotations

from typing import Any, ClassVar

from channels_app.base import FileRefused, SendTimedOut, TemporaryFailure
from channels_app.lenient import items, number, text
from channels_app.meta.door import MetaDoor
from channels_app.meta.graph import GraphClient, rejection
from channels_app.types import (
    Capability,
    DeliveryResult,
    DeliveryStatus,
    Limits,
    OutboundFile,
    OutboundMessage,
    OutboundTemplate,
)
from channels_app.whatsapp.people import is_scoped_id
from contactcenter.conversations.states import IdentityKind

_MOST_BUTTONS, _BUTTON_LENGTH = 3, 20
_MOST_ROWS, _ROW_LENGTH = 10, 24
# What WhatsApp shows in place; everything else goes as a document.
_PICTURES, _SOUNDS, _FILMS = (
    frozenset({"image/jpeg", "image/png"}),
    frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
    frozenset({"video/mp4", "video/3gpp"}),
)


class _NotUploaded(Exception):
    """The provider does not take the file."""

    def __init__(self, result: DeliveryResult) -> None:
        super().__init__(result.reason)
        self.result = result


class WhatsAppCloudAdapter(MetaDoor):
    """One number."""

    kind: ClassVar[str] = "whatsapp_cloud"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT
        | Capability.FILES
        | Capability.CHOICES
        | Capability.DELIVERED
        | Capability.READ
        | Capability.TEMPLATES
        | Capability.OPT_OUT_WORDS
    )
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.WHATSAPP})
    limits: ClassVar[Limits] = Limits(
        text_each=4096,
        files_each=1,
        file_bytes=100 * 1024 * 1024,
        together=False,
        receive_bytes=100 * 1024 * 1024,
        window_hours=24,
        per_second=80,
    )

    def send(self, message: OutboundMessage) -> DeliveryResult:
        client = GraphClient(self.account)
        try:
            content = self._content(client, message)
        except _NotUploaded as error:
            return error.result
        to = {"recipient" if is_scoped_id(message.recipient) else "to": message.recipient.lstrip("+")}
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **to,
            **content,
            "biz_opaque_callback_data": message.key,
        }
        if message.reply_to:
            body["context"] = {"message_id": message.reply_to}
        answer = client.post(f"{self.account.address}/messages", json=body)
        sent = next(iter(items(answer.data, "messages")), {})
        accepted = DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=text(sent, "id"))
        return rejection(answer) or accepted

    def _content(self, client: GraphClient, message: OutboundMessage) -> dict[str, Any]:
        if message.template is not None:
            return {"type": "template", "template": _template(message.template)}
        if message.files:
            return self._file(client, message.files[0])
        if message.choices:
            return {"type": "interactive", "interactive": _choices(message)}
        return {"type": "text", "text": {"body": message.text, "preview_url": True}}

    def _file(self, client: GraphClient, file: OutboundFile) -> dict[str, Any]:
        """Uploaded first: a link of ours need not be reachable from everywhere."""
        form = {"messaging_product": "whatsapp", "type": file.content_type}
        content = (file.name, file.read(), file.content_type)
        try:
            answer = client.post(f"{self.account.address}/media", data=form, files={"file": content})
        except SendTimedOut as error:
            # Nothing has been said to the customer yet, so that trying again is safe.
            raise TemporaryFailure(str(error)) from error
        refused, media = rejection(answer), text(answer.data, "id")
        if refused is not None:
            raise _NotUploaded(refused)
        kind = _kind_of(file.content_type)
        named = {"filename": file.name} if kind == "document" else {}
        return {"type": kind, kind: {"id": media, **named}}

    def fetch_file(self, reference: str) -> bytes:
        client = GraphClient(self.account)
        answer = client.get(reference, phone_number_id=self.account.address)
        refused = rejection(answer)
        if refused is not None or not text(answer.data, "url"):
            raise FileRefused(refused.reason if refused else f"HTTP {answer.status}")
        if number(answer.data, "file_size") > self.limits.receive_bytes:
            raise FileRefused(f"{number(answer.data, 'file_size')} bytes")
        return client.fetch(text(answer.data, "url"), most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        answer = GraphClient(self.account).check(
            self.account.address, fields="display_phone_number,verified_name,quality_rating"
        )
        names = ("verified_name", "display_phone_number", "quality_rating")
        return ", ".join(filter(None, (text(answer.data, name) for name in names)))


def _kind_of(content_type: str) -> str:
    if content_type in _PICTURES:
        return "image"
    if content_type in _SOUNDS:
        return "audio"
    return "video" if content_type in _FILMS else "document"


def _template(template: OutboundTemplate) -> dict[str, Any]:
    found: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if template.values:
        parameters = [{"type": "text", "text": value} for value in template.values]
        found["components"] = [{"type": "body", "parameters": parameters}]
    return found


def _choices(message: OutboundMessage) -> dict[str, Any]:
    """Three answers are buttons, more a list."""
    body = {"text": message.text}
    if len(message.choices) <= _MOST_BUTTONS:
        buttons = [
            {"type": "reply", "reply": {"id": choice[:256], "title": choice[:_BUTTON_LENGTH]}}
            for choice in message.choices
        ]
        return {"type": "button", "body": body, "action": {"buttons": buttons}}
    rows = [{"id": choice[:200], "title": choice[:_ROW_LENGTH]} for choice in message.choices[:_MOST_ROWS]]
    return {"type": "list", "body": body, "action": {"button": "…", "sections": [{"rows": rows}]}}
