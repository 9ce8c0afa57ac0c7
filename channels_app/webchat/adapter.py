"""The widget as a channel: nothing goes to a provider, the hub pushes to the customer's own sockets."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse

from channels_app.base import RequestNotVerified
from channels_app.types import Capability, DeliveryResult, DeliveryStatus, InboundEvent, Limits, OutboundMessage
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import IdentityKind


class WebchatAdapter:
    """Messages of `settings.PUSHED_KINDS` are accepted when they are written; this class states what the widget can."""

    kind = "webchat"
    capabilities = (
        Capability.TEXT
        | Capability.FILES
        | Capability.CHOICES
        | Capability.TYPING
        | Capability.DELIVERED
        | Capability.READ
        | Capability.IDEMPOTENT
    )
    identity_kinds = frozenset({IdentityKind.VISITOR, IdentityKind.CUSTOMER_ID})
    limits = Limits()

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        raise RequestNotVerified("the widget has no webhook")

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        return []

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        return HttpResponse(status=204)

    def send(self, message: OutboundMessage) -> DeliveryResult:
        return DeliveryResult(status=DeliveryStatus.ACCEPTED)
