"""What those who wait are told: made, renewed, kept, compared with what came of it, and learned from."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db.models import F

from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Channel
from routing.models import Calendar, CalendarInterval, Queue, QueueEntry, WaitCalibration, WaitPromise
from routing.selectors import open_entry
from routing.services.agents import touch_presence
from routing.services.estimating import learn_waits, settle_waits, tell_waits
from routing.services.handling import close
from routing.services.offers import accept_offer
from routing.services.queueing import abandon
from routing.services.wrapping import finish_wrap_up
from routing.states import AgentState, AssignmentState
from routing.waiting_time import Band, Told
from routing.waits import queue_bands, told_wait
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def entry_of(conversation: Conversation) -> QueueEntry:
    entry = open_entry(conversation)
    assert entry is not None
    return entry


def fill(agent, chat, many: int = 4) -> list[Conversation]:
    """Give the agent as many chats as they can hold."""
    return [make.make_active(chat, agent) for _n in range(many)]


@pytest.fixture
def ada(queue):
    return make.make_agent("ada", queues=[queue], capacity=100)


def test_who_is_offered_at_once_is_told_nothing(clock, queue, chat, ada) -> None:
    make.make_calibration(queue)
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation) is not None
    assert tell_waits() == 0
    assert told_wait(entry_of(conversation)) is None


def test_a_band_behind_those_who_wait_already(clock, queue, chat, ada) -> None:
    make.make_calibration(queue)
    fill(ada, chat)
    first = make.make_waiting(chat)
    clock.shift(timedelta(seconds=1))
    second = make.make_waiting(chat, customer=make.make_customer("Dora"))
    assert tell_waits() == 2
    # Four chats of five minutes at once: one comes free every 75 seconds.
    promise = WaitPromise.objects.get(entry__conversation=second)
    assert (promise.base_seconds, promise.p50_seconds, promise.p90_seconds) == (150.0, 150.0, 305.0)
    assert told_wait(entry_of(first)) == Told(first=2, last=3)
    assert told_wait(entry_of(second)) == Told(first=3, last=6)
    assert tell_waits() == 0


def test_with_few_samples_nothing_is_said_but_the_estimate_is_kept(clock, queue, chat, ada) -> None:
    fill(ada, chat)
    conversation = make.make_waiting(chat)
    assert tell_waits() == 1
    promise = WaitPromise.objects.get()
    assert promise.base_seconds > 0
    assert (promise.p50_seconds, promise.told_p90_at) == (None, None)
    assert told_wait(entry_of(conversation)) is None


def test_nobody_there_nothing_said(clock, queue, chat) -> None:
    make.make_calibration(queue)
    conversation = make.make_waiting(chat)
    assert tell_waits() == 0
    assert told_wait(entry_of(conversation)) is None


def test_what_was_told_never_grows_unless_somebody_overtakes(clock, queue, chat, ada) -> None:
    make.make_calibration(queue)
    held = fill(ada, chat)
    conversation = make.make_waiting(chat)
    entry = entry_of(conversation)
    tell_waits()
    told = WaitPromise.objects.get(entry=entry)
    # Work takes longer than it did: the estimate grows, what was told does not.
    WaitCalibration.objects.update(handle_seconds=900.0)
    clock.shift(timedelta(seconds=15))
    make.make_waiting(chat, customer=make.make_customer("Dora"))
    tell_waits()
    kept = WaitPromise.objects.get(entry=entry)
    assert (kept.told_p50_at, kept.told_p90_at) == (told.told_p50_at, told.told_p90_at)
    assert kept.told_at == now()
    # It counts down by the clock, and is silent once it is over.
    assert told_wait(entry_of(conversation)) == Told(first=1, last=3)
    clock.shift(timedelta(seconds=200))
    assert told_wait(entry_of(conversation)) is None
    # Somebody with a better claim comes: now it is later.
    touch_presence([ada.pk])
    better = make.make_waiting(chat, customer=make.make_customer("Gold"))
    QueueEntry.objects.filter(conversation=better).update(boost_seconds=600, rank_key=F("rank_key") - 600)
    tell_waits()
    later = WaitPromise.objects.get(entry=entry)
    assert later.told_p90_at > told.told_p90_at
    assert (later.p50_seconds, later.p90_seconds) == (told.p50_seconds, told.p90_seconds), "what was promised stays"
    assert len(held) == 4


def test_only_lines_of_the_same_agents_count(clock, queue, chat, ada) -> None:
    make.make_calibration(queue)
    fill(ada, chat)
    other = make.make_queue("other")
    elsewhere = make.make_account("elsewhere", queue=other)
    make.make_agent("ben", queues=[other], state=AgentState.BREAK)
    for n in range(3):
        make.make_waiting(elsewhere, customer=make.make_customer(f"Other {n}"))
    conversation = make.make_waiting(chat)
    tell_waits()
    assert WaitPromise.objects.get(entry__conversation=conversation).base_seconds == 75.0


def test_what_came_of_it_is_kept_and_learned_from(clock, queue, chat, ada) -> None:
    held = fill(ada, chat)
    for n in range(11):
        conversation = make.make_waiting(chat, customer=make.make_customer(f"Waiting {n}"))
        tell_waits()
        clock.shift(timedelta(seconds=100))
        touch_presence([ada.pk])
        if n == 3:
            assert abandon(conversation_id=conversation.pk)
            continue
        close(conversation_id=held[0].pk, actor=ada.user)
        for wrap_up in held[0].assignments.filter(state=AssignmentState.WRAP_UP):
            finish_wrap_up(assignment_id=wrap_up.pk, agent_id=ada.pk)
        offer = make.pending_offer(conversation)
        accept_offer(offer_id=offer.pk, agent_id=ada.pk)
        held[0] = conversation
    assert settle_waits() == 11
    assert settle_waits() == 0
    known = WaitPromise.objects.filter(is_observed=True)
    assert known.count() == 10
    assert set(known.values_list("actual_seconds", flat=True)) == {100.0}
    learned = WaitCalibration.objects.get(queue=queue, group=None)
    assert learned.samples == 11
    assert learned.patience_seconds == pytest.approx(1100.0)
    assert learned.ratio_p50 == pytest.approx(105 / 80, rel=0.3)
    # One more: now it is told.
    conversation = make.make_waiting(chat, customer=make.make_customer("Next"))
    tell_waits()
    assert told_wait(entry_of(conversation)) is not None


def test_a_group_learns_from_its_own_waits(clock, queue, chat, ada) -> None:
    group = make.make_waiting(chat) and QueueEntry.objects.get().group
    entry = QueueEntry.objects.get()
    other = entry.group.__class__.objects.create(queue=queue, channel="chat", key="another")
    for n in range(60):
        stay = QueueEntry.objects.create(
            conversation=entry.conversation,
            queue=queue,
            group=other if n % 2 else group,
            channel="chat",
            entered_at=now(),
            rank_key=now().timestamp(),
            left_at=now(),
            outcome="answered",
        )
        WaitPromise.objects.create(
            entry=stay,
            queue=queue,
            channel="chat",
            made_at=now(),
            told_at=now(),
            base_seconds=95,
            actual_seconds=395 if n % 2 else 95,
            is_observed=True,
        )
    whole = learn_waits(queue=queue, channel="chat")
    assert (whole.group, whole.samples, round(whole.ratio_p50, 3)) == (None, 60, 1.0)
    # Drawn halfway to the queue's with thirty of their own.
    assert round(WaitCalibration.objects.get(group=group).ratio_p50, 3) == 1.0
    assert round(WaitCalibration.objects.get(group=other).ratio_p50, 3) == 2.0


def test_mail_waits_by_opening_hours(clock, queue) -> None:
    calendar = Calendar.objects.create(name="Office", time_zone="UTC")
    for weekday in range(5):
        CalendarInterval.objects.create(calendar=calendar, weekday=weekday, opens_at=time(9), closes_at=time(17))
    Queue.objects.filter(pk=queue.pk).update(calendar=calendar)
    queue.refresh_from_db()
    mail = make.make_account("post", queue=queue, kind="fake", channel=Channel.EMAIL)
    make.make_agent("ada", queues=[queue], state=AgentState.OFFLINE, capacity=25)
    make.make_calibration(queue, Channel.EMAIL, handle_seconds=3600.0)
    clock.move_to(datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    conversation = make.make_waiting(mail)
    tell_waits()
    clock.shift(timedelta(seconds=1))
    promise = WaitPromise.objects.get()
    assert promise.base_seconds == 3600.0
    assert promise.told_p50_at == datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
    assert promise.told_p90_at == datetime(2026, 3, 3, 10, 30, 5, tzinfo=UTC)
    assert told_wait(entry_of(conversation)) == Told(first=17, last=19, in_hours=True)
    assert queue_bands([queue])[queue.pk][Channel.EMAIL].p50 == pytest.approx(18 * 3600, abs=1)
    clock.move_to(datetime(2026, 3, 3, 9, 15, tzinfo=UTC))
    abandon(conversation_id=conversation.pk)
    settle_waits()
    promise.refresh_from_db()
    assert promise.actual_seconds == 45 * 60


def test_what_a_newcomer_would_be_told(clock, queue, chat, ada) -> None:
    make.make_calibration(queue)
    make.make_calibration(queue, Channel.VOICE, samples=9)
    closed = make.make_queue("closed", calendar=Calendar.objects.create(name="Never", time_zone="UTC"))
    make.make_calibration(closed)
    make.make_active(make.make_account("shut", queue=closed), make.make_agent("ben", queues=[closed]))
    assert queue_bands([queue]) == {}, "nobody has ever come: it is not known who would take it"
    fill(ada, chat, 3)
    assert queue_bands([queue, closed]) == {queue.pk: {Channel.CHAT: Band(p50=0.0, p90=0.0)}}
    fill(ada, chat, 1)
    assert queue_bands([queue], channel=Channel.CHAT)[queue.pk][Channel.CHAT] == Band(p50=75.0, p90=155.0)
    assert queue_bands([queue], channel=Channel.EMAIL) == {}
