"""Whose signature counts: against the validators that providers publish, and never without one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from viberbot import Api
from viberbot.api.bot_configuration import BotConfiguration

from channels_app.generic import signing as standard
from channels_app.meta import signing as meta
from channels_app.models import InboundDelivery
from channels_app.viber import signing as viber
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from tests.channels.kinds.providers import PROVIDERS, SIGNING_SECRET, TOKEN, fixture, make_kind, names_of, post

SIGNED = [kind for kind, provider in PROVIDERS.items() if provider.sign is not None]


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.PUBLIC_URL = "https://contactcenter.example"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", PROVIDERS)
def test_without_the_right_signature_nothing_is_kept(kind: str) -> None:
    account = make_kind(kind)
    body = fixture(kind, "text" if "text" in names_of(kind) else names_of(kind)[0])
    sign = PROVIDERS[kind].sign
    names = ["X-Twilio-Signature"] if sign is None else [name for name in sign("", b"") if "timestamp" not in name]
    for name in names:
        for wrong in ("", "nonsense", "ünicode", "sha256=", "v1,"):
            assert post(account, body, **{name: wrong}).status_code == 403, (name, wrong)
    ChannelAccount.objects.filter(pk=account.pk).update(secret="")
    assert post(account, body).status_code == 403, "an account without a secret believes nobody"
    assert not InboundDelivery.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [kind for kind in SIGNED if kind != "telegram"])
def test_a_signature_is_for_one_body(kind: str) -> None:
    account = make_kind(kind)
    sign = PROVIDERS[kind].sign
    assert sign is not None
    headers = sign("", json.dumps(fixture(kind, names_of(kind)[0])).encode())
    assert post(account, fixture(kind, names_of(kind)[1]), **headers).status_code == 403
    assert not InboundDelivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_old_and_early_messages_of_the_own_channel_are_refused() -> None:
    account = make_kind("generic")
    body = fixture("generic", "message")
    sign = PROVIDERS["generic"].sign
    assert sign is not None
    headers = sign("", json.dumps(body, ensure_ascii=False).encode())
    for minutes, status in ((6, 403), (-6, 403), (4, 202)):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            assert post(account, body, **headers).status_code == status


@given(body=st.binary(max_size=300), secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_metas_signature_is_of_the_raw_bytes(body: bytes, secret: str) -> None:
    assert meta.is_signed(body, secret, meta.sign(body, secret))
    assert not meta.is_signed(body + b" ", secret, meta.sign(body, secret))


def test_metas_signature_by_vectors_of_our_own() -> None:
    """As `openssl dgst -sha256 -hmac` makes them; the escape in the body is signed as it stands."""
    assert meta.sign(b"", "key") == "sha256=5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0"
    digest = "54fcd033596d72a7eaeed29601a5f844f9af270e16a8f0a3d65f3fc55ac9d225"
    assert meta.sign(b'{"a":"\\u00f5"}', "secret") == f"sha256={digest}"


@given(body=st.binary(max_size=300))
def test_vibers_own_library_agrees(body: bytes) -> None:
    api = Api(BotConfiguration(name="Nordwind", avatar="", auth_token=TOKEN))
    assert api.verify_signature(body, viber.sign(body, TOKEN))
    assert viber.is_signed(body, TOKEN, viber.sign(body, TOKEN))
    assert not viber.is_signed(body + b"x", TOKEN, viber.sign(body, TOKEN))


@given(
    body=st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    name=st.from_regex(r"[a-z0-9_]{1,30}", fullmatch=True),
)
def test_standard_webhooks_own_library_agrees_both_ways(body: str, name: str) -> None:
    moment = now()
    theirs = Webhook(SIGNING_SECRET).sign(name, moment, body)
    stamp = str(int(moment.timestamp()))
    assert standard.is_signed(body.encode(), SIGNING_SECRET, message_id=name, timestamp=stamp, given=f"v1,zzz {theirs}")
    ours = standard.sign(body.encode(), SIGNING_SECRET, message_id=name, timestamp=int(stamp))
    assert ours == theirs


def test_a_made_secret_is_one() -> None:
    secret = standard.new_secret()
    assert len(standard.key_of(secret)) == 32
    assert not standard.is_signed(b"", "whsec_!", message_id="a", timestamp=str(int(now().timestamp())), given="v1,a")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["messenger", "facebook", "instagram", "whatsapp_cloud"])
def test_metas_handshake(kind: str) -> None:
    account = make_kind(kind)
    account.config["verify_token"] = "öur-token"
    account.save()
    path = f"/hooks/{kind}/{kind}/"
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    right: Any = Client().get(path, {**asked, "hub.verify_token": "öur-token"})
    assert (right.status_code, right.content, right["Content-Type"]) == (200, b"1158201444", "text/plain")
    for wrong in ({"hub.verify_token": "other"}, {}, {"hub.verify_token": "öur-token", "hub.mode": "unsubscribe"}):
        assert Client().get(path, {**asked, **wrong}).status_code == 403
