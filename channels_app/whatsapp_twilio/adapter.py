"""WhatsApp at Twilio: the form of SMS, with addresses that begin with `whatsapp:`.

Source: twilio.com/docs/whatsapp/api. Configuration and secret as for SMS; templates go by their ContentSid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.http import HttpRequest, HttpResponse

from channels_app.lenient import place
from channels_app.twilio.client import TwilioClient
from channels_app.twilio.door import callback_address, files_of, is_message, status_event, verify_twilio
from channels_app.types import Capability, DeliveryResult, InboundEvent, InboundKind, Limits, OutboundMessage
from channels_app.whatsapp.people import whatsapp_sender
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import IdentityKind

_PREFIX = "whatsapp:"
# These have a place of their own in the form, or are shown as they are.
_PLAIN_TYPES = frozenset({"", "text", "image", "audio", "video", "document", "sticker", "button", "interactive"})


class WhatsAppTwilioAdapter:
    """One number."""

    kind: ClassVar[str] = "whatsapp_twilio"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT
        | Capability.FILES
        | Capability.DELIVERED
        | Capability.READ
        | Capability.TEMPLATES
        | Capability.OPT_OUT_WORDS
    )
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.WHATSAPP})
    limits: ClassVar[Limits] = Limits(
        text_each=1600,
        files_each=1,
        file_bytes=16 * 1024 * 1024,
        receive_bytes=16 * 1024 * 1024,
        window_hours=24,
        per_second=80,
    )

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        verify_twilio(request, self.account)

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        form = {name: str(value) for name, value in request.POST.items()}
        return [_message(form) if is_message(form) else status_event(form, request.GET.get("m", ""))]

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        return HttpResponse("<Response/>", content_type="text/xml")

    def send(self, message: OutboundMessage) -> DeliveryResult:
        fields: dict[str, str | list[str]] = {
            "To": _PREFIX + message.recipient,
            "From": _PREFIX + self.account.address,
            "StatusCallback": callback_address(self.account, message.key),
        }
        if message.template is not None:
            fields["ContentSid"] = message.template.name
            values = {str(place): value for place, value in enumerate(message.template.values, start=1)}
            if values:
                fields["ContentVariables"] = json.dumps(values, ensure_ascii=False)
            return TwilioClient(self.account).send_message(fields)
        if message.text:
            fields["Body"] = message.text
        if message.files:
            fields["MediaUrl"] = [message.files[0].link()]
        return TwilioClient(self.account).send_message(fields)

    def fetch_file(self, reference: str) -> bytes:
        return TwilioClient(self.account).fetch(reference, most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        return TwilioClient(self.account).check()


def _message(form: Mapping[str, str]) -> InboundEvent:
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    kind = form.get("MessageType", "").lower()
    addresses = [form.get(name, "") for name in ("From", "WaId", "ExternalUserId")]
    sender = whatsapp_sender(
        *(address.removeprefix(_PREFIX) for address in addresses), name=form.get("ProfileName", "")
    )
    event = InboundEvent(
        kind=InboundKind.MESSAGE if sid and sender else InboundKind.UNSUPPORTED,
        external_id=sid,
        occurred_at=now(),
        sender=sender,
        text=_words(form),
        files=tuple(files_of(form)),
        reply_to=form.get("OriginalRepliedMessageSid", ""),
        ref=(form.get("ReferralSourceId") or form.get("ReferralCtwaClid") or "")[:200],
        raw=form,
        unsupported=kind if kind not in _PLAIN_TYPES and not _words(form) else "",
    )
    return event


def _words(form: Mapping[str, str]) -> str:
    where = place(
        _degrees(form, "Latitude"), _degrees(form, "Longitude"), form.get("Label", ""), form.get("Address", "")
    )
    chosen = form.get("ButtonText") or form.get("ListTitle") or ""
    body = form.get("Body", "")
    return "\n".join(dict.fromkeys(filter(None, (chosen if chosen not in body else "", body, where))))


def _degrees(form: Mapping[str, str], name: str) -> float | None:
    try:
        return float(form.get(name, ""))
    except ValueError:
        return None
