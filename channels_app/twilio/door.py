"""What SMS and WhatsApp at Twilio have in common: the signed form, its files, and what became of our messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from channels_app.base import RequestNotVerified
from channels_app.twilio.errors import words_for
from channels_app.twilio.signing import is_signed
from channels_app.types import InboundEvent, InboundFile, InboundKind
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Delivery

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
# More files than that no request names; NumMedia is the sender's word.
_MOST_FILES = 10


def verify_twilio(request: HttpRequest, account: ChannelAccount) -> None:
    """Check the signature over the address as the provider knows it. Raises RequestNotVerified."""
    body = request.body  # before the form is read, or it is gone
    url = f"{settings.PUBLIC_URL}{request.get_full_path()}"
    given = request.headers.get("X-Twilio-Signature", "")
    if not is_signed(url, dict(request.POST.lists()), account.secret, given, body=body):
        raise RequestNotVerified("signature")


def callback_address(account: ChannelAccount, key: str) -> str:
    """Where Twilio tells what became of a message; the key comes back even if the answer to our request is lost."""
    return f"{settings.PUBLIC_URL}{reverse('webhook', args=[account.kind, account.slug])}?m={key}"


def _status_of(form: Mapping[str, str]) -> str:
    return (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()


def is_message(form: Mapping[str, str]) -> bool:
    """Whether somebody wrote, rather than something became of what we wrote."""
    status = _status_of(form)
    return status in {"received", "receiving"} or (not status and bool(form.get("From")))


def status_event(form: Mapping[str, str], own_key: str) -> InboundEvent:
    """What became of a message of ours."""
    sid = form.get("MessageSid") or form.get("SmsSid") or form.get("SmsMessageSid") or ""
    status = _status_of(form)
    delivery = _DELIVERIES.get(status)
    return InboundEvent(
        kind=InboundKind.RECEIPT if delivery and sid else InboundKind.UNSUPPORTED,
        external_id=f"{sid}:{status}" if sid else "",
        occurred_at=now(),
        about=sid,
        own_key=own_key,
        delivery=delivery,
        error=words_for(form.get("ErrorCode", ""), form.get("ErrorMessage", ""))[:300],
        raw=form,
    )


def files_of(form: Mapping[str, str]) -> Iterator[InboundFile]:
    """The files that a form names."""
    given = form.get("NumMedia", "")
    count = min(int(given), _MOST_FILES) if given.isascii() and given.isdecimal() else 0
    for number in range(count):
        url = form.get(f"MediaUrl{number}", "")
        content_type = form.get(f"MediaContentType{number}", "").partition(";")[0]
        subtype = content_type.partition("/")[2]
        if url:
            yield InboundFile(name=f"{number + 1}.{subtype or 'bin'}", reference=url, content_type=content_type)
