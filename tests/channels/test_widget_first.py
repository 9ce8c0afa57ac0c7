"""The first message of a conversation: its form, its context, suspicion, and widgets for signed people only."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from channels_app.webchat import challenge, limits
from channels_app.webchat.visit import read_visit
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import ChannelAccount, ConsentEntry, Conversation, Event, Message
from contactcenter.conversations.states import MessageKind
from routing.models import EntryPoint, Queue
from routing.services.handling import close
from tests.channels.conftest import browser, play, run_in_thread
from tests.channels.test_widget_doors import sign
from tests.channels.test_widget_http import as_visitor, write

pytestmark = pytest.mark.django_db(transaction=True)


def configure(account: ChannelAccount, **config: Any) -> None:
    account.config = {**account.config, **config}
    account.save()


def solve(given: dict[str, Any]) -> dict[str, str]:
    """What the page does with a challenge."""
    nonce, bits = given["nonce"], given["bits"]
    answer = next(n for n in range(10_000_000) if challenge.answers(nonce, str(n), bits))
    return {"nonce": nonce, "answer": str(answer)}


def test_required_fields(account: ChannelAccount, queue: Queue) -> None:
    EntryPoint.objects.create(account=account, topic="orders", topic_name="My order", queue=queue)
    wanted = dict.fromkeys(("name", "email", "topic", "order", "consent"), "required")
    configure(account, prechat=wanted, privacy_url="https://shop.example/privacy")
    form = {"name": "Līga", "email": "liga@example.com", "topic": "orders", "order": "10482", "consent": True}

    async def story() -> None:
        async with browser(account, hello=False) as page:
            frame = await page.hello()
            assert [row["name"] for row in frame["fields"]] == list(wanted)
            for name in wanted:
                refusal = await page.write("Hello", **{**form, name: "" if name != "consent" else False})
                assert (refusal["code"], refusal["field"]) == ("field_required", name) and refusal["text"]
            assert (await page.write("Hello", **form))["t"] == "ack"
            frame = await page.hello()
            assert [row["name"] for row in frame["fields"]] == ["topic", "order"], "the rest is known"
            assert frame["person"]["name"] == "Līga" and frame["person"]["email"] == "l…@example.com"
            assert frame["person"]["email_level"] == "claimed"
            await page.say(t="end")
            await page.hear("state", state="closed")
            assert (await page.write("One thing more"))["t"] == "ack", "who has written before just goes on"

    play(story())
    consent = ConsentEntry.objects.get()
    assert consent.is_granted and consent.source == "webchat"
    assert Conversation.objects.count() == 2


def test_signed_people_are_not_asked_who_they_are(account: ChannelAccount) -> None:
    configure(account, prechat={"name": "required", "email": "required", "phone": "required", "order": "optional"})

    async def story() -> None:
        async with browser(account, hello=False) as page:
            frame = await page.hello(identity=sign(account))
            assert frame["fields"] == [{"name": "order", "required": False}]
            assert frame["person"]["name"] == "Līga Bērziņa" and frame["person"]["signed"] is True
            assert (await page.write("Hello"))["t"] == "ack"

    play(story())


def test_signed_people_only(client: Client, account: ChannelAccount) -> None:
    async def before() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            tokens.append(page.token)

    tokens: list[str | None] = []
    play(before())
    configure(account, identity_required=True)

    async def story() -> None:
        for token in (None, tokens[0]):
            async with browser(account, hello=False, token=token) as page:
                await page.say(t="hello", token=token, locale="en")
                refusal = await page.hear("error")
                assert refusal["code"] == "identity_required" and "sign in" in refusal["text"]
                frame = await page.hear("welcome")
                assert frame["conversation"] is None and frame["identity_required"] is True
                assert (await page.write("Let me in"))["code"] == "identity_required"
        async with browser(account, hello=False) as page:
            frame = await page.hello(identity=sign(account))
            assert frame["identity_required"] is False
            assert (await page.write("It is me"))["t"] == "ack"
            await page.say(t="hello", identity=sign(account, secret="y" * 40), locale="en")
            assert (await page.hear("error"))["code"] == "identity_refused"
            await page.hear("welcome")
            assert (await page.write("Still me"))["code"] == "identity_required"

    play(story())
    assert write(client, account, "And by HTTP", tokens[0]).json()["code"] == "identity_required"
    assert client.get("/w/pk_shop/conversations/", headers=as_visitor(tokens[0])).status_code == 403
    assert Message.objects.filter(text__in=["Let me in", "Still me", "And by HTTP"]).count() == 0


def test_where_the_visit_came_from_is_kept_with_the_conversation(account: ChannelAccount) -> None:
    visit = {
        "title": "Winter coat",
        "referrer": "https://search.example/",
        "set": {"basket": 49.9, "nested": {"a": 1}, "vip": True},
        "views": [{"url": f"/p/{n}", "title": f"Page {n}"} for n in range(15)],
        "events": [{"name": "added", "data": {"sku": "A1"}}],
    }

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hi", page="https://shop.example/p/1", visit=visit, order="10482", ref="qr-7")
        async with browser(account) as page:
            await page.write("Hi", visit={**visit, "consented": True})

    play(story())
    one, two = [row.data for row in Event.objects.filter(kind=EventKind.CONVERSATION_CREATED).order_by("pk")]
    assert one["page"] == "https://shop.example/p/1"
    assert one["visit"] == {
        "title": "Winter coat",
        "referrer": "https://search.example/",
        "order": "10482",
        "set": {"basket": "49.9"},
    }, "without consent nothing of the way here"
    assert [row["url"] for row in two["visit"]["views"]] == [f"/p/{n}" for n in range(5, 15)]
    assert two["visit"]["events"] == [{"name": "added", "data": {"sku": "A1"}}]
    assert Conversation.objects.order_by("pk")[0].ref == "qr-7"


@pytest.mark.parametrize("given", [None, 5, "x", [], {"set": 5, "views": {"a": 1}, "events": [5, None]}, {"title": {}}])
def test_a_visit_that_is_none(given: object) -> None:
    assert read_visit(given) == {}


def test_a_visit_is_cut() -> None:
    long = "x" * 5000
    visit = read_visit({"title": long, "set": {f"{n}{long}": long for n in range(500)}})
    assert len(json.dumps(visit)) < 20 * 260 + 300


def test_the_first_answer_offers_what_to_tap(account: ChannelAccount) -> None:
    configure(account, opening={"en": {"text": "Is it about an order?", "choices": ["Yes", "No"]}})

    async def story() -> None:
        async with browser(account) as page:
            name = str(uuid.uuid4())
            await page.write("Hello", id=name)
            answer = (await page.hear("message"))["message"]
            while answer["from"] != "system":
                answer = (await page.hear("message"))["message"]
            assert answer["text"] == "Is it about an order?" and answer["choices"] == ["Yes", "No"]
            await page.write("Hello", id=name)
            await page.write("Yes")
            frame = await page.hello()
            assert [row["text"] for row in frame["messages"]] == ["Hello", "Is it about an order?", "Yes"]

    play(story())
    assert Message.objects.filter(kind=MessageKind.SYSTEM).count() == 1


def test_suspicion_costs_a_little_work(account: ChannelAccount, settings: Any) -> None:
    settings.WIDGET_LIMITS = True
    address = f"10.2.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}"

    async def story() -> None:
        for _number in range(limits.RATES["conversation"].burst):
            async with browser(account, address=address) as page:
                assert (await page.write("Hello"))["t"] == "ack"
        async with browser(account, address=address) as page:
            name = str(uuid.uuid4())
            refusal = await page.write("Hello", id=name)
            assert refusal["code"] == "challenge" and refusal["text"]
            nonce = refusal["challenge"]["nonce"]
            for wrong in (
                {"nonce": nonce, "answer": "x"},
                {"nonce": nonce, "answer": ""},
                {"nonce": "n", "answer": "1"},
            ):
                assert (await page.write("Hello", id=name, proof=wrong))["code"] == "challenge"
            assert (await page.write("Hello", id=name, proof=5))["code"] == "bad_frame"
            proof = solve(refusal["challenge"])
            assert (await page.write("Hello", id=name, proof=proof))["t"] == "ack"
        async with browser(account, address=address) as page:
            assert (await page.write("Again", proof=proof))["code"] == "challenge", "a proof is used once"
        async with browser(account, address="10.3.0.1") as page:
            refusal = await page.write("I filled in everything", website="https://spam.example")
            stolen = solve(refusal["challenge"])
            assert refusal["code"] == "challenge"
        async with browser(account, address="10.3.0.2") as page:
            refusal = await page.write("From elsewhere", website="x", proof=stolen)
            assert refusal["code"] == "challenge", "a proof is of one address"

    play(story())


def test_a_flood_ends_even_with_proofs(account: ChannelAccount, settings: Any, monkeypatch: Any) -> None:
    settings.WIDGET_LIMITS = True
    monkeypatch.setitem(limits.RATES, "conversation", limits.Rate(burst=1, seconds=60))
    monkeypatch.setitem(limits.RATES, "address_conversation", limits.Rate(burst=2, seconds=60))
    address = f"10.4.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}"

    async def story() -> None:
        codes = []
        for _number in range(3):
            async with browser(account, address=address) as page:
                answer = await page.write("Hello")
                codes.append(answer.get("code", answer["t"]))
        assert codes == ["ack", "challenge", "too_fast"]

    play(story())


def test_signed_people_are_counted_by_themselves(account: ChannelAccount, settings: Any) -> None:
    settings.WIDGET_LIMITS = True
    name = str(uuid.uuid4())

    async def story() -> None:
        codes = []
        for _number in range(4):
            async with browser(account, hello=False) as page:
                await page.hello(identity=sign(account, id=name))
                answer = await page.write("Hello")
                codes.append(answer.get("code", answer["t"]))
                if answer["t"] == "ack":
                    conversation = await run_in_thread(Conversation.objects.latest, "pk")
                    await run_in_thread(close, conversation_id=conversation.pk)
        assert codes == ["ack", "ack", "ack", "too_fast"]

    play(story())
