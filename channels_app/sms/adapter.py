"""SMS and MMS: Twilio's form in, its REST out.

Source: twilio.com/docs/messaging/guides/webhook-request and .../api/message-resource. Configuration: `account_sid`, and
`messaging_service_sid` where a service sends instead of the account's own number (its address); secret: the auth token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.http import HttpRequest, HttpResponse

from channels_app.twilio.client import TwilioClient
from channels_app.twilio.door import callback_address, files_of, is_message, status_event, verify_twilio
from channels_app.types import Capability, DeliveryResult, InboundEvent, InboundKind, Limits, OutboundMessage, Sender
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import IdentityKind, IdentityLevel

_CONSENT = {"STOP": InboundKind.OPT_OUT, "START": InboundKind.OPT_IN, "HELP": InboundKind.UNSUPPORTED}


class SmsAdapter:
    """One number or messaging service at Twilio."""

    kind: ClassVar[str] = "sms"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT | Capability.FILES | Capability.DELIVERED | Capability.OPT_OUT_WORDS | Capability.STARTS
    )
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.PHONE})
    limits: ClassVar[Limits] = Limits(
        text=1600,
        text_each=1600,
        in_segments=True,
        files=10,
        file_bytes=5 * 1024 * 1024,
        receive_bytes=5 * 1024 * 1024,
        per_second=100,
    )

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        verify_twilio(request, self.account)

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        form = {name: str(value) for name, value in request.POST.items()}
        if is_message(form):
            return [self._message(form.get("MessageSid") or form.get("SmsSid") or "", form)]
        return [status_event(form, request.GET.get("m", ""))]

    def _message(self, sid: str, form: Mapping[str, str]) -> InboundEvent:
        address = form.get("From", "")
        # Where Twilio itself acts on such words it says so, and has answered already.
        kind = _CONSENT.get(form.get("OptOutType", "").upper(), InboundKind.MESSAGE)
        return InboundEvent(
            kind=kind if address else InboundKind.UNSUPPORTED,
            external_id=sid,
            occurred_at=now(),
            sender=Sender(kind=IdentityKind.PHONE, address=address, level=IdentityLevel.RECOGNISED)
            if address
            else None,
            text=form.get("Body", ""),
            files=tuple(files_of(form)),
            raw=form,
        )

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        return HttpResponse("<Response/>", content_type="text/xml")

    def send(self, message: OutboundMessage) -> DeliveryResult:
        fields: dict[str, str | list[str]] = {
            "To": message.recipient,
            "StatusCallback": callback_address(self.account, message.key),
        }
        if message.text:
            fields["Body"] = message.text
        if message.files:
            fields["MediaUrl"] = [file.link() for file in message.files]
        service = self.account.config.get("messaging_service_sid")
        sender = {"MessagingServiceSid": str(service)} if service else {"From": self.account.address}
        return TwilioClient(self.account).send_message(fields | sender)

    def fetch_file(self, reference: str) -> bytes:
        return TwilioClient(self.account).fetch(reference, most=self.limits.receive_bytes)

    def check_connection(self) -> str:
        return TwilioClient(self.account).check()
