"""Reading waits: who stands before whom, how long that takes, and what those who wait were told."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet

from contactcenter.base.clock import now
from contactcenter.conversations.states import LIVE_CHANNELS
from routing.hours import Schedule, add_open_seconds, open_seconds
from routing.models import Agent, ChannelProfile, Queue, QueueEntry, SkillGroupAgent, WaitCalibration, WaitPromise
from routing.selectors import queue_is_open, schedule_of
from routing.states import AgentState
from routing.waiting_time import (
    FEWEST_SAMPLES,
    Band,
    Pace,
    Ratios,
    Told,
    band_of,
    expected_seconds,
    share_of_line,
    told_of,
)


def waiting_entries() -> QuerySet[QueueEntry]:
    """Stays that an agent who comes free may be given: not offered to somebody, not standing behind another stay."""
    return QueueEntry.objects.filter(left_at=None, is_offered=False, joined_to=None)


@dataclass(slots=True)
class _Line:
    """The waiting entries of one group by place: their keys, and for each the latest entering up to there."""

    keys: list[float] = field(default_factory=list)
    latest: list[datetime] = field(default_factory=list)

    def add(self, rank_key: float, entered_at: datetime) -> None:
        self.keys.append(rank_key)
        self.latest.append(max(entered_at, self.latest[-1]) if self.latest else entered_at)


class Lines:
    """All that waits on one channel, and the agents who serve it: one reading for many estimates.

    On live channels those count who are available and there; answers that may take days are written by all members.
    `queues` are read even where nobody waits.
    """

    def __init__(self, channel: str, *, queues: Iterable[Queue] = (), at: datetime | None = None) -> None:
        self.at = at or now()
        self._lines: dict[int, _Line] = defaultdict(_Line)
        rows = waiting_entries().filter(channel=channel).order_by("rank_key")
        for group, rank_key, entered_at in rows.values_list("group", "rank_key", "entered_at"):
            self._lines[group].add(rank_key, entered_at)
        profile = ChannelProfile.objects.get(channel=channel)
        served = Q(group__in=list(self._lines)) | Q(group__queue__in=list(queues), group__channel=channel)
        agents = SkillGroupAgent.objects.filter(served, agent__user__is_active=True)
        if channel in LIVE_CHANNELS:
            agents = agents.filter(
                agent__state=AgentState.AVAILABLE, agent__next_state="", agent__presence__seen_until__gt=self.at
            )
        agents = agents.exclude(agent__off_channels__contains=[channel])
        self._agents: dict[int, frozenset[int]] = {}
        self._queues: dict[int, set[int]] = defaultdict(set)
        for group, queue, members in agents.values_list("group", "group__queue").annotate(ids=ArrayAgg("agent")):
            self._agents[group] = frozenset(members)
            self._queues[queue].update(members)
        facts = Agent.objects.filter(pk__in=frozenset().union(*self._agents.values()))
        self._slots: dict[int, int] = {}
        self._with_room: set[int] = set()
        for agent, capacity, load in facts.values_list("pk", "capacity", "load"):
            self._slots[agent] = max(capacity // profile.cost, 1)
            if load + profile.cost <= capacity:
                self._with_room.add(agent)

    @property
    def served_groups(self) -> list[int]:
        """Those with anybody to take their work."""
        return list(self._agents)

    def agents_of(self, group: int) -> frozenset[int]:
        return self._agents.get(group, frozenset())

    def agents_of_queue(self, queue: int) -> frozenset[int]:
        return frozenset(self._queues.get(queue, ()))

    def has_room(self, agents: frozenset[int]) -> bool:
        return not self._with_room.isdisjoint(agents)

    def ahead(self, agents: frozenset[int], rank_key: float) -> float:
        """How many stand before that place and will be taken by these agents."""
        return sum(
            share_of_line(agents, self.agents_of(group)) * bisect_left(line.keys, rank_key)
            for group, line in self._lines.items()
        )

    def is_overtaken(self, agents: frozenset[int], rank_key: float, since: datetime) -> bool:
        """Whether anybody who came after `since` stands before that place."""
        return any(
            place > 0 and line.latest[place - 1] > since and not agents.isdisjoint(self.agents_of(group))
            for group, line in self._lines.items()
            for place in [bisect_left(line.keys, rank_key)]
        )

    def expected(self, agents: frozenset[int], rank_key: float, calibration: WaitCalibration) -> float | None:
        """The uncorrected estimate for that place; None while nobody is there to take it."""
        slots = sum(self._slots[agent] for agent in agents)
        if not slots:
            return None
        pace = Pace(
            slots=slots,
            handle_seconds=calibration.handle_seconds,
            patience_seconds=calibration.patience_seconds,
        )
        return expected_seconds(self.ahead(agents, rank_key), pace)


def corrected(expected: float, calibration: WaitCalibration) -> Band:
    return band_of(expected, Ratios(p50=calibration.ratio_p50, p90=calibration.ratio_p90))


def clock_of(queue: Queue, channel: str) -> Schedule | None:
    """The hours in which waits of this channel are counted; None: always. Answers may take days where nobody waits
    at the other end."""
    return None if channel in LIVE_CHANNELS or queue.calendar is None else schedule_of(queue.calendar)


def moment_after(clock: Schedule | None, at: datetime, seconds: float) -> datetime | None:
    """The end of a wait of so many counted seconds that begins at `at`."""
    return at + timedelta(seconds=seconds) if clock is None else add_open_seconds(clock, at, seconds)


def waited_between(clock: Schedule | None, start: datetime, end: datetime) -> float:
    """Seconds, counted as `moment_after` does."""
    return max((end - start).total_seconds(), 0.0) if clock is None else open_seconds(clock, start, end)


def queue_bands(queues: Iterable[Queue], *, channel: str = "") -> dict[int, dict[str, Band]]:
    """What somebody who enters now would be told, by queue and channel, as seconds from now.

    Left out is what too few waits tell about, who is closed, and where nobody is there. The queues are those that the
    caller may see. A queue stands for the work that any of its agents may take.
    """
    by_pk = {queue.pk: queue for queue in queues}
    rows = WaitCalibration.objects.filter(queue__in=by_pk, group=None, samples__gte=FEWEST_SAMPLES)
    wanted: dict[str, list[WaitCalibration]] = defaultdict(list)
    for row in rows.filter(channel=channel) if channel else rows:
        wanted[row.channel].append(row)
    bands: dict[int, dict[str, Band]] = defaultdict(dict)
    for name, calibrations in wanted.items():
        lines = Lines(name, queues=[by_pk[row.queue_id] for row in calibrations])
        for row in calibrations:
            band = _band_of_queue(lines, by_pk[row.queue_id], row)
            if band is not None:
                bands[row.queue_id][name] = band
    return bands


def _band_of_queue(lines: Lines, queue: Queue, calibration: WaitCalibration) -> Band | None:
    is_live = calibration.channel in LIVE_CHANNELS
    if is_live and not queue_is_open(queue, lines.at):
        return None
    agents, place = lines.agents_of_queue(queue.pk), lines.at.timestamp()
    if is_live and lines.has_room(agents) and not lines.ahead(agents, place):
        return Band(p50=0.0, p90=0.0)
    expected = lines.expected(agents, place, calibration)
    if expected is None:
        return None
    band = corrected(expected, calibration)
    clock = clock_of(queue, calibration.channel)
    ends = [moment_after(clock, lines.at, seconds) for seconds in (band.p50, band.p90)]
    return _band_until(lines.at, *ends)


def _band_until(at: datetime, p50_at: datetime | None, p90_at: datetime | None) -> Band | None:
    """What is left of it; None for what was never said, and for what is over."""
    if p50_at is None or p90_at is None or p90_at < at:
        return None
    return Band(p50=max((p50_at - at).total_seconds(), 0.0), p90=(p90_at - at).total_seconds())


def told_wait(entry: QueueEntry) -> Told | None:
    """What the customer of this stay is told now; a question only where the entry was read without its promise."""
    promise: WaitPromise | None = getattr(entry, "promise", None)
    band = _band_until(now(), promise.told_p50_at, promise.told_p90_at) if promise else None
    return told_of(band) if band else None
