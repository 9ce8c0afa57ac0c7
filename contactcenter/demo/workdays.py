"""The demo's working days: when its agents were there, and when its customers write."""

from __future__ import annotations

import random
import zoneinfo
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from contactcenter.base.clock import now
from contactcenter.demo.people import PEOPLE, ZONE
from routing.models import Agent, AgentStateInterval, AgentStateReason
from routing.states import AgentState

WEEKS = 8
# An autumn sale: days in which more is written than one agent could answer.
BUSY_DAYS = 8
_ZONE = zoneinfo.ZoneInfo(ZONE)
_BEGIN, _END = time(8), time(16)
_LATER = timedelta(minutes=90)
# They go to lunch one after the other, so that somebody is always there.
_LUNCHES = (time(11, 15), time(11, 45), time(12, 15))
_LUNCH = timedelta(minutes=30)
# The first write before anybody is there, the last while somebody still is.
_FIRST, _LAST = time(7, 55), time(16, 45)
_PEAK = time(10, 15)
# A conversation begun so long ago is over, however long its customer waits and talks.
OVER = timedelta(minutes=45)


def days() -> Iterator[date]:
    today = now().astimezone(_ZONE).date()
    yield from (today - timedelta(days=back) for back in range(WEEKS * 7, -1, -1))


def moment_of(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, _ZONE)


def moments_of(day: date, chance: random.Random) -> list[datetime]:
    """When customers write on this day, in order: less on weekends, most in the morning, and all long enough ago."""
    is_busy = (now().astimezone(_ZONE).date() - day).days < BUSY_DAYS
    is_weekend = day.weekday() > 4
    least, most = {(True, False): (34, 46), (True, True): (8, 14), (False, False): (3, 6), (False, True): (1, 2)}[
        is_busy, is_weekend
    ]
    first, last, peak = (moment_of(day, clock) for clock in (_FIRST, _LAST, _PEAK))
    moments = []
    for _ in range(chance.randint(least, most)):
        spread = peak + timedelta(minutes=chance.gauss(0, 35))
        even = first + (last - first) * chance.random()
        moments.append(min(max(spread if chance.random() < 0.45 else even, first), last))
    latest = now() - OVER
    return sorted(moment for moment in moments if moment < latest)


def make_working_days(agents: list[Agent]) -> None:
    """Each day at work as intervals of state, ended; everybody is offline now."""
    reason = AgentStateReason.objects.order_by("pk").first()
    late = {person.username for person in PEOPLE if person.comes_late}
    moment, rows = now(), []
    for number, agent in enumerate(agents):
        last = moment_of(next(days()), time(0))
        for day in days():
            for state, started_at, until in _spans(day, number, is_late=agent.user.username in late):
                if started_at >= moment:
                    break
                if started_at > last:
                    rows.append(_interval(agent, AgentState.OFFLINE, last, started_at))
                last = min(until, moment)
                why = reason if state == AgentState.BREAK else None
                rows.append(_interval(agent, state, started_at, last, why))
        rows.append(_interval(agent, AgentState.OFFLINE, last, None))
        agent.state_since = agent.last_contact_at = last
    AgentStateInterval.objects.bulk_create(rows)
    Agent.objects.bulk_update(agents, ["state_since", "last_contact_at"])


def _spans(day: date, number: int, *, is_late: bool) -> Iterator[tuple[AgentState, datetime, datetime]]:
    later = _LATER if is_late else timedelta(0)
    begins, ends = (moment_of(day, clock) + later for clock in (_BEGIN, _END))
    leaves = moment_of(day, _LUNCHES[number % len(_LUNCHES)])
    returns = leaves + _LUNCH
    yield AgentState.AVAILABLE, begins, leaves
    yield AgentState.BREAK, leaves, returns
    yield AgentState.AVAILABLE, returns, ends


def _interval(
    agent: Agent, state: AgentState, begin: datetime, end: datetime | None, reason: AgentStateReason | None = None
) -> AgentStateInterval:
    return AgentStateInterval(agent=agent, state=state, reason=reason, started_at=begin, ended_at=end)
