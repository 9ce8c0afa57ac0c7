"""What a run counts for: service level, waits, abandonment, value and occupancy, per class and channel and over time.

All shares are 0..1, all times seconds. A contact that is still waiting at the end counts as missed once its target has
passed, and not at all before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from routing.simulation.engine import Simulation
from routing.simulation.floor import SimAgent

# Seconds of a queue between two moments that count as waiting: with opening hours only the open ones.
Clock = Callable[[str, float, float], float]


def by_the_clock(queue: str, begins: float, ends: float) -> float:
    return ends - begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One contact as it is counted, from a simulation or from the past. `wait` until answered, given up or the end."""

    at: float
    channel: str
    queue: str
    cls: str
    value: int
    target: float
    wait: float
    is_answered: bool
    has_abandoned: bool = False
    is_blocked: bool = False
    can_abandon: bool = True
    met_known: bool | None = None  # None: knows nobody

    @property
    def counts(self) -> bool:
        return self.is_answered or self.has_abandoned or self.is_blocked or self.wait > self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a set of contacts.

    `asa_seconds` and `p95_seconds` are of the answered, `mean_wait_seconds` and `p_wait` of all that were not turned
    away, `weighted_wait_seconds` and `value_lost` of those who can hang up: each contact counts as often as its
    customer's value. `last_agent_share`: of those who know an agent, how many got them.
    """

    contacts: int
    service_level: float
    asa_seconds: float
    p95_seconds: float
    mean_wait_seconds: float
    p_wait: float
    p_abandon: float
    p_blocked: float
    weighted_wait_seconds: float
    value_lost: float
    last_agent_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One interval of the period, for plots."""

    contacts: int
    service_level: float
    mean_wait_seconds: float
    occupancy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run. `groups`: "all", "channel:NAME", "queue:NAME", "class:NAME", "value:N" and "channel:NAME value:N"."""

    groups: Mapping[str, Figures]
    occupancy: float
    occupancy_spread: float
    intervals: Sequence[Interval] = field(default=())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def figures(outcomes: Sequence[Outcome]) -> Figures:
    counted = [one for one in outcomes if one.counts]
    answered = [one for one in counted if one.is_answered]
    waits = sorted(one.wait for one in answered)
    entered = [one for one in counted if not one.is_blocked]
    callers = [one for one in entered if one.can_abandon]
    value = sum(one.value for one in callers)
    knowing = [one for one in answered if one.met_known is not None]
    return Figures(
        contacts=len(counted),
        service_level=_share(sum(one.wait <= one.target for one in answered), len(counted)),
        asa_seconds=fmean(waits) if waits else math.nan,
        p95_seconds=waits[math.ceil(0.95 * len(waits)) - 1] if waits else math.nan,
        mean_wait_seconds=_share(sum(one.wait for one in entered), len(entered)),
        p_wait=_share(sum(one.wait > 0 for one in entered), len(entered)),
        p_abandon=_share(sum(one.has_abandoned for one in counted), len(counted)),
        p_blocked=_share(sum(one.is_blocked for one in counted), len(counted)),
        weighted_wait_seconds=_share(sum(one.value * one.wait for one in callers), value),
        value_lost=_share(sum(one.value for one in callers if one.has_abandoned), value),
        last_agent_share=_share(sum(bool(one.met_known) for one in knowing), len(knowing)),
    )


def grouped(outcomes: Iterable[Outcome]) -> dict[str, Figures]:
    """The figures of all, of each channel, class and value, and of each value on each channel."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        channel, value = f"channel:{one.channel}", f"value:{one.value}"
        for name in ("all", channel, f"queue:{one.queue}", f"class:{one.cls}", value, f"{channel} {value}"):
            groups.setdefault(name, []).append(one)
    return {name: figures(groups[name]) for name in sorted(groups)}


def outcomes_of(run: Simulation, clock: Clock = by_the_clock) -> list[Outcome]:
    """What the run did with each contact after the warm-up."""
    found = []
    for stay in run.stays:
        contact = stay.contact
        if contact.at < run.world.warmup_seconds:
            continue
        is_answered = stay.answered_at is not None and stay.answered_at <= run.now
        left = stay.left_at if stay.left_at is not None else contact.at if stay.is_blocked else run.now
        found.append(
            Outcome(
                at=contact.at,
                channel=stay.cls.channel,
                queue=stay.cls.queue,
                cls=stay.cls.name,
                value=contact.value,
                target=stay.queue.target_seconds,
                wait=clock(stay.cls.queue, contact.at, min(left, run.now)),
                is_answered=is_answered,
                has_abandoned=stay.has_abandoned,
                is_blocked=stay.is_blocked,
                can_abandon=stay.cls.patience is not None or contact.patience_seconds < math.inf,
                met_known=None if contact.known < 0 else stay.agent is not None and stay.agent.index == contact.known,
            )
        )
    return found


Spans = Sequence[tuple[float, float]]


def overlap(spans: Spans, begins: float, ends: float) -> float:
    """Seconds of the spans that lie between two moments."""
    return sum(max(min(until, ends) - max(since, begins), 0.0) for since, until in spans)


def occupancies(agents: Sequence[SimAgent], begins: float, ends: float) -> list[float]:
    """Of each agent who was there: the share of the shift with something at hand, at most 1."""
    shares = []
    for agent in agents:
        there = overlap(agent.rules.shifts, begins, ends)
        if there > 0:
            shares.append(min(overlap(agent.busy, begins, ends) / there, 1.0))
    return shares


def intervals(
    outcomes: Sequence[Outcome], duration: float, seconds: float, agents: Sequence[SimAgent] = ()
) -> list[Interval]:
    """Contacts belong to the interval in which they came."""
    number = max(math.ceil(duration / seconds), 1)
    came: list[list[Outcome]] = [[] for _ in range(number)]
    for one in outcomes:
        came[min(int(one.at // seconds), number - 1)].append(one)
    busy, there = [0.0] * number, [0.0] * number
    for agent in agents:
        _add_up(busy, agent.busy, duration, seconds)
        _add_up(there, agent.rules.shifts, duration, seconds)
    rows = []
    for place, those in enumerate(came):
        counted = [one for one in those if one.counts]
        met = sum(one.is_answered and one.wait <= one.target for one in counted)
        rows.append(
            Interval(
                contacts=len(those),
                service_level=_share(met, len(counted)),
                mean_wait_seconds=_share(sum(one.wait for one in counted), len(counted)),
                occupancy=_share(min(busy[place], there[place]), there[place]),
            )
        )
    return rows


def _add_up(totals: list[float], spans: Spans, duration: float, seconds: float) -> None:
    """Each span's seconds to the intervals that it lies in."""
    last = len(totals) - 1
    for since, until in spans:
        at, end = max(since, 0.0), min(until, duration)
        while at < end:
            place = min(int(at // seconds), last)
            stop = end if place == last else min((place + 1) * seconds, end)
            totals[place] += stop - at
            at = stop


def report(
    run: Simulation, *, interval_seconds: float = 1800.0, clock: Clock = by_the_clock, queue: str | None = None
) -> Report:
    """With `queue`, occupancy and intervals are of that queue and its agents."""
    outcomes = outcomes_of(run, clock)
    agents = [agent for agent in run.agents if queue is None or queue in agent.rules.queues]
    shares = occupancies(agents, run.world.warmup_seconds, run.now)
    shown = [one for one in outcomes if queue is None or one.queue == queue]
    return Report(
        groups=grouped(outcomes),
        occupancy=fmean(shares) if shares else math.nan,
        occupancy_spread=stdev(shares) if len(shares) > 1 else 0.0,
        intervals=intervals(shown, run.world.duration_seconds, interval_seconds, agents),
    )


@dataclass(frozen=True, slots=True)
class Mean:
    """Over the runs: mean and standard error of it; both nan where no run has a value."""

    mean: float
    error: float


def mean_of(values: Iterable[float]) -> Mean:
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return Mean(math.nan, math.nan)
    error = stdev(known) / math.sqrt(len(known)) if len(known) > 1 else math.nan
    return Mean(fmean(known), error)
