"""What the stand-ins tell the product afterwards, signed as the provider signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx
from django.conf import settings

from channels_app.sandbox.models import SandboxMessage
from channels_app.twilio.signing import sign
from contactcenter.conversations.models import ChannelAccount

# Late and twice is what providers do: the product has to come to the same end.
ORDER = ("queued", "sent", "delivered", "sent")
# A person whose phone is switched off: the last digits of a number that never gets anything.
_UNREACHABLE = "0000"


def tell_status(message_id: int, order: Sequence[str] = ORDER) -> None:
    """Post each status to the callback that the message named."""
    message = SandboxMessage.objects.select_related("account").get(pk=message_id)
    for status in order:
        failed = status == "delivered" and message.person.endswith(_UNREACHABLE)
        status = "undelivered" if failed else status
        sid = message.external_id
        form = {
            "ApiVersion": "2010-04-01",
            "AccountSid": str(message.account.config.get("account_sid", "")),
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": message.person,
            "From": message.account.address,
        }
        if failed:
            form["ErrorCode"] = "30003"
        post_form(message.account, message.data["StatusCallback"], form)
        SandboxMessage.objects.filter(pk=message_id).update(status=status)


def post_form(account: ChannelAccount, url: str, form: Mapping[str, str]) -> int:
    """Post it to the product itself, nowhere else. Returns the HTTP status."""
    if not url.startswith(f"{settings.PUBLIC_URL}/"):
        raise ValueError(f"The sandbox posts to {settings.PUBLIC_URL} alone.")
    signature = sign(url, {name: [value] for name, value in form.items()}, account.secret)
    answer = httpx.post(url, data=dict(form), headers={"X-Twilio-Signature": signature}, timeout=10)
    return answer.status_code
