"""SMS and MMS: Twilio's form in, its REST out.

Source: twilio.com/docs/messaging/guides/webhook-request and .../api/message-resource. Configuration: `account_sid`, and
`messaging_service_sid` where a service sends instead of the account's own number (its address); secret: the auth token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from channels_app.base import RequestNotVerified
from channels_app.twilio.client import TwilioClient
from channels_app.twilio.errors import words_for
from channels_app.twilio.signing import is_signed
from channels_app.types import (
    Capability,
    DeliveryResult,
    InboundEvent,
    InboundFile,
    InboundKind,
    Limits,
    OutboundMessage,
    Sender,
)
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Delivery, IdentityKind, IdentityLevel

_DELIVERIES: Mapping[str, Delivery] = {
    "accepted": Delivery.ACCEPTED,
    "scheduled": Delivery.ACCEPTED,
    "queued": Delivery.ACCEPTED,
    "sending": Delivery.ACCEPTED,
    "sent": Delivery.ACCEPTED,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "undelivered": Delivery.FAILED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}
_CONSENT = {"STOP": InboundKind.OPT_OUT, "START": InboundKind.OPT_IN, "HELP": InboundKind.UNSUPPORTED}
# More files than that no request names; NumMedia is the sender's word.
_MOST_FILES = 10


class SmsAdapter:
    """One number or messaging service at Twilio."""

    kind: ClassVar[str] = "sms"
    capabilities: ClassVar[Capability] = (
        Capability.TEXT | Capability.DELIVERED | Capability.OPT_OUT_WORDS | Capability.STARTS
    )
    identity_kinds: ClassVar[frozenset[IdentityKind]] = frozenset({IdentityKind.PHONE})
    limits: ClassVar[Limits] = Limits(text=1600, files=0, in_segments=True)

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def verify(self, request: HttpRequest) -> None:
        body = request.body  # before the form is read, or it is gone
        url = f"{settings.PUBLIC_URL}{request.get_full_path()}"
        given = request.headers.get("X-Twilio-Signature", "")
        if not is_signed(url, dict(request.POST.lists()), self.account.secret, given, body=body):
            raise RequestNotVerified("signature")

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        form = {name: str(value) for name, value in request.POST.items()}
        sid = form.get("MessageSid") or form.get("SmsSid") or form.get("SmsMessageSid") or ""
        status = (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()
        if status in {"received", "receiving"} or (not status and form.get("From")):
            return [self._message(sid, form)]
        delivery = _DELIVERIES.get(status)
        return [
            InboundEvent(
                kind=InboundKind.RECEIPT if delivery and sid else InboundKind.UNSUPPORTED,
                external_id=f"{sid}:{status}" if sid else "",
                occurred_at=now(),
                about=sid,
                delivery=delivery,
                error=words_for(form.get("ErrorCode", ""), form.get("ErrorMessage", ""))[:300],
                raw=form,
            )
        ]

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
            files=tuple(_files(form)),
            raw=form,
        )

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        return HttpResponse("<Response/>", content_type="text/xml")

    def send(self, message: OutboundMessage) -> DeliveryResult:
        path = reverse("webhook", args=[self.kind, self.account.slug])
        fields = {"To": message.recipient, "Body": message.text, "StatusCallback": f"{settings.PUBLIC_URL}{path}"}
        service = self.account.config.get("messaging_service_sid")
        sender = {"MessagingServiceSid": str(service)} if service else {"From": self.account.address}
        return TwilioClient(self.account).send_message(fields | sender)

    def fetch_file(self, file: InboundFile) -> bytes:
        return TwilioClient(self.account).fetch(file.reference, most=settings.ATTACHMENT_MAX_BYTES)


def _files(form: Mapping[str, str]) -> list[InboundFile]:
    given = form.get("NumMedia", "")
    count = min(int(given), _MOST_FILES) if given.isascii() and given.isdecimal() else 0
    found = []
    for number in range(count):
        url = form.get(f"MediaUrl{number}", "")
        subtype = form.get(f"MediaContentType{number}", "").partition("/")[2].partition(";")[0]
        if url:
            found.append(InboundFile(name=f"{number + 1}.{subtype or 'bin'}", reference=url))
    return found
