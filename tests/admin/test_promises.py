"""Promises that run follow what admins change: opening hours, holidays, the queue's own, its share that warns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client

from contactcenter.conversations.models import Conversation, Event
from contactcenter.conversations.states import SnoozeReason
from routing.models import Calendar, Queue, SLAClock, SLATarget
from routing.services.handling import pull, snooze
from routing.services.holidays import add_holidays
from routing.services.replies import send_reply
from routing.sweeping import keep_clocks
from tests import factories as make
from tests.admin.pages import add_row, save
from tests.routing.test_sla import customer_writes

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(MONDAY, tick=False) as still:
        yield still


@pytest.fixture
def calendar(db: None) -> Calendar:
    """Monday to Friday, 9 to 17."""
    calendar = Calendar.objects.create(name="Office", time_zone="UTC")
    for weekday in range(5):
        calendar.intervals.create(weekday=weekday, opens_at=time(9), closes_at=time(17))
    return calendar


@pytest.fixture
def queue(calendar: Calendar) -> Queue:
    queue = make.make_queue(calendar=calendar)
    SLATarget.objects.create(queue=queue, first_seconds=4 * 3600, warn_percent=50)
    return queue


@pytest.fixture
def waiting(clock: time_machine.Coordinates, queue: Queue) -> Conversation:
    """Since Monday 15:00: two hours on Monday and two on Tuesday."""
    conversation = make.make_waiting(make.make_account(queue=queue))
    keep_clocks()
    assert _running(conversation).due_at == MONDAY + 20 * HOUR
    return conversation


def _running(conversation: Conversation) -> SLAClock:
    return SLAClock.objects.get(conversation=conversation, stopped_at=None)


def _hours(calendar: Calendar) -> str:
    return f"/admin/routing/calendar/{calendar.pk}/change/"


def _told(conversation: Conversation) -> list[str]:
    return list(
        Event.objects.filter(conversation=conversation, kind__startswith="sla.")
        .order_by("seq")
        .values_list("kind", flat=True)
    )


def test_longer_hours_bring_it_nearer(
    admin: Client, clock: time_machine.Coordinates, calendar: Calendar, waiting: Conversation
) -> None:
    clock.shift(1800)
    assert save(admin, _hours(calendar), **{"intervals-0-closes_at": "20:00"}) == []
    assert keep_clocks() == 1 and keep_clocks() == 0
    running = _running(waiting)
    assert (running.warn_at, running.due_at) == (MONDAY + 2 * HOUR, MONDAY + 4 * HOUR)


def test_a_holiday_puts_it_off(admin: Client, calendar: Calendar, waiting: Conversation) -> None:
    assert save(admin, _hours(calendar), **add_row("holidays", day="2026-03-03", name="Free")) == []
    assert keep_clocks() == 1
    assert _running(waiting).due_at == MONDAY + 44 * HOUR
    # And out of a file.
    add_holidays(calendar=calendar, days={date(2026, 3, 4): "Free"}, actor=None)
    assert keep_clocks() == 1 and keep_clocks() == 0
    assert _running(waiting).due_at == MONDAY + 68 * HOUR


def test_another_zone_and_other_hours_of_the_queue(
    admin: Client, calendar: Calendar, queue: Queue, waiting: Conversation
) -> None:
    assert save(admin, _hours(calendar), time_zone="Asia/Tokyo") == []
    keep_clocks()
    assert _running(waiting).due_at == MONDAY + 13 * HOUR, "it is midnight there"
    page = f"/admin/routing/queue/{queue.pk}/change/"
    assert save(admin, page, calendar="") == []
    keep_clocks()
    assert _running(waiting).due_at == MONDAY + 4 * HOUR, "always open"
    assert save(admin, page, **{"sla_targets-0-warn_percent": "75"}) == []
    assert keep_clocks() == 1 and keep_clocks() == 0
    assert _running(waiting).warn_at == MONDAY + 3 * HOUR


def test_what_is_overdue_stays_so(
    admin: Client, clock: time_machine.Coordinates, calendar: Calendar, waiting: Conversation
) -> None:
    clock.shift(20 * 3600)
    # The sweeper was away: it is told before the holiday puts it off.
    assert save(admin, _hours(calendar), **add_row("holidays", day="2026-03-03", name="Free")) == []
    assert keep_clocks() == 1 and keep_clocks() == 0
    running = _running(waiting)
    assert running.breached_at == running.due_at == MONDAY + 20 * HOUR
    assert _told(waiting) == ["sla.breached"]


def test_a_warning_that_came_too_early_is_taken_back_and_comes_again(
    admin: Client, clock: time_machine.Coordinates, calendar: Calendar, waiting: Conversation
) -> None:
    clock.shift(18 * 3600)
    keep_clocks()
    assert _running(waiting).warned_at is not None
    assert save(admin, _hours(calendar), **add_row("holidays", day="2026-03-03", name="Free")) == []
    keep_clocks()
    assert _running(waiting).warned_at is not None, "half of it has gone as before"
    assert save(admin, _hours(calendar), **add_row("holidays", 1, day="2026-03-02", name="Free, too")) == []
    keep_clocks()
    running = _running(waiting)
    assert running.warned_at is None and running.due_at == datetime(2026, 3, 4, 13, 0, tzinfo=UTC)
    clock.move_to(datetime(2026, 3, 4, 11, 0, tzinfo=UTC))
    keep_clocks()
    assert _running(waiting).warned_at is not None and _told(waiting) == ["sla.warned", "sla.warned"]


def test_hours_that_are_longer_afterwards_break_nothing_in_the_past(
    admin: Client, clock: time_machine.Coordinates, calendar: Calendar, waiting: Conversation
) -> None:
    clock.shift(19 * 3600)
    assert save(admin, _hours(calendar), **{"intervals-0-closes_at": "23:00"}) == []
    keep_clocks()
    keep_clocks()
    running = _running(waiting)
    assert running.breached_at == running.due_at == MONDAY + 19 * HOUR, "and not on Monday evening"


def test_what_rests_goes_on_by_the_new_hours(
    admin: Client, clock: time_machine.Coordinates, calendar: Calendar, queue: Queue
) -> None:
    SLATarget.objects.filter(queue=queue).update(first_seconds=None, resolution_seconds=4 * 3600)
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_waiting(make.make_account(queue=queue))
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    keep_clocks()
    clock.shift(3600)
    send_reply(conversation_id=conversation.pk, author=ada.user, text="Which order?", client_id="1")
    until = MONDAY + 2 * HOUR
    snooze(conversation_id=conversation.pk, actor=ada.user, reason=SnoozeReason.CUSTOMER, until=until)
    keep_clocks()
    paused = _running(conversation)
    assert (paused.due_at, paused.left_seconds) == (None, 3 * 3600)
    assert save(admin, _hours(calendar), **{"intervals-1-opens_at": "12:00"}) == []
    assert keep_clocks() == 0
    clock.shift(3600)
    customer_writes(conversation)
    keep_clocks()
    going = _running(conversation)
    assert going.paused_at is None and going.due_at == datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    assert save(admin, _hours(calendar), **{"intervals-1-opens_at": "11:00"}) == []
    keep_clocks()
    assert _running(conversation).due_at == datetime(2026, 3, 3, 14, 0, tzinfo=UTC), "from where it went on"
