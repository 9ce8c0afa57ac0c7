"""Two sweepers, one lock: one works, the other stands by and takes over; a failing duty keeps none of the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from contactcenter.conversations.states import SnoozeReason
from contactcenter.sweeper import LOCK, Sweeper, sweep_once
from routing.models import ChannelProfile, SweeperDuty
from routing.profiles import forget_profiles
from routing.services.handling import close, snooze
from routing.sweeping import wake_due_conversations
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
TAKES_OVER_SECONDS = 60


def wait_until(condition: Callable[[], object], seconds: float = TAKES_OVER_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


def holders() -> list[int]:
    """Backends that hold the sweeper's lock in this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCK >> 32, LOCK & 0xFFFFFFFF],
        )
        return [pid for (pid,) in cursor.fetchall()]


def run_and_let_go(sweeper: Sweeper) -> None:
    try:
        sweeper.run()
    finally:
        connection.close()


@pytest.fixture
def sweepers() -> Iterator[list[Sweeper]]:
    pair = [Sweeper(with_beat=False), Sweeper(with_beat=False)]
    threads = [threading.Thread(target=run_and_let_go, args=(sweeper,)) for sweeper in pair]
    for thread in threads:
        thread.start()
    yield pair
    for sweeper in pair:
        sweeper.stop()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    wait_until(lambda: holders() == [])  # PostgreSQL lets go a moment after the connection is closed


def test_one_works_and_the_other_takes_over(sweepers) -> None:
    wait_until(lambda: any(sweeper.is_working.is_set() for sweeper in sweepers))
    first = next(sweeper for sweeper in sweepers if sweeper.is_working.is_set())
    other = next(sweeper for sweeper in sweepers if sweeper is not first)
    wait_until(lambda: SweeperDuty.objects.count() > 0)
    assert not other.is_working.is_set()
    (pid,) = holders()
    first.stop()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    wait_until(other.is_working.is_set)
    # It notices at the end of its round; until then two may sweep, which every duty bears.
    wait_until(lambda: not first.is_working.is_set())
    assert holders() != [pid] and len(holders()) == 1


def test_who_lost_the_connection_stands_by_again(sweepers) -> None:
    wait_until(lambda: any(sweeper.is_working.is_set() for sweeper in sweepers))
    (pid,) = holders()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    wait_until(lambda: holders() not in ([], [pid]))
    wait_until(lambda: [sweeper.is_working.is_set() for sweeper in sweepers].count(True) == 1)


def test_metrics_and_a_failing_duty(settings, chat, queue) -> None:
    settings.SWEEPER_DUTIES = [
        "routing.sweeping.nothing_by_this_name",
        "contactcenter.conversations.effects.send_hint",  # lacks its arguments
        "routing.sweeping.end_due_wrap_ups",
    ]
    queue.wrap_up_seconds = 1
    queue.save()
    ada = make.make_agent("ada", queues=[queue])
    close(conversation_id=make.make_active(chat, ada).pk)
    ada.assignments.update(wrap_up_until=make.later(-1))
    assert sweep_once() == dict(zip(settings.SWEEPER_DUTIES, [0, 0, 1], strict=True))
    assert sweep_once()["routing.sweeping.end_due_wrap_ups"] == 0
    rows = {row.name: row for row in SweeperDuty.objects.all()}
    ends = rows["routing.sweeping.end_due_wrap_ups"]
    assert (ends.last_found, ends.total_found, ends.last_error) == (0, 1, "")
    assert "nothing_by_this_name" in rows["routing.sweeping.nothing_by_this_name"].last_error
    assert "missing" in rows["contactcenter.conversations.effects.send_hint"].last_error


@pytest.fixture
def no_video() -> Iterator[None]:
    """A channel without profile; profiles are remembered for a few seconds."""
    ChannelProfile.objects.filter(channel="video").delete()
    forget_profiles()
    yield
    forget_profiles()


def test_one_row_that_fails_keeps_none_of_the_others(chat, queue, phone, no_video: None) -> None:
    """A conversation of a channel without profile cannot be offered; the next one is."""

    ada = make.make_agent("ada", queues=[queue])
    first, second = make.make_active(chat, ada), make.make_active(chat, ada)
    for conversation in (first, second):
        snooze(conversation_id=conversation.pk, actor=ada.user, reason=SnoozeReason.UNTIL, until=make.later(5))
    type(first).objects.filter(pk=first.pk).update(channel="video", snoozed_until=make.later(-1))
    type(first).objects.filter(pk=second.pk).update(snoozed_until=make.later(0))
    assert wake_due_conversations() == 1
    second.refresh_from_db()
    assert second.state == "active"
