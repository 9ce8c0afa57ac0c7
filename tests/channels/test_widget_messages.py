"""Messages over the widget's socket: in, offered, answered, once each, whatever happens to the line."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import OperationalError

from channels_app.webchat.models import CustomerPresence
from channels_app.webchat.services import Post, post_message
from channels_app.webchat.visitors import recognise
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity, Message
from contactcenter.conversations.realtime import announce_now
from contactcenter.conversations.services.messages import add_note, mark_read
from contactcenter.conversations.states import ConversationState, IdentityLevel
from routing.models import Queue
from routing.services.handling import transfer
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.conftest import Browser, browser, play, run_in_thread, visitor_token

pytestmark = pytest.mark.django_db(transaction=True)


def test_round_trip(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    user = ada.user

    async def story() -> None:
        async with browser(account) as page:
            ack = await page.write("Where is my order 10482?", name="Carl", email="carl@example.com")
            assert ack["message"]["from"] == "you" and ack["message"]["delivery"] == "accepted"
            assert page.token
            state = await page.hear("state")
            assert state["state"] == "queued" and state["position"] == 1
            conversation = await run_in_thread(Conversation.objects.get)
            offer = await run_in_thread(make.pending_offer, conversation)
            assert offer.agent == ada
            await run_in_thread(accept_offer, offer_id=offer.pk, agent_id=ada.pk)
            assert (await page.hear("state", state="active"))["agent"] == {"name": "Ada"}
            await run_in_thread(
                send_reply, conversation_id=conversation.pk, author=user, text="On its way.", client_id="a1"
            )
            answer = (await page.hear("message"))["message"]
            while answer["from"] != "agent":
                answer = (await page.hear("message"))["message"]
            assert answer["text"] == "On its way." and answer["author"] == {"name": "Ada"}
            assert "client" not in answer
            await page.say(t="seen", seq=answer["seq"])
            await page.hear("delivery", delivery="read")

    play(story())
    conversation = Conversation.objects.get()
    assert conversation.state == ConversationState.ACTIVE and conversation.customer.name == "Carl"
    assert Message.objects.get(kind="out").delivery == "read"
    assert Identity.objects.get(kind="email").level == IdentityLevel.CLAIMED
    assert Identity.objects.get(kind="visitor").level == IdentityLevel.RECOGNISED
    assert conversation.events.first().data["channel"] == "chat"
    assert uuid.UUID(str(conversation.public_id))


def test_the_same_message_again_is_one_message(account: ChannelAccount) -> None:
    name = str(uuid.uuid4())

    async def story() -> None:
        async with browser(account) as page:
            first = await page.write("Hello", id=name)
            again = await page.write("Hello", id=name)
            assert first["message"]["id"] == again["message"]["id"]

    play(story())
    assert Message.objects.count() == 1


def test_a_first_message_whose_answer_was_lost_begins_one_conversation(account: ChannelAccount) -> None:
    """The page never heard its token: it sends the same message again without one."""
    name = str(uuid.uuid4())

    async def story() -> None:
        async with browser(account) as page:
            first = await page.write("Hello", id=name)
        async with browser(account) as returned:
            again = await returned.write("Hello", id=name)
            assert again["message"]["id"] == first["message"]["id"]
            assert returned.token == page.token

    play(story())
    assert Conversation.objects.count() == 1 and Message.objects.count() == 1


def test_two_pages_send_the_same_first_message_at_once(account: ChannelAccount) -> None:
    name = str(uuid.uuid4())

    async def story() -> None:
        async with browser(account) as one, browser(account) as two:
            await asyncio.gather(one.write("Hello", id=name), two.write("Hello", id=name))

    play(story())
    assert Conversation.objects.count() == 1 and Message.objects.count() == 1


def test_after_an_hour_the_first_message_is_no_key_any_more(account: ChannelAccount) -> None:
    name = str(uuid.uuid4())

    async def story(token: list[str]) -> None:
        async with browser(account) as page:
            await page.write("Hello", id=name)
            assert page.token
            token.append(page.token)

    tokens: list[str] = []
    play(story(tokens))
    with time_machine.travel(make.later(3700)):
        play(story(tokens))
    assert tokens[0] != tokens[1]
    assert Conversation.objects.count() == 2 and Conversation.objects.values("customer").distinct().count() == 2


def test_reconnect_brings_what_was_missed(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    user = ada.user

    def answer(conversation: Conversation) -> None:
        accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
        for number in range(3):
            send_reply(conversation_id=conversation.pk, author=user, text=f"Answer {number}", client_id=f"a{number}")
        add_note(conversation_id=conversation.pk, author=user, text="a private note")

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            before = (await page.hello(conversation=page.conversation, seq=0))["seq"]
        await run_in_thread(answer, await run_in_thread(Conversation.objects.get))
        async with browser(account, hello=False, token=page.token) as returned:
            frame = await returned.hello(conversation=page.conversation, seq=before)
            assert [row["text"] for row in frame["messages"]] == ["Answer 0", "Answer 1", "Answer 2"]
            assert frame["conversation"]["agent"] == {"name": "Ada"}
            whole = await returned.hello()
            assert whole["messages"][0]["text"] == "Hello"
            assert whole["messages"][0]["delivery"] == "read", "an answer means that it was seen"

    play(story())


def test_notes_and_inner_events_never_leave(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    user = ada.user

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            conversation = await run_in_thread(Conversation.objects.get)
            offer = await run_in_thread(make.pending_offer, conversation)
            await run_in_thread(accept_offer, offer_id=offer.pk, agent_id=ada.pk)
            await run_in_thread(
                add_note, conversation_id=conversation.pk, author=user, text="SECRET of the house", client_id="n1"
            )
            await run_in_thread(
                transfer, conversation_id=conversation.pk, actor=user, queue=queue, note="SECRET handover"
            )
            await run_in_thread(
                announce_now, {"topic": f"typing:{conversation.pk}", "side": "customer", "who": "SECRET"}
            )
            await run_in_thread(announce_now, {"topic": f"typing:{conversation.pk}", "side": "agent", "who": "Ada"})
            await page.hear("typing", who="Ada")
            await page.hello()
            heard = json.dumps(await page.settle())
            assert "SECRET" not in heard and "note" not in heard and "offer" not in heard
            states = [frame["state"] for frame in page.seen if frame["t"] == "state"]
            assert set(states) <= {"queued", "active"}

    play(story())


def test_two_tabs_show_the_same(account: ChannelAccount) -> None:
    async def story() -> None:
        async with browser(account) as one:
            await one.write("From the first tab")
            async with browser(account, token=one.token) as two:
                ack = await two.write("From the second tab")
                frame = await one.hear("message")
                while frame["message"]["text"] != "From the second tab":
                    frame = await one.hear("message")
                assert frame["message"]["id"] == ack["message"]["id"]

    play(story())
    assert Conversation.objects.count() == 1


def test_ticks_move_forward_only(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(account, ada)
    message = send_reply(conversation_id=conversation.pk, author=ada.user, text="Hi", client_id="a1")
    token = visitor_token(conversation)

    async def story() -> None:
        async with browser(account, token=token) as page:
            await page.say(t="seen", seq=message.seq)
            await page.hear("delivery", delivery="read")
            await page.say(t="got", seq=message.seq)
            await page.settle()

    play(story())
    message.refresh_from_db()
    assert message.delivery == "read"


def test_the_customer_reads_that_we_have_read(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(account, ada)
    user = ada.user

    token = visitor_token(conversation)

    async def story() -> None:
        async with browser(account, token=token) as page:
            ack = await page.write("Are you there?")
            await run_in_thread(mark_read, conversation_id=conversation.pk, reader=user)
            frame = await page.hear("delivery", delivery="read")
            assert ack["message"]["id"] in frame["messages"]

    play(story())


def test_ending_closes(account: ChannelAccount) -> None:
    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            await page.say(t="end")
            await page.hear("state", state="closed")

    play(story())
    conversation = Conversation.objects.get()
    assert conversation.entries.get().outcome == "abandoned"


def test_a_message_costs_few_queries(account: ChannelAccount, queue: Queue, django_assert_max_num_queries: Any) -> None:
    """The hot path: an open conversation, one transaction."""
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(account, ada)
    visitor, _refusal = recognise(
        account, token=visitor_token(conversation), identity=None, locale="en", address="10.0.0.1"
    )
    post = Post.of({"id": str(uuid.uuid4()), "text": "Hello"})
    # Among them the beginning and the end of the transaction.
    with django_assert_max_num_queries(6):
        first = post_message(visitor=visitor, post=post, conversation_id=conversation.pk)
    with django_assert_max_num_queries(7):
        again = replace(post, id=str(uuid.uuid4()))
        second = post_message(visitor=visitor, post=again)
    assert second.conversation == first.conversation, "a page without a socket goes on in it too"
    assert post_message(visitor=visitor, post=post).message == first.message
    assert [row.text for row in conversation.messages.order_by("seq")][-2:] == ["Hello", "Hello"]


def test_a_failure_gives_everything_back(account: ChannelAccount, monkeypatch: Any) -> None:
    """The page is told by its closing socket, connects anew and sends again."""
    name = str(uuid.uuid4())

    async def story() -> None:
        page = Browser(account.address)
        assert await page.open()
        await page.hello()
        await page.write("Hello")
        monkeypatch.setattr("channels_app.webchat.sockets.post_message", fail)
        await page.say(t="message", id=name, text="lost?")
        while (event := await page.socket.receive_output(60))["type"] == "websocket.send":
            pass
        assert (event["type"], event["code"]) == ("websocket.close", 1011)
        monkeypatch.undo()
        await page.leave()
        assert await run_in_thread(CustomerPresence.objects.count) == 0
        async with browser(account, token=page.token) as returned:
            assert (await returned.write("lost?", id=name))["t"] == "ack"

    def fail(**_arguments: Any) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    play(story())
    assert Conversation.objects.count() == 1 and Message.objects.count() == 2
