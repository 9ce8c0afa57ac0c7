"""Promises to customers: their arithmetic in opening hours, and clocks that follow what happens."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import ChannelAccount, Conversation, Event
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.states import Channel, MessageKind, SnoozeReason
from routing.hours import Schedule, add_open_seconds, open_seconds
from routing.models import Agent, Queue, SLAClock, SLATarget
from routing.services.arriving import customer_wrote
from routing.services.handling import close, pull, snooze, transfer
from routing.services.replies import send_reply
from routing.sla import deadline
from routing.sweeping import keep_clocks
from tests import factories as make

OFFICE = Schedule(time_zone="Europe/Tallinn", intervals=tuple((day, time(9), time(17)) for day in range(5)))
MOMENTS = st.integers(0, 364 * 86_400).map(lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second))


@given(MOMENTS, st.floats(1, 400_000))
def test_due_is_when_so_much_open_time_has_passed(start: datetime, seconds: float) -> None:
    due = add_open_seconds(OFFICE, start, seconds)
    assert due is not None and due > start
    assert open_seconds(OFFICE, start, due) == pytest.approx(seconds, abs=1e-3)


@given(MOMENTS, st.integers(1, 400_000), st.integers(1, 99))
def test_the_warning_comes_before(start: datetime, seconds: int, percent: int) -> None:
    ends = deadline(OFFICE, start, left_seconds=seconds, target_seconds=seconds, warn_percent=percent)
    assert ends.warn_at is not None and ends.due_at is not None and ends.warn_at <= ends.due_at
    assert open_seconds(OFFICE, start, ends.warn_at) == pytest.approx(seconds * percent / 100, abs=1e-3)


def test_over_a_weekend_and_a_change_of_clocks() -> None:
    friday = datetime(2026, 3, 27, 14, 0, tzinfo=UTC)  # 16:00 in Tallinn; on Sunday clocks go forward
    assert add_open_seconds(OFFICE, friday, 2 * 3600) == datetime(2026, 3, 30, 7, 0, tzinfo=UTC)
    never = Schedule(time_zone="UTC")
    assert add_open_seconds(never, friday, 10) is None
    assert deadline(None, friday, left_seconds=60, target_seconds=60, warn_percent=50).due_at == friday + timedelta(
        seconds=60
    )


database = pytest.mark.django_db


@pytest.fixture
def target(queue: Queue) -> SLATarget:
    return SLATarget.objects.create(
        queue=queue, first_seconds=600, next_seconds=300, resolution_seconds=3600, warn_percent=80
    )


def clocks(conversation: Conversation) -> dict[str, SLAClock]:
    return {row.kind: row for row in SLAClock.objects.filter(conversation=conversation, stopped_at=None)}


def told(conversation: Conversation) -> list[tuple[str, str]]:
    rows = Event.objects.filter(conversation=conversation, kind__startswith="sla.").order_by("seq")
    return [(row.kind.removeprefix("sla."), row.data["promise"]) for row in rows]


def write(conversation: Conversation, agent: Agent, text: str = "Hello") -> None:
    send_reply(conversation_id=conversation.pk, author=agent.user, text=text, client_id=f"{text} {agent.pk}")


def customer_writes(conversation: Conversation) -> None:
    with transaction.atomic():
        locked = lock_conversation(conversation.pk)
        add_message(locked, MessageKind.IN, "And now?", identity=locked.identity)
        customer_wrote(locked)


@database
def test_a_first_answer_in_time(
    clock: time_machine.Coordinates, chat: ChannelAccount, ada: Agent, target: SLATarget
) -> None:
    conversation = make.make_waiting(chat)
    assert keep_clocks() == 1 and keep_clocks() == 0
    running = clocks(conversation)
    assert set(running) == {"first", "resolution"}
    assert running["first"].started_at == conversation.waiting_since
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    clock.shift(100)
    write(conversation, ada)
    clock.shift(1000)  # the sweeper was away: what counts is when it was answered
    assert keep_clocks() == 1
    (first,) = SLAClock.objects.filter(conversation=conversation, kind="first")
    assert first.is_met and first.stopped_at is not None
    assert (first.stopped_at - first.started_at).total_seconds() == 100
    assert told(conversation) == []
    assert keep_clocks() == 0


@database
def test_warned_then_overdue_each_told_once(
    clock: time_machine.Coordinates, chat: ChannelAccount, ada: Agent, target: SLATarget
) -> None:
    conversation = make.make_waiting(chat)
    keep_clocks()
    clock.shift(479)
    assert keep_clocks() == 0
    clock.shift(1)
    assert keep_clocks() == 1 and keep_clocks() == 0
    assert told(conversation) == [("warned", "first")]
    clock.shift(120)
    assert keep_clocks() == 1 and keep_clocks() == 0
    assert told(conversation) == [("warned", "first"), ("breached", "first")]
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    write(conversation, ada)
    keep_clocks()
    (first,) = SLAClock.objects.filter(conversation=conversation, kind="first")
    assert first.is_met is False and first.breached_at == first.due_at
    assert len(told(conversation)) == 2


@database
def test_what_was_missed_while_nobody_swept_is_told(
    clock: time_machine.Coordinates, chat: ChannelAccount, ada: Agent, target: SLATarget
) -> None:
    conversation = make.make_waiting(chat)
    keep_clocks()
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    clock.shift(700)
    write(conversation, ada)
    clock.shift(700)
    keep_clocks()
    assert told(conversation) == [("breached", "first")]
    (first,) = SLAClock.objects.filter(conversation=conversation, kind="first")
    assert first.is_met is False and first.breached_at == first.due_at


@database
def test_the_next_answer_has_a_clock_of_its_own(
    clock: time_machine.Coordinates, chat: ChannelAccount, ada: Agent, target: SLATarget
) -> None:
    conversation = make.make_waiting(chat)
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    write(conversation, ada)
    keep_clocks()
    assert set(clocks(conversation)) == {"resolution"}
    clock.shift(50)
    customer_writes(conversation)
    keep_clocks()
    conversation.refresh_from_db()
    (running,) = [row for row in clocks(conversation).values() if row.kind != "resolution"]
    assert (running.kind, running.target_seconds, running.started_at) == ("next", 300, conversation.waiting_since)


@database
def test_resolution_rests_while_it_is_the_customers_turn(
    clock: time_machine.Coordinates, mail: ChannelAccount, ada: Agent, target: SLATarget
) -> None:
    conversation = make.make_waiting(mail)
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    clock.shift(600)
    write(conversation, ada)
    snooze(conversation_id=conversation.pk, actor=ada.user, reason=SnoozeReason.CUSTOMER)
    keep_clocks()
    paused = clocks(conversation)["resolution"]
    assert paused.due_at is None and paused.left_seconds == pytest.approx(3000)
    clock.shift(86_400)
    assert keep_clocks() == 0
    customer_writes(conversation)
    keep_clocks()
    going = clocks(conversation)["resolution"]
    assert going.paused_at is None and going.due_at == datetime.now(UTC) + timedelta(seconds=3000)
    close(conversation_id=conversation.pk)
    keep_clocks()
    assert clocks(conversation) == {}
    assert SLAClock.objects.get(conversation=conversation, kind="resolution").is_met


@database
def test_another_queue_promises_otherwise_and_the_time_gone_stays_gone(
    clock: time_machine.Coordinates, chat: ChannelAccount, ada: Agent, target: SLATarget
) -> None:
    second = make.make_queue("second")
    SLATarget.objects.create(queue=second, channel=Channel.CHAT, first_seconds=900)
    conversation = make.make_waiting(chat)
    keep_clocks()
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    clock.shift(300)
    transfer(conversation_id=conversation.pk, actor=ada.user, queue=second)
    keep_clocks()
    running = clocks(conversation)
    assert set(running) == {"first"}
    assert running["first"].queue == second
    assert running["first"].due_at == running["first"].started_at + timedelta(seconds=900)
    # A promise that is changed holds for those who wait, too.
    SLATarget.objects.filter(queue=second).update(first_seconds=400)
    keep_clocks()
    running = clocks(conversation)
    assert running["first"].due_at == running["first"].started_at + timedelta(seconds=400)


@database
def test_without_promises_nothing_runs_but_the_hour_of_public_posts(
    clock: time_machine.Coordinates, chat: ChannelAccount, queue: Queue, ada: Agent
) -> None:
    quiet = make.make_waiting(chat)
    page = make.make_account("page", queue=queue, kind="fake", channel=Channel.FACEBOOK)
    post = make.make_waiting(page)
    type(post).objects.filter(pk=post.pk).update(is_public=True)
    assert keep_clocks() == 1
    assert clocks(quiet) == {}
    assert clocks(post)["first"].target_seconds == 3600
