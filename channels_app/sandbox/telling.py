"""What the stand-ins tell the product: receipts and people's words, signed as each provider signs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from django.conf import settings
from django.urls import reverse

from channels_app.generic import signing as standard
from channels_app.meta import signing as meta
from channels_app.sandbox.models import SandboxMessage
from channels_app.sandbox.receipts import receipts_of
from channels_app.secrets import secret_of
from channels_app.twilio.signing import sign
from channels_app.viber import signing as viber
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount

# Late and twice is what providers do: the product has to come to the same end.
ORDER = ("queued", "sent", "delivered", "sent")
# A person whose phone is switched off: the last digits of a number that never gets anything.
UNREACHABLE = "0000"


def tell_status(message_id: int, order: Sequence[str] = ORDER) -> None:
    """Tell what became of a message, as its provider does."""
    message = SandboxMessage.objects.select_related("account").get(pk=message_id)
    if message.account.kind not in {"sms", "whatsapp_twilio"}:
        for body in receipts_of(message, fails=message.person.endswith(UNREACHABLE)):
            post_json(message.account, body)
        return
    for status in order:
        failed = status == "delivered" and message.person.endswith(UNREACHABLE)
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


def post_json(account: ChannelAccount, body: Any) -> int:
    """The same for providers that speak JSON; the account's own webhook address is the product's."""
    url = f"{settings.PUBLIC_URL}{reverse('webhook', args=[account.kind, account.slug])}"
    content = json.dumps(body, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", **_signature(account, content)}
    return httpx.post(url, content=content, headers=headers, timeout=10).status_code


def _signature(account: ChannelAccount, content: bytes) -> dict[str, str]:
    if account.kind == "viber":
        return {"X-Viber-Content-Signature": viber.sign(content, account.secret)}
    if account.kind == "telegram":
        return {"X-Telegram-Bot-Api-Secret-Token": secret_of(account, "webhook_secret")}
    if account.kind == "generic":
        moment = int(now().timestamp())
        message_id = f"sandbox-{moment}-{abs(hash(content))}"
        signature = standard.sign(content, account.secret, message_id=message_id, timestamp=moment)
        return {"webhook-id": message_id, "webhook-timestamp": str(moment), "webhook-signature": signature}
    return {"X-Hub-Signature-256": meta.sign(content, secret_of(account, "app_secret"))}
