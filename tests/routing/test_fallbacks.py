"""Closed, unstaffed, full, spent: another queue, a promise, or a closed text; never in a circle, never in silence."""

from __future__ import annotations

from datetime import time

import pytest

from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Effect
from contactcenter.conversations.states import Channel, ConversationState, Delivery, MessageKind
from routing.models import Calendar, CalendarInterval, Fallback, FallbackAction, FallbackCondition, Holiday
from routing.services.agents import sign_out_agent
from routing.services.handling import transfer
from routing.services.offers import accept_offer, decline_offer
from routing.states import AgentState, Outcome
from routing.watching import apply_due_fallbacks
from tests import factories as make
from tests.routing.conftest import START

pytestmark = pytest.mark.django_db(transaction=True)
C, A = FallbackCondition, FallbackAction


@pytest.fixture
def hours(queue) -> Calendar:
    """Open from ten to six in Tallinn (two hours before UTC); the tests begin on a Monday at eleven there."""
    calendar = Calendar.objects.create(name="Office", time_zone="Europe/Tallinn")
    for weekday in range(5):
        CalendarInterval.objects.create(calendar=calendar, weekday=weekday, opens_at=time(10), closes_at=time(18))
    queue.calendar = calendar
    queue.save()
    return calendar


def shut(calendar: Calendar) -> None:
    Holiday.objects.create(calendar=calendar, day=START.date(), name="Closed today")


def stays(conversation) -> list[tuple[str, str]]:
    return list(conversation.entries.order_by("pk").values_list("queue__slug", "outcome"))


def told(conversation) -> list[str]:
    return list(conversation.messages.filter(kind=MessageKind.SYSTEM).order_by("pk").values_list("text", flat=True))


def test_without_a_fallback_a_closed_queue_just_waits(clock, queue, hours, chat) -> None:
    shut(hours)
    conversation = make.make_waiting(chat)
    assert stays(conversation) == [("support", "")] and told(conversation) == []


def test_a_closed_queue_passes_on_with_the_place_kept(clock, queue, hours, chat, ada) -> None:
    night = make.make_queue("night", skills={"nobody": 5})
    Fallback.objects.create(queue=queue, condition=C.CLOSED, action=A.QUEUE, to_queue=night)
    inside = make.make_waiting(chat)
    decline_offer(offer_id=make.pending_offer(inside).pk, agent_id=ada.pk, reason="")
    assert apply_due_fallbacks() == 0
    clock.move_to(START.replace(hour=16, minute=1))  # closed since a minute
    assert apply_due_fallbacks() == 1
    assert stays(inside) == [("support", "overflowed"), ("night", "")]
    first, second = inside.entries.order_by("pk")
    assert second.rank_key == pytest.approx(first.rank_key) and first.reason == C.CLOSED
    assert inside.events.get(kind=EventKind.WAIT_OVERFLOWED).data["target"] == "Night"
    late = make.make_waiting(chat)
    assert stays(late) == [("support", "overflowed"), ("night", "")]
    assert apply_due_fallbacks() == 0


def test_a_circle_ends_in_a_promise(clock, queue, chat) -> None:
    other = make.make_queue("other")
    Fallback.objects.create(queue=queue, condition=C.UNSTAFFED, action=A.QUEUE, to_queue=other)
    Fallback.objects.create(queue=other, condition=C.UNSTAFFED, action=A.QUEUE, to_queue=queue)
    conversation = make.make_waiting(chat)
    assert stays(conversation) == [("support", "overflowed"), ("other", "")]
    assert conversation.events.filter(kind=EventKind.WAIT_PROMISED).count() == 1 and len(told(conversation)) == 1
    assert apply_due_fallbacks() == 0


def test_a_promise_names_the_opening_on_the_customers_clock_and_keeps_the_place(clock, queue, hours, chat) -> None:
    Fallback.objects.create(queue=queue, condition=C.CLOSED, action=A.PROMISE)
    shut(hours)
    carl = make.make_customer("Carl", time_zone="Europe/Warsaw")
    conversation = make.make_waiting(chat, customer=carl, language="pl")
    (text,) = told(conversation)
    assert "3 marca 2026" in text and "09:00" in text, "ten in Tallinn is nine in Warsaw"
    unknown = make.make_waiting(chat)
    assert "10:00 (Europe/Tallinn)" in told(unknown)[0]
    entry = conversation.entries.get()
    assert (entry.left_at, entry.fallback, conversation.state) == (None, C.CLOSED, ConversationState.QUEUED)
    assert apply_due_fallbacks() == 0, "told once"
    ada = make.make_agent("ada", queues=[queue])
    assert make.pending_offer(conversation).agent == ada, "offered as soon as somebody is there"


def test_the_admins_own_words_win(clock, queue, hours, chat) -> None:
    texts = {"en": "Back on {opens_at}.", "lv": "Atveram {opens_at}."}
    Fallback.objects.create(queue=queue, condition=C.CLOSED, action=A.PROMISE, texts=texts)
    shut(hours)
    assert told(make.make_waiting(chat, language="lv"))[0].startswith("Atveram 2026")
    assert told(make.make_waiting(chat, language="ru"))[0].startswith("Back on "), "else the brand's language"


def test_closing_is_for_live_customers_who_have_not_been_talked_to(clock, queue, hours, chat, mail) -> None:
    Fallback.objects.create(queue=queue, condition=C.CLOSED, action=A.CLOSE)
    ada = make.make_agent("ada", queues=[queue])
    talked_to = make.make_active(chat, ada)
    shut(hours)
    live, written = make.make_waiting(chat), make.make_waiting(mail)
    assert (live.state, stays(live)) == (ConversationState.CLOSED, [("support", Outcome.CANCELLED)])
    assert "open again on" in told(live)[0] and live.waiting_since is None
    assert written.state in {ConversationState.QUEUED, ConversationState.OFFERED}
    sign_out_agent(agent_id=ada.pk)
    talked_to.refresh_from_db()
    assert talked_to.state == ConversationState.QUEUED and "will answer" in told(talked_to)[0]


def test_mail_is_told_by_the_provider_once_a_day(clock, queue, mail) -> None:
    Fallback.objects.create(queue=queue, condition=C.UNSTAFFED, action=A.PROMISE)
    conversation = make.make_waiting(mail)
    message = conversation.messages.get(kind=MessageKind.SYSTEM)
    assert message.delivery == Delivery.PENDING and message.identity == conversation.identity
    assert Effect.objects.filter(name="deliver_message", target_id=message.pk).count() == 1
    assert conversation.waiting_since is not None, "told is not answered"
    sue = make.make_user("sue", role="supervisor", teams=[queue.team])
    other = make.make_queue("other")
    Fallback.objects.create(queue=other, condition=C.UNSTAFFED, action=A.PROMISE)
    transfer(conversation_id=conversation.pk, actor=sue, queue=other)
    assert len(told(conversation)) == 1
    clock.shift(24 * 3600 + 1)
    transfer(conversation_id=conversation.pk, actor=sue, queue=queue)
    assert len(told(conversation)) == 2


def test_nothing_is_written_to_whoever_is_on_the_line(clock, queue, phone) -> None:
    Fallback.objects.create(queue=queue, condition=C.UNSTAFFED, action=A.CLOSE)
    call = make.make_waiting(phone)
    assert call.state == ConversationState.CLOSED and told(call) == []


def test_unstaffed_is_when_nobody_suitable_is_signed_in(clock, queue, chat, ada) -> None:
    other = make.make_queue("other")
    Fallback.objects.create(queue=queue, condition=C.UNSTAFFED, action=A.QUEUE, to_queue=other)
    make.make_agent("zoe", queues=[queue], state=AgentState.BREAK)
    conversation = make.make_waiting(chat)
    decline_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk, reason="")
    sign_out_agent(agent_id=ada.pk)
    assert apply_due_fallbacks() == 0, "who is on break is signed in"
    clock.shift(31)  # her console is gone
    assert apply_due_fallbacks() == 1
    assert stays(conversation)[-1] == ("other", "")


def test_full_counts_those_ahead_and_only_on_entering(clock, queue, chat) -> None:
    queue.max_waiting = 2
    queue.save()
    other = make.make_queue("other")
    Fallback.objects.create(queue=queue, condition=C.FULL, action=A.QUEUE, to_queue=other)
    waiting = []
    for _ in range(3):
        waiting.append(make.make_waiting(chat))
        clock.shift(1)
    assert [stays(conversation)[-1][0] for conversation in waiting] == ["support", "support", "other"]
    queue.max_waiting = 1
    queue.save()
    assert apply_due_fallbacks() == 0


def test_spent_is_what_was_waited_in_this_queue(clock, queue, chat, mail) -> None:
    queue.spent_seconds = 100
    queue.save()
    other = make.make_queue("other")
    Fallback.objects.create(queue=queue, condition=C.SPENT, action=A.QUEUE, to_queue=other)
    conversation = make.make_waiting(chat)
    returned = make.make_waiting(mail)
    returned.entries.update(in_queue_before_seconds=50)
    clock.shift(50)
    assert apply_due_fallbacks() == 1 and stays(returned)[-1] == ("other", "")
    clock.shift(50)
    assert apply_due_fallbacks() == 1 and stays(conversation)[-1] == ("other", "")
    assert apply_due_fallbacks() == 0


def test_a_channels_own_fallback_goes_before_that_of_all_others(clock, queue, chat, mail) -> None:
    other = make.make_queue("other")
    Fallback.objects.create(queue=queue, condition=C.UNSTAFFED, action=A.PROMISE)
    Fallback.objects.create(queue=queue, condition=C.UNSTAFFED, channel=Channel.EMAIL, action=A.QUEUE, to_queue=other)
    assert stays(make.make_waiting(chat))[-1] == ("support", "")
    assert stays(make.make_waiting(mail))[-1] == ("other", "")


def test_what_waits_for_one_person_is_left_alone_until_their_time_is_over(clock, queue, chat, ada) -> None:
    other = make.make_queue("other")
    Fallback.objects.create(queue=queue, condition=C.UNSTAFFED, action=A.QUEUE, to_queue=other)
    conversation = make.make_waiting(chat)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    zoe = make.make_agent("zoe", queues=[queue], present=False)
    sign_out = make.make_user("sue", role="supervisor", teams=[queue.team])
    transfer(conversation_id=conversation.pk, actor=sign_out, to_agent_id=zoe.pk)
    sign_out_agent(agent_id=ada.pk)
    assert apply_due_fallbacks() == 0
    clock.shift(queue.wake_seconds)
    assert apply_due_fallbacks() == 1 and stays(conversation)[-1] == ("other", "")
