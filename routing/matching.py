"""PURE: who fits best. No Django, no clock: facts in, scores with every term out.

SQL has narrowed to those who may; here they are ranked. The router stores the terms with its decision, and the
simulator calls the same functions. The score is a generalised c-mu rule (van Mieghem 1995; Mandelbaum and Stolyar
2004): what waits is urgent by its customer's value and by its wait against the target; of the agents those come first
who are not needed elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

IDLE_CAP_SECONDS = 120.0
# The mean of load over capacity looks back so far, older times weighing less and less.
OCCUPANCY_SECONDS = 3600.0
# Who has waited so many times their target comes before everything: nobody starves behind those of more value.
STARVING_RATIO = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Points a term is worth at most; `value_exponent` and `urgency_base` shape the urgency."""

    urgency: float = 100.0
    urgency_base: float = 0.5
    value_exponent: float = 1.2
    fit: float = 30.0
    last_agent: float = 35.0
    scarcity: float = 120.0
    keep_voice: float = 60.0
    packing: float = 4.0
    idle: float = 3.0
    occupancy: float = 30.0
    interruption: float = 25.0
    missed: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent who may take the work. `priority` of their membership goes before all points, 1 first."""

    agent_id: int
    priority: int = 1
    fit: float = 0.0  # 0..1
    reach: float = 0.0  # 0..1, the share of the groups that they serve
    occupancy: float = 0.0  # 0..1, of the last hour
    idle_seconds: float = 0.0
    is_last_agent: bool = False
    takes_voice: bool = False  # they could take a call now, and not with this work, which a call may not interrupt
    packs: bool = False  # it shares an agent with others of its channel, and they have one already
    interrupts: bool = False
    missed_it: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A conversation that a freed agent may take. `age_seconds` is the place kept, boost included.

    `priority` is the agent's membership in its queue, 0 for what waits for them in person: it goes before all points.
    """

    conversation_id: int
    age_seconds: float
    target_seconds: float
    priority: int = 1
    value: int = 1
    fit: float = 0.0
    is_last_agent: bool = False
    is_theirs: bool = False
    takes_voice: bool = False
    packs: bool = False
    interrupts: bool = False
    missed_it: bool = False
    weights: Weights | None = None  # its queue's; None: those given for all


class Ranked(NamedTuple):
    """A choice with its score and the points that make it up, in the order of `names`."""

    id: int
    score: float
    names: tuple[str, ...]
    points: tuple[float, ...]

    @property
    def terms(self) -> dict[str, float]:
        """The named terms that count, for people: made when asked for, as only the best are ever shown."""
        return {name: round(points, 4) for name, points in zip(self.names, self.points, strict=True) if points}


def _ranked(ident: int, names: tuple[str, ...], points: tuple[float, ...]) -> Ranked:
    return Ranked(ident, round(sum(points), 6), names, points)


_AGENT_TERMS = (
    "fit",
    "last_agent",
    "scarcity",
    "keep_voice",
    "packing",
    "idle",
    "occupancy",
    "interruption",
    "missed",
)


def score_agent(candidate: Candidate, weights: Weights) -> Ranked:
    """Points of one agent for given work."""
    points = (
        weights.fit * candidate.fit,
        weights.last_agent * candidate.is_last_agent,
        -weights.scarcity * candidate.reach,
        -weights.keep_voice * candidate.takes_voice,
        weights.packing * candidate.packs,
        weights.idle * min(candidate.idle_seconds, IDLE_CAP_SECONDS) / IDLE_CAP_SECONDS,
        -weights.occupancy * candidate.occupancy,
        -weights.interruption * candidate.interrupts,
        -weights.missed * candidate.missed_it,
    )
    return _ranked(candidate.agent_id, _AGENT_TERMS, points)


def rank_agents(candidates: Sequence[Candidate], weights: Weights | None = None) -> list[Ranked]:
    """Best first: priority, then points; equal ones by idle time, then the smaller id, so the same facts decide the
    same."""
    weights = weights or Weights()
    ranked = [(candidate, score_agent(candidate, weights)) for candidate in candidates]
    ranked.sort(key=lambda pair: (pair[0].priority, -pair[1].score, -pair[0].idle_seconds, pair[0].agent_id))
    return [row for _candidate, row in ranked]


_WORK_TERMS = ("urgency", "fit", "last_agent", "keep_voice", "packing", "interruption", "missed")


def score_waiting(work: Waiting, weights: Weights) -> Ranked:
    """Points of one waiting conversation for a given agent; urgency grows with the wait against the target."""
    weights = work.weights or weights
    ratio = work.age_seconds / max(work.target_seconds, 1.0)
    points = (
        weights.urgency * work.value**weights.value_exponent * (weights.urgency_base + ratio),
        weights.fit * work.fit,
        weights.last_agent * (work.is_last_agent or work.is_theirs),
        -weights.keep_voice * work.takes_voice,
        weights.packing * work.packs,
        -weights.interruption * work.interrupts,
        -weights.missed * work.missed_it,
    )
    return _ranked(work.conversation_id, _WORK_TERMS, points)


def rank_waiting(works: Sequence[Waiting], weights: Weights | None = None) -> list[Ranked]:
    """Most deserving first: who starves, by their wait; then priority, then points. Equal ones: the older, then the
    smaller id."""
    weights = weights or Weights()
    ranked = [(work, score_waiting(work, weights)) for work in works]
    ranked.sort(key=_turn_of)
    return [row for _work, row in ranked]


def is_starving(age_seconds: float, target_seconds: float) -> bool:
    """Whether a place kept so long goes before every other."""
    return age_seconds >= STARVING_RATIO * max(target_seconds, 1.0)


def _turn_of(pair: tuple[Waiting, Ranked]) -> tuple[float, ...]:
    work, row = pair
    if is_starving(work.age_seconds, work.target_seconds):
        return (0, -work.age_seconds / max(work.target_seconds, 1.0), -row.score, -work.age_seconds, row.id)
    return (1, work.priority, -row.score, -work.age_seconds, row.id)


def mean_occupancy(before: float, share: float, seconds: float) -> float:
    """The exponential mean over the last hour, after `share` (0..1) of the capacity was in use for `seconds`."""
    share = min(share, 1.0)
    return share + (before - share) * math.exp(-seconds / OCCUPANCY_SECONDS)
