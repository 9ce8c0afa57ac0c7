"""How many agents a queue needs through the day, from its own arrivals, handling and patience."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from contactcenter.base.clock import now
from routing.erlang import Line, Service, agents_needed, answer, chat_line
from routing.models import AgentStateInterval, Assignment, ChannelProfile, Queue, QueueEntry
from routing.states import AgentState, AssignmentRole, AssignmentState, Outcome
from routing.survival import mean_patience

INTERVAL = timedelta(minutes=30)
SLOTS = 48
AGENT_CAPACITY = 100
# Others asked at the same time make each answer slower by so much: as in the routing study.
CHAT_SLOWDOWN = 0.12
# Ways in which a stay ends that say nothing of a customer who came.
_NO_ARRIVAL = (Outcome.JOINED, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One half-hour of the day, on average over the days looked at. The figures are None where nobody came."""

    starts: time
    calls_per_hour: float
    signed_in: float
    needed: int | None
    # Patience makes fewer enough, at the price of those who leave: how many it takes where nobody does.
    needed_without_leaving: int | None
    # With the agents who were signed in, rounded to whole ones.
    agents: int
    service: Service | None

    @property
    def is_short(self) -> bool:
        return self.needed is not None and self.agents < self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """`handle_seconds` and `patience_seconds` are means; None: nothing was handled, nobody left."""

    slots: list[Slot]
    days: int
    arrivals: int
    handle_seconds: float | None
    patience_seconds: float | None
    at_once: int


def staffing_of(
    queue: Queue, channel: str, *, weekdays: Iterable[int], weeks: int, target_seconds: float, goal: float
) -> Staffing:
    """Read the last `weeks` whole weeks of the queue's channel. Raises ValueError for figures that make no sense."""
    zone = ZoneInfo(queue.calendar.time_zone if queue.calendar else queue.brand.time_zone)
    days = _days(now().astimezone(zone).date(), set(weekdays), weeks)
    since = datetime.combine(days[0], time(), zone)
    until = datetime.combine(days[-1] + timedelta(days=1), time(), zone)
    arrivals, patience = _arrivals(queue, channel, since, until, set(days), zone)
    handle = _mean_handling(queue, channel, since, until)
    signed_in = _signed_in(queue, since, until, set(days), zone)
    at_once = max(AGENT_CAPACITY // ChannelProfile.objects.get(channel=channel).cost, 1)
    slots = []
    for place in range(SLOTS):
        hourly = arrivals[place] / len(days) * (timedelta(hours=1) / INTERVAL)
        there = signed_in.get(place, 0.0) / len(days)
        line = None
        if hourly and handle:
            one = Line(calls_per_hour=hourly, handle_seconds=handle, agents=1, patience_seconds=patience)
            line = chat_line(one, at_once=at_once, slowdown=CHAT_SLOWDOWN) if at_once > 1 else one
        slots.append(_slot(place, hourly, there, line, at_once, target_seconds, goal))
    return Staffing(
        slots=slots,
        days=len(days),
        arrivals=arrivals.total(),
        handle_seconds=handle,
        patience_seconds=patience,
        at_once=at_once,
    )


def _days(today: date, weekdays: set[int], weeks: int) -> list[date]:
    """The days that are over. Raises ValueError without any."""
    days = [today - timedelta(days=back) for back in range(7 * weeks, 0, -1)]
    chosen = [day for day in days if day.weekday() in weekdays]
    if not chosen:
        raise ValueError("weekdays: choose at least one")
    return chosen


def _slot(place: int, hourly: float, there: float, line: Line | None, at_once: int, target: float, goal: float) -> Slot:
    agents = round(there)

    def needed(line: Line | None) -> int | None:
        places = agents_needed(line, target, goal) if line else None
        return -(-places // at_once) if places is not None else None

    return Slot(
        starts=(datetime.min + place * INTERVAL).time(),
        calls_per_hour=hourly,
        signed_in=there,
        needed=needed(line),
        needed_without_leaving=needed(replace(line, patience_seconds=None) if line else None),
        agents=agents,
        service=answer(replace(line, agents=agents * at_once), target) if line and agents else None,
    )


def _place(moment: datetime, zone: ZoneInfo) -> tuple[date, int]:
    local = moment.astimezone(zone)
    return local.date(), (local.hour * 60 + local.minute) // 30


def _arrivals(
    queue: Queue, channel: str, since: datetime, until: datetime, days: set[date], zone: ZoneInfo
) -> tuple[Counter[int], float | None]:
    """Customers who came by half-hour, and their mean patience: a return to the queue is nobody new."""
    entries = QueueEntry.objects.filter(
        queue=queue, channel=channel, entered_at__gte=since, entered_at__lt=until, waited_before_seconds=0
    ).exclude(outcome__in=_NO_ARRIVAL)
    counts: Counter[int] = Counter()
    waits = []
    for entered_at, left_at, outcome in entries.values_list("entered_at", "left_at", "outcome").iterator():
        day, place = _place(entered_at, zone)
        if day in days:
            counts[place] += 1
        if left_at is not None:
            waits.append(((left_at - entered_at).total_seconds(), outcome == Outcome.ABANDONED))
    return counts, mean_patience(waits) or None


def _mean_handling(queue: Queue, channel: str, since: datetime, until: datetime) -> float | None:
    """Mean seconds from taking it to the end of wrap-up, without pauses; what came back to the same agent counts once
    each time."""
    rows = Assignment.objects.filter(
        queue=queue,
        channel=channel,
        role=AssignmentRole.PRIMARY,
        state=AssignmentState.DONE,
        started_at__gte=since,
        started_at__lt=until,
    ).values_list("started_at", "ended_at", "paused_seconds")
    seconds = [
        max((ended - started).total_seconds() - paused, 1.0) for started, ended, paused in rows if ended is not None
    ]
    return sum(seconds) / len(seconds) if seconds else None


def _signed_in(queue: Queue, since: datetime, until: datetime, days: set[date], zone: ZoneInfo) -> dict[int, float]:
    """Agents of the queue who were signed in and not on break, summed over the days, by half-hour."""
    rows = AgentStateInterval.objects.filter(
        Q(ended_at__gt=since) | Q(ended_at=None),
        state=AgentState.AVAILABLE,
        started_at__lt=until,
        agent__memberships__queue=queue,
    ).values_list("started_at", "ended_at")
    present: Counter[int] = Counter()
    for started, ended in rows:
        for moment, seconds in _pieces(max(started, since), min(ended or until, until, now())):
            day, place = _place(moment, zone)
            if day in days:
                present[place] += round(seconds)
    return {place: seconds / INTERVAL.total_seconds() for place, seconds in present.items()}


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    """A stretch of time cut at the half-hours: each piece's beginning and seconds."""
    while start < end:
        past = timedelta(minutes=start.minute % 30, seconds=start.second, microseconds=start.microsecond)
        cut = min(start - past + INTERVAL, end)
        yield start, (cut - start).total_seconds()
        start = cut
