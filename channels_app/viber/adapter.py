"""Viber's bot API. Address: the bot's name, which customers see; secret: the bot's token.

Source: creators.viber.com/docs/bots-api. Every answer is HTTP 200; its `status` says what happened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from channels_app.base import ConnectionRefused, RequestNotVerified, TemporaryFailure
from channels_app.lenient import number, obj, text
from channels_app.providers import Answer, ProviderClient
from channels_app.types import (
    Capability,
    DeliveryResult,
    DeliveryStatus,
    InboundEvent,
    Limits,
    OutboundFile,
    OutboundMessage,
)
from channels_app.viber.errors import BLAMING, RETRIED, words_for
from channels_app.viber.parsing import viber_event
from channels_app.viber.signing import is_signed
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import IdentityKind

API = "https://chatapi.viber.com"
OWN_HOSTS = frozenset({"chatapi.viber.com", ".viber.com"})
_NAME_LENGTH, _CHOICE_LENGTH = 28, 250
# Viber shows these in place up to a size; bigger ones go as files.
_PICTURE_BYTES, _VIDEO_BYTES = 1024 * 1024, 26 * 1024 * 1024


class ViberAdapter:
    """One bot."""

    kind: ClassVar[str] = "viber"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT | Capability.FILES | Capability.CHOICES | Capability.DELIVERED | Capability.READ
    )
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.VIBER})
    limits: ClassVar[Limits] = Limits(
        text_each=7000,
        files_each=1,
        file_bytes=50 * 1024 * 1024,
        together=False,
        receive_bytes=50 * 1024 * 1024,
        per_second=40,
    )

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        given = request.headers.get("X-Viber-Content-Signature", "")
        if request.method != "POST" or not is_signed(request.body, self.account.secret, given):
            raise RequestNotVerified("signature")

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        data = json.loads(request.body)
        return [viber_event(data if isinstance(data, dict) else {"body": data}, now(), self._scope)]

    @property
    def _scope(self) -> str:
        # Until somebody renames the bot, its address part is what stays.
        return self.account.slug

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        return HttpResponse(status=200)

    def send(self, message: OutboundMessage) -> DeliveryResult:
        body: dict[str, Any] = {
            "receiver": message.recipient,
            "min_api_version": 1,
            "sender": {"name": self.account.address[:_NAME_LENGTH]},
            "tracking_data": message.key,
            **_content(message),
        }
        if message.choices:
            body["keyboard"] = _keyboard(message.choices)
        answer = self._ask("send_message", body)
        status = number(answer.data, "status")
        if status:
            return DeliveryResult(
                status=DeliveryStatus.REJECTED,
                reason=words_for(status, text(answer.data, "status_message")),
                blames_account=status in BLAMING,
            )
        return DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=text(answer.data, "message_token"))

    def _client(self) -> ProviderClient:
        return ProviderClient(
            self.account.api_base or API, own_hosts=OWN_HOSTS, headers={"X-Viber-Auth-Token": self.account.secret}
        )

    def _ask(self, method: str, body: Mapping[str, Any]) -> Answer:
        """Raises TemporaryFailure, SendTimedOut."""
        answer = self._client().post(f"/pa/{method}", json=dict(body))
        status = number(answer.data, "status")
        if not answer.is_success or status in RETRIED:
            raise TemporaryFailure(f"Viber {status or answer.status}", seconds=RETRIED.get(status))
        return answer

    def fetch_file(self, reference: str) -> bytes:
        return self._client().fetch(reference, most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        answer = self._ask("get_account_info", {})
        if status := number(answer.data, "status"):
            raise ConnectionRefused(words_for(status, text(answer.data, "status_message")))
        return text(answer.data, "name") or text(obj(answer.data), "id")


def _content(message: OutboundMessage) -> dict[str, Any]:
    return _file(message.files[0]) if message.files else {"type": "text", "text": message.text}


def _file(file: OutboundFile) -> dict[str, Any]:
    link = file.link()
    if file.content_type in {"image/jpeg", "image/png"} and file.size <= _PICTURE_BYTES:
        return {"type": "picture", "text": "", "media": link}
    if file.content_type == "video/mp4" and file.size <= _VIDEO_BYTES:
        return {"type": "video", "media": link, "size": file.size}
    return {"type": "file", "media": link, "size": file.size, "file_name": file.name[-256:]}


def _keyboard(choices: Sequence[str]) -> dict[str, Any]:
    buttons = [
        {"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": choice, "Text": choice[:_CHOICE_LENGTH]}
        for choice in choices
    ]
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": buttons}
