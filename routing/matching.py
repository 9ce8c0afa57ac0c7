"""PURE: who fits best. No Django, no clock: facts in, scores with every term out.

SQL has narrowed to those who may; here they are ranked. The router stores the terms with its decision, and the
simulator calls the same functions. The score is a generalised c-mu rule (van Mieghem 1995; Mandelbaum and Stolyar
2004): what waits is urgent by its customer's value and by its wait against the target; of the agents those come first
who are not needed elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

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
    scarcity: float = 60.0
    keep_voice: float = 60.0
    packing: float = 4.0
    idle: float = 3.0
    occupancy: float = 30.0
    interruption: float = 7.0
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
    takes_voice: bool = False  # they could take a call, and this is none
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A choice with its score and the named terms that make it up."""

    id: int
    score: float
    terms: dict[str, float] = field(default_factory=dict)


def _ranked(ident: int, terms: dict[str, float]) -> Ranked:
    kept = {name: round(points, 4) for name, points in terms.items() if points}
    return Ranked(id=ident, score=round(sum(terms.values()), 6), terms=kept)


def score_agent(candidate: Candidate, weights: Weights) -> Ranked:
    """Points of one agent for given work."""
    return _ranked(
        candidate.agent_id,
        {
            "fit": weights.fit * candidate.fit,
            "last_agent": weights.last_agent * candidate.is_last_agent,
            "scarcity": -weights.scarcity * candidate.reach,
            "keep_voice": -weights.keep_voice * candidate.takes_voice,
            "packing": weights.packing * candidate.packs,
            "idle": weights.idle * min(candidate.idle_seconds, IDLE_CAP_SECONDS) / IDLE_CAP_SECONDS,
            "occupancy": -weights.occupancy * candidate.occupancy,
            "interruption": -weights.interruption * candidate.interrupts,
            "missed": -weights.missed * candidate.missed_it,
        },
    )


def rank_agents(candidates: Sequence[Candidate], weights: Weights | None = None) -> list[Ranked]:
    """Best first: priority, then points; equal ones by idle time, then the smaller id, so the same facts decide the
    same."""
    weights = weights or Weights()
    ranked = [(candidate, score_agent(candidate, weights)) for candidate in candidates]
    ranked.sort(key=lambda pair: (pair[0].priority, -pair[1].score, -pair[0].idle_seconds, pair[0].agent_id))
    return [row for _candidate, row in ranked]


def score_waiting(work: Waiting, weights: Weights) -> Ranked:
    """Points of one waiting conversation for a given agent; urgency grows with the wait against the target."""
    weights = work.weights or weights
    ratio = work.age_seconds / max(work.target_seconds, 1.0)
    return _ranked(
        work.conversation_id,
        {
            "urgency": weights.urgency * work.value**weights.value_exponent * (weights.urgency_base + ratio),
            "fit": weights.fit * work.fit,
            "last_agent": weights.last_agent * (work.is_last_agent or work.is_theirs),
            "keep_voice": -weights.keep_voice * work.takes_voice,
            "packing": weights.packing * work.packs,
            "interruption": -weights.interruption * work.interrupts,
            "missed": -weights.missed * work.missed_it,
        },
    )


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
