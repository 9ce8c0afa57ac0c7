"""PURE: who fits best. No Django, no clock: facts in, scores with every term out.

SQL has narrowed to those who may; here they are ranked. The router stores the terms with its decision, and the
simulator will call the same functions. Points as in the routing study: a second of idling is worth little, the
last agent much, interrupting somebody costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

IDLE_CAP_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Points a term is worth at most."""

    fit: float = 5.0
    last_agent: float = 31.0
    idle: float = 2.6
    interruption: float = 7.0
    missed: float = 100.0
    urgency: float = 100.0
    value_exponent: float = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent who may take the work."""

    agent_id: int
    fit: float = 0.0
    idle_seconds: float = 0.0
    is_last_agent: bool = False
    interrupts: bool = False
    missed_it: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A conversation that a freed agent may take. `age_seconds` is the place kept, boost included."""

    conversation_id: int
    age_seconds: float
    target_seconds: float
    value: int = 1
    fit: float = 0.0
    is_last_agent: bool = False
    is_theirs: bool = False
    interrupts: bool = False
    missed_it: bool = False


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
            "idle": weights.idle * min(candidate.idle_seconds, IDLE_CAP_SECONDS) / IDLE_CAP_SECONDS,
            "interruption": -weights.interruption * candidate.interrupts,
            "missed": -weights.missed * candidate.missed_it,
        },
    )


def rank_agents(candidates: Sequence[Candidate], weights: Weights | None = None) -> list[Ranked]:
    """Best first. Equal points: who idles longest, then the smaller id, so the same facts decide the same."""
    weights = weights or Weights()
    idle = {candidate.agent_id: candidate.idle_seconds for candidate in candidates}
    ranked = [score_agent(candidate, weights) for candidate in candidates]
    return sorted(ranked, key=lambda row: (-row.score, -idle[row.id], row.id))


def score_waiting(work: Waiting, weights: Weights) -> Ranked:
    """Points of one waiting conversation for a given agent; urgency grows with the wait against the target."""
    urgency = work.value**weights.value_exponent * work.age_seconds / max(work.target_seconds, 1.0)
    return _ranked(
        work.conversation_id,
        {
            "urgency": weights.urgency * urgency,
            "fit": weights.fit * work.fit,
            "last_agent": weights.last_agent * (work.is_last_agent or work.is_theirs),
            "interruption": -weights.interruption * work.interrupts,
            "missed": -weights.missed * work.missed_it,
        },
    )


def rank_waiting(works: Sequence[Waiting], weights: Weights | None = None) -> list[Ranked]:
    """Most deserving first. Equal points: the older, then the smaller id."""
    weights = weights or Weights()
    age = {work.conversation_id: work.age_seconds for work in works}
    ranked = [score_waiting(work, weights) for work in works]
    return sorted(ranked, key=lambda row: (-row.score, -age[row.id], row.id))
