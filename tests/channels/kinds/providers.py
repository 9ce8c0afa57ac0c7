"""Every kind of account that speaks JSON or forms, as its provider speaks: fixtures, signatures, an account of each."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client
from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator

from channels_app.tasks import process_inbound
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount, Effect
from contactcenter.conversations.states import IdentityKind
from routing.models import Queue
from tests import factories as make

FIXTURES = Path(__file__).parents[2] / "fixtures"
SITE = "https://contactcenter.example"
APP_SECRET, TOKEN, WEBHOOK_SECRET = "an app secret", "445da6az1s345z78-dazcczb2542zv51a", "a_secret-of-OUR-own"
SIGNING_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs="
META = json.dumps({"app_secret": APP_SECRET, "access_token": "a page's token"})
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
Signer = Callable[[str, bytes], dict[str, str]]


def sign_meta(url: str, body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()}


def sign_viber(url: str, body: bytes) -> dict[str, str]:
    return {"X-Viber-Content-Signature": hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()}


def sign_telegram(url: str, body: bytes) -> dict[str, str]:
    return {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}


def sign_generic(url: str, body: bytes) -> dict[str, str]:
    moment, message_id = now(), f"msg_{hashlib.sha256(body).hexdigest()[:20]}"
    signature = Webhook(SIGNING_SECRET).sign(message_id, moment, body.decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


@dataclass(frozen=True)
class Provider:
    """What an account of a kind needs, how its requests are signed, and the person whom its fixtures speak of."""

    channel: str
    address: str
    secret: str
    sign: Signer | None
    person: tuple[IdentityKind, str, str]
    # The provider's id of the message of ours that receipts and reactions speak of.
    sent: str
    config: Mapping[str, str]


PROVIDERS: dict[str, Provider] = {
    "messenger": Provider(
        "messenger",
        "112233445566778",
        META,
        sign_meta,
        (IdentityKind.MESSENGER, "7788990011223344", "112233445566778"),
        "m_out",
        {"app_id": "4242424242"},
    ),
    "facebook": Provider(
        "facebook",
        "112233445566778",
        META,
        sign_meta,
        (IdentityKind.FACEBOOK, "5550001", "112233445566778"),
        "900_77",
        {},
    ),
    "instagram": Provider(
        "instagram",
        "17841400000000001",
        META,
        sign_meta,
        (IdentityKind.INSTAGRAM, "998877665544", "17841400000000001"),
        "i_out",
        {},
    ),
    "whatsapp_cloud": Provider(
        "whatsapp", "106540352242922", META, sign_meta, (IdentityKind.WHATSAPP, "+37255512345", ""), "wamid.OUT", {}
    ),
    "whatsapp_twilio": Provider(
        "whatsapp",
        "+3726000001",
        TOKEN,
        None,
        (IdentityKind.WHATSAPP, "+37255512345", ""),
        "SM" + "f" * 32,
        {"account_sid": "AC" + "1" * 32},
    ),
    "viber": Provider(
        "viber",
        "Nordwind",
        TOKEN,
        sign_viber,
        (IdentityKind.VIBER, "viber01234567890A==", ""),
        "5741311803571721087",
        {},
    ),
    "telegram": Provider(
        "telegram",
        "nordwind_bot",
        json.dumps({"token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "webhook_secret": WEBHOOK_SECRET}),
        sign_telegram,
        (IdentityKind.TELEGRAM, "5551234567", ""),
        "5551234567:500",
        {},
    ),
    "generic": Provider(
        "generic", "", SIGNING_SECRET, sign_generic, (IdentityKind.GENERIC, "user-77", ""), "out-1", {}
    ),
}


def make_kind(kind: str, *, queue: Queue | None = None, slug: str = "") -> ChannelAccount:
    """An account of this kind whose traffic enters a queue of a brand of its own."""
    provider = PROVIDERS[kind]
    queue = queue or make.make_queue()
    queue.brand.phone_region = "EE"
    queue.brand.save()
    return make.make_account(
        slug or kind,
        queue=queue,
        kind=kind,
        channel=provider.channel,
        address=provider.address,
        secret=provider.secret,
        config=dict(provider.config),
    )


def names_of(kind: str) -> list[str]:
    return sorted(path.stem for path in (FIXTURES / kind).glob("*.json"))


def fixture(kind: str, name: str) -> Any:
    return json.loads((FIXTURES / kind / f"{name}.json").read_text())


def post(account: ChannelAccount, content: Any, **headers: str) -> HttpResponse:
    """The request as the provider makes it; `headers` replace those of its signature."""
    path = f"/hooks/{account.kind}/{account.slug}/"
    sign = PROVIDERS[account.kind].sign
    if sign is None:
        body = urlencode(content).encode()
        signed = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(f"{SITE}{path}", content)}
    else:
        body = json.dumps(content, ensure_ascii=False).encode()
        signed = sign(f"{SITE}{path}", body)
    content_type = FORM if sign is None else JSON
    answer: Any = Client().post(path, body, content_type=content_type, headers={**signed, **headers})
    return answer


def work_off() -> None:
    """What workers do with what came, until nothing changes: later tries come at once."""
    done = -1
    while done != (done := Effect.objects.filter(name="process_inbound", done_at__isnull=False).count()):
        Effect.objects.filter(not_before__gt=now()).update(not_before=now() - timedelta(seconds=1))
        for pk in (
            Effect.objects.filter(name="process_inbound", done_at=None).order_by("pk").values_list("pk", flat=True)
        ):
            process_inbound(pk)
