"""Who may come in: origins, identities, foreign ids, floods, blocked senders. Each refused in words."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from typing import Any

import jwt
import pytest
import time_machine

from channels_app.models import InboundDelivery
from channels_app.webchat import limits
from contactcenter.accounts.models import Brand
from contactcenter.base import rates
from contactcenter.base.clock import now
from contactcenter.conversations.models import (
    BlockedAddress,
    ChannelAccount,
    Conversation,
    Customer,
    Identity,
    Message,
)
from contactcenter.conversations.states import IdentityLevel
from routing.models import Queue
from tests import factories as make
from tests.channels.conftest import SECRET, Browser, browser, play, run_in_thread, visitor_token

pytestmark = pytest.mark.django_db(transaction=True)


def sign(account: ChannelAccount, *, secret: str = SECRET, alg: str = "HS256", **claims: Any) -> str:
    body = {"aud": account.address, "id": "42", "exp": int(now().timestamp()) + 3600, "name": "Līga Bērziņa", **claims}
    return jwt.encode({key: value for key, value in body.items() if value is not None}, secret, algorithm=alg)


def without_signature(account: ChannelAccount) -> str:
    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    body = {"aud": account.address, "id": "42", "exp": int(now().timestamp()) + 3600}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(body)}."


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null", ""])
def test_foreign_pages_open_no_socket(account: ChannelAccount, origin: str) -> None:
    async def story() -> None:
        assert not await Browser(account.address, origin=origin).open()

    play(story())


def test_a_listed_host_page_opens_no_socket_itself(account: ChannelAccount) -> None:
    """It embeds our page; only that talks to us."""

    async def story() -> None:
        assert not await Browser(account.address, origin="https://shop.example").open()

    play(story())


def test_unknown_and_paused_widgets(account: ChannelAccount) -> None:
    ChannelAccount.objects.update(is_active=False)

    async def story() -> None:
        assert not await Browser(account.address).open()
        assert not await Browser("pk_nothing").open()

    play(story())


def test_hello_comes_first_and_nonsense_is_told(account: ChannelAccount) -> None:
    async def story() -> None:
        async with browser(account, hello=False) as page:
            await page.say(t="message", id=str(uuid.uuid4()), text="Hi")
            assert (await page.hear("error"))["code"] == "hello_first"
            await page.say_raw("not json")
            assert (await page.hear("error"))["code"] == "bad_frame"
            await page.say_raw(json.dumps({"t": "message", "text": "x" * 100_001}))
            assert (await page.hear("error"))["code"] == "too_long"
            await page.hello(locale="lv")
            for wrong in ({"id": "1"}, {"text": 5}, {"files": ["x"]}, {"files": 7}, {"topic": ["a"]}):
                await page.say(t="message", **{"id": str(uuid.uuid4()), "text": "Hi", **wrong})
                assert (await page.hear("error"))["code"] == "bad_frame"
            assert (await page.write("   "))["code"] == "empty"
            assert (await page.write("x" * 20_001))["code"] == "too_long"
            assert (await page.write("Hi", email="nonsense"))["code"] == "bad_email"
            for frame in (
                {"t": "seen", "seq": "1"},
                {"t": "got", "seq": -4},
                {"t": "typing"},
                {"t": "end"},
                {"t": "?"},
            ):
                await page.say(**frame)
            await page.settle()

    play(story())
    assert Conversation.objects.count() == 0 and Customer.objects.count() == 0


def test_another_visitors_conversation_cannot_be_found(account: ChannelAccount) -> None:
    theirs = make.make_waiting(account, text="a private question")

    async def story() -> None:
        async with browser(account, hello=False) as page:
            for wanted in (str(theirs.public_id), "nonsense", str(uuid.uuid4())):
                await page.say(t="hello", token=None, conversation=wanted, seq=0)
                assert (await page.hear("error"))["code"] == "unknown_conversation"
                frame = await page.hear("welcome")
                assert frame["conversation"] is None and frame["messages"] == []
            await page.hello(token="forged-token")
            await page.write("Hello")
            assert page.conversation != str(theirs.public_id)

    play(story())


def test_a_token_of_one_brand_opens_nothing_at_another(account: ChannelAccount) -> None:
    other_queue = make.make_queue("other", team=make.make_team(make.make_brand("other")))
    other = make.make_account("other", queue=other_queue)
    conversation = make.make_waiting(account)
    token = visitor_token(conversation)

    async def story() -> None:
        async with browser(other, hello=False, token=token) as page:
            assert (await page.hello())["conversation"] is None

    play(story())
    assert Brand.objects.count() == 2


def test_signed_identity(account: ChannelAccount) -> None:
    token = sign(account, email="Liga@Example.com", phone="+37126124487")

    async def story() -> None:
        async with browser(account, hello=False) as page:
            frame = await page.hello(identity=token)
            assert frame["known"] is True
            await page.write("Where is my order?")
            assert page.token is None, "the signed identity is the key, not this browser"
        async with browser(account, hello=False) as elsewhere:
            assert (await elsewhere.hello(identity=token))["messages"][0]["text"] == "Where is my order?"
        async with browser(account, hello=False) as logged_out:
            assert (await logged_out.hello())["conversation"] is None

    play(story())
    customer = Customer.objects.get()
    assert customer.name == "Līga Bērziņa"
    levels = {row.kind: row.level for row in customer.identities.all()}
    assert levels == dict.fromkeys(("customer_id", "email", "phone"), IdentityLevel.VERIFIED)


def test_signing_in_takes_the_browsers_conversation_along(account: ChannelAccount) -> None:
    async def story() -> None:
        async with browser(account) as page:
            begun = await page.write("Hello")
            frame = await page.hello(identity=sign(account), conversation=page.conversation, seq=0)
            assert frame["conversation"]["id"] == begun["conversation"]
            assert (await page.write("It is me"))["conversation"] == begun["conversation"]
            gone = await page.hello(token=None)
            assert gone["conversation"] is None, "logged out"

    play(story())
    assert Conversation.objects.count() == 1
    assert Identity.objects.get(kind="customer_id").customer == Conversation.objects.get().customer


def test_the_next_person_on_a_shared_browser_gets_nothing_of_the_first(account: ChannelAccount) -> None:
    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            await page.hello(identity=sign(account, id="42"))
            await page.write("My IBAN is …")
            frame = await page.hello(identity=sign(account, id="43"))
            assert frame["conversation"] is None
            await page.write("I am somebody else")

    play(story())
    assert Conversation.objects.count() == 2
    assert Conversation.objects.values("customer").distinct().count() == 2


def test_refused_identities(account: ChannelAccount, queue: Queue) -> None:
    other = make.make_account("second", queue=queue, secret="another secret that is long enough, 32")
    forged = {
        "another secret": sign(account, secret="x" * 40),
        "another key": sign(other, secret=SECRET),
        "no algorithm": without_signature(account),
        "changed algorithm": sign(account, alg="HS512", secret=SECRET + "x" * 40),
        "too long": sign(account, exp=int(now().timestamp()) + 90_000),
        "without end": sign(account, exp=None),
        "nobody": sign(account, id=""),
        "no id": sign(account, id=None),
        "nonsense": "a.b.c",
        "huge": "x" * 5000,
        "a number": 5,
    }

    async def story() -> None:
        async with browser(account, hello=False) as page:
            for what, token in forged.items():
                await page.say(t="hello", token=None, identity=token)
                error = await page.hear("error")
                assert error["code"] == "identity_refused" and error["text"], what
                assert (await page.hear("welcome"))["known"] is False, what
            await page.say(t="hello", token=None, identity=sign(account, exp=int(now().timestamp()) - 5), locale="en")
            assert (await page.hear("error"))["code"] == "identity_expired"

    play(story())
    ChannelAccount.objects.filter(pk=account.pk).update(secret="")
    account.refresh_from_db()

    async def without_secret() -> None:
        async with browser(account, hello=False) as page:
            await page.say(t="hello", identity=sign(account))
            assert (await page.hear("error"))["code"] == "identity_refused"

    play(without_secret())


def test_claims_join_nothing(account: ChannelAccount) -> None:
    """Somebody types another customer's address into the form."""

    async def story() -> None:
        async with browser(account, hello=False) as liga:
            await liga.hello(identity=sign(account, email="liga@example.com"))
            await liga.write("My secret question")
        async with browser(account) as stranger:
            await stranger.write("Show me", name="Līga", email="liga@example.com")
            frame = await stranger.hello()
            assert [row["text"] for row in frame["messages"]] == ["Show me"]

    play(story())
    assert Customer.objects.count() == 2
    stranger = Conversation.objects.order_by("-pk")[0].customer
    assert stranger.identities.get(kind="email").level == IdentityLevel.CLAIMED
    assert (
        stranger.match_proposals.count() + stranger.__class__.objects.filter(match_proposals__other=stranger).count()
        == 1
    )


def test_blocked_visitors_are_kept_apart(account: ChannelAccount) -> None:
    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            identity = await run_in_thread(Identity.objects.get)
            await run_in_thread(
                BlockedAddress.objects.create,
                brand=account.brand,
                kind=identity.kind,
                address=identity.address,
                reason="abuse",
            )
            error = await page.write("Again")
            assert error["code"] == "blocked" and error["text"]

    play(story())
    assert Message.objects.count() == 1
    kept = InboundDelivery.objects.get()
    assert kept.outcome == "blocked" and kept.raw == {"text": "Again"}


def test_floods_are_refused_in_words(account: ChannelAccount, settings: Any, monkeypatch: Any) -> None:
    settings.WIDGET_LIMITS = True
    monkeypatch.setitem(limits.RATES, "message", limits.Rate(burst=3, seconds=60))
    address = f"10.1.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}"

    async def story() -> None:
        for number in range(4):
            async with browser(account, address=address) as page:
                answer = await page.write(f"conversation {number}")
                assert (answer["t"], answer.get("code")) == (("ack", None) if number < 3 else ("error", "too_fast"))
        async with browser(account, hello=False) as page:
            await page.hello(identity=sign(account, id=str(uuid.uuid4())), locale="lv")
            answers = [await page.write(f"message {number}") for number in range(4)]
            assert [row["t"] for row in answers] == ["ack", "ack", "ack", "error"]
            assert answers[-1]["code"] == "too_fast" and "60" in answers[-1]["text"]

    play(story())


def test_rates_hold_without_valkey_and_come_back_with_time(account: ChannelAccount, settings: Any) -> None:
    settings.WIDGET_LIMITS = True
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    rates._counters = rates._Counters()
    try:
        subject = str(uuid.uuid4())
        for _number in range(5):
            limits.check_rates(("upload", subject))
        with pytest.raises(limits.TooFast):
            limits.check_rates(("upload", subject))
        with time_machine.travel(make.later(13)):
            limits.check_rates(("upload", subject))
    finally:
        rates._counters = rates._Counters()


@pytest.mark.parametrize("limited", [True, False])
def test_a_socket_that_never_stops_is_slowed_down(account: ChannelAccount, settings: Any, limited: bool) -> None:
    settings.WIDGET_LIMITS = limited

    async def story() -> None:
        async with browser(account) as page:
            for _number in range(80):
                await page.say(t="ping")
            if limited:
                assert (await page.hear("error"))["code"] == "too_fast"
            else:
                assert (await page.write("All of it was taken"))["t"] == "ack"
            await asyncio.sleep(0)

    play(story())
