"""The customer leaves, comes back, or does not; ended conversations are reopened, followed, or left alone."""

from __future__ import annotations

import uuid
from datetime import time

import pytest
import time_machine

from channels_app.webchat import presence
from channels_app.webchat.models import CustomerPresence
from channels_app.webchat.pages import pages
from channels_app.webchat.sweeping import end_left_conversations
from contactcenter.conversations.models import ChannelAccount, Conversation, Message
from contactcenter.conversations.states import ConversationState
from routing.models import Calendar, Queue
from routing.services.handling import close
from routing.services.wrapping import finish_wrap_up
from tests import factories as make
from tests.channels.conftest import browser, play, run_in_thread, visitor_token

pytestmark = pytest.mark.django_db(transaction=True)


def _kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("seq").values_list("kind", flat=True))


def _write_and_leave(account: ChannelAccount) -> tuple[Conversation, str]:
    tokens: list[str] = []

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            assert page.token
            tokens.append(page.token)

    play(story())
    return Conversation.objects.get(), tokens[0]


def test_gone_for_a_minute_while_waiting_is_abandoned(account: ChannelAccount) -> None:
    conversation, _token = _write_and_leave(account)
    assert conversation.customer_left_at is not None
    with time_machine.travel(make.later(50)):
        assert end_left_conversations() == 0
    with time_machine.travel(make.later(62)):
        assert end_left_conversations() == 1
        assert end_left_conversations() == 0
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.CLOSED and conversation.entries.get().outcome == "abandoned"


def test_back_within_a_minute_keeps_the_place(account: ChannelAccount) -> None:
    conversation, token = _write_and_leave(account)
    entry = conversation.entries.get()

    async def story() -> None:
        async with browser(account, hello=False, token=token) as page:
            frame = await page.hello()
            assert frame["conversation"]["state"] == "queued" and frame["conversation"]["position"] == 1
            assert await run_in_thread(end_left_conversations) == 0

    with time_machine.travel(make.later(50)):
        make.make_waiting(account, text="Somebody else came meanwhile")
        play(story())
    again = conversation.entries.get()
    assert (again.pk, again.rank_key) == (entry.pk, entry.rank_key)
    assert "customer.left" in _kinds(conversation) and "customer.returned" in _kinds(conversation)


def test_one_of_two_tabs_closed_is_no_leaving(account: ChannelAccount) -> None:
    async def story() -> None:
        async with browser(account) as one:
            await one.write("Hello")
            async with browser(account, token=one.token):
                assert await run_in_thread(CustomerPresence.objects.count) == 2
            conversation = await run_in_thread(Conversation.objects.get)
            assert conversation.customer_left_at is None
            assert await run_in_thread(CustomerPresence.objects.count) == 1

    play(story())
    assert Conversation.objects.get().customer_left_at is not None


def test_leases_of_a_killed_process_run_out_and_come_to_life_again(account: ChannelAccount) -> None:
    conversation = make.make_waiting(account)
    page = uuid.uuid4()
    presence.enter(conversation_id=conversation.pk, page_id=page)
    assert end_left_conversations() == 0
    with time_machine.travel(make.later(50)):
        assert end_left_conversations() == 1
        conversation.refresh_from_db()
        assert conversation.customer_left_at is not None and not CustomerPresence.objects.exists()
        presence.renew({page: conversation.pk})
        assert end_left_conversations() == 1
        conversation.refresh_from_db()
        assert conversation.customer_left_at is None


def test_an_active_conversation_stays_with_its_agent(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(account, ada)
    token = visitor_token(conversation)

    async def story() -> None:
        async with browser(account, token=token):
            pass

    play(story())
    with time_machine.travel(make.later(120)):
        assert end_left_conversations() == 0
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.ACTIVE and conversation.customer_left_at is not None


def test_who_left_while_we_were_closed_is_still_in_line(account: ChannelAccount, queue: Queue) -> None:
    calendar = Calendar.objects.create(name="Office")
    for day in range(7):
        calendar.intervals.create(weekday=day, opens_at=time(9), closes_at=time(18))
    queue.calendar = calendar
    queue.save()

    async def look() -> None:
        async with browser(account) as page:
            frame = await page.hello()
            assert frame["open"] is False and frame["opens_at"] == "2026-11-25T09:00:00+00:00"
            await page.write("Anybody there?")
            state = await page.hear("state")
            assert state["queue_open"] is False and state["opens_at"] == frame["opens_at"]

    with time_machine.travel("2026-11-25 03:00:00+00:00"):
        play(look())
    with time_machine.travel("2026-11-25 09:05:00+00:00"):
        assert end_left_conversations() == 0, "they were told that the answer comes later"
    assert Conversation.objects.get().state == ConversationState.QUEUED


def test_a_message_after_the_end_follows(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(account, ada)
    token = visitor_token(conversation)
    close(conversation_id=conversation.pk, actor=ada.user)
    finish_wrap_up(assignment_id=ada.assignments.get().pk, agent_id=ada.pk)

    async def story() -> None:
        async with browser(account, hello=False, token=token) as page:
            frame = await page.hello()
            assert frame["conversation"]["state"] == "closed", "what has just ended is shown"
            ack = await page.write("One more question: may I return it?")
            assert ack["conversation"] != frame["conversation"]["id"]
            assert (await page.hear("state"))["conversation"] == ack["conversation"]

    play(story())
    newest = Conversation.objects.order_by("-pk")[0]
    assert newest.follows == conversation and newest.customer == conversation.customer
    assert Conversation.objects.count() == 2


def test_writing_again_in_wrap_up_resumes(account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(account, ada)
    token = visitor_token(conversation)
    close(conversation_id=conversation.pk, actor=ada.user)

    async def story() -> None:
        async with browser(account, token=token) as page:
            ack = await page.write("Wait, it is the blue one")
            assert ack["conversation"] == str(conversation.public_id)
            assert (await page.hear("state", state="active"))["agent"] == {"name": "Ada"}

    play(story())
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.ACTIVE and conversation.reopened_count == 1


@pytest.mark.parametrize("text", ["Thanks!", "Ok, aitäh", "Liels paldies 🙏", "Спасибо большое", "Dziękuję bardzo"])
def test_thanks_does_not_reopen(account: ChannelAccount, queue: Queue, text: str) -> None:
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(account, ada)
    token = visitor_token(conversation)
    close(conversation_id=conversation.pk, actor=ada.user)

    async def story() -> None:
        async with browser(account, token=token) as page:
            ack = await page.write(text)
            assert ack["conversation"] == str(conversation.public_id)

    play(story())
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.CLOSED and conversation.unread_count == 0
    assert conversation.waiting_since is None
    assert Message.objects.filter(conversation=conversation, text=text).exists()
    assert Conversation.objects.count() == 1


def test_the_place_is_told_when_it_changes(account: ChannelAccount) -> None:
    first = make.make_waiting(account)

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello")
            assert (await page.hear("state"))["position"] == 2
            await pages.tell_positions()
            await page.settle()
            assert [frame for frame in page.seen if frame["t"] == "state" and frame["position"] != 2] == []
            await run_in_thread(close, conversation_id=first.pk)
            await pages.tell_positions()
            assert (await page.hear("state"))["position"] == 1

    play(story())


def test_a_page_without_socket_is_present_while_it_asks(account: ChannelAccount) -> None:
    conversation = make.make_waiting(account)
    presence.enter(conversation_id=conversation.pk, page_id=presence.page_without_socket(conversation))
    with time_machine.travel(make.later(46)):
        assert end_left_conversations() == 1
    conversation.refresh_from_db()
    assert conversation.customer_left_at is not None
