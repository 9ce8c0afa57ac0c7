"""A provider that exists in tests alone: signs with HMAC, sends what it is told, fails on demand."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from channels_app.base import RequestNotVerified
from channels_app.types import (
    Capability,
    DeliveryResult,
    DeliveryStatus,
    InboundEvent,
    InboundFile,
    InboundKind,
    Limits,
    OutboundMessage,
    Sender,
)
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Delivery, IdentityKind, IdentityLevel

_KINDS = {"text": InboundKind.MESSAGE, "receipt": InboundKind.RECEIPT, "reaction": InboundKind.REACTION}
_KINDS |= {"edit": InboundKind.EDIT, "rating": InboundKind.RATING}
_STATES = {"sent": Delivery.ACCEPTED, "delivered": Delivery.DELIVERED, "read": Delivery.READ, "failed": Delivery.FAILED}


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class PigeonAdapter:
    """`{"events": [{"id", "type", "from", "text", …}]}`, signed in `X-Pigeon-Signature`."""

    kind: ClassVar[str] = "pigeon"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT | Capability.FILES | Capability.OPT_OUT_WORDS | Capability.STARTS
    )
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.PHONE})
    limits: ClassVar[Limits] = Limits(text=160, text_each=160, files=1)
    sent: ClassVar[list[OutboundMessage]] = []
    answer: ClassVar[Callable[[OutboundMessage], DeliveryResult] | None] = None

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        given = request.headers.get("X-Pigeon-Signature", "")
        if not hmac.compare_digest(given, sign(request.body, self.account.secret)):
            raise RequestNotVerified("signature")

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        if request.method == "GET":
            return []
        return [self._event(data) for data in json.loads(request.body)["events"]]

    def _event(self, data: dict[str, Any]) -> InboundEvent:
        sender = data.get("from")
        return InboundEvent(
            kind=_KINDS.get(data.get("type", ""), InboundKind.UNSUPPORTED),
            external_id=str(data.get("id", "")),
            occurred_at=datetime.fromtimestamp(data.get("at", 1_790_000_000), UTC),
            sender=Sender(kind=IdentityKind.PHONE, address=sender, level=IdentityLevel.RECOGNISED) if sender else None,
            text=data.get("text", ""),
            files=tuple(InboundFile(name=name, reference=name) for name in data.get("files", [])),
            about=data.get("about", ""),
            delivery=_STATES.get(data.get("state", "")),
            error=data.get("error", ""),
            is_automatic=data.get("automatic", False),
            raw=data,
        )

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        return HttpResponse(request.GET.get("challenge", "ok"), content_type="text/plain")

    def send(self, message: OutboundMessage) -> DeliveryResult:
        type(self).sent.append(message)
        if type(self).answer is not None:
            return type(self).answer(message)
        return DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=f"out-{len(type(self).sent)}")

    def fetch_file(self, reference: str) -> bytes:
        return b"MZ program" if reference.endswith(".exe") else b"hello, I am text"


class CarefulPigeonAdapter(PigeonAdapter):
    """Takes a key: the same message twice arrives once."""

    capabilities: ClassVar[Capability] = Capability.TEXT | Capability.IDEMPOTENT
