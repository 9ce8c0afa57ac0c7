"""What is simulated: channels, queues with their steps, classes of contacts, agents with their shifts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.matching import Weights
from routing.simulation.draws import Distribution

FOREVER = math.inf
# The router's own: of each group only so many of the longest waiting are weighed for a freed agent.
HEADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRules:
    """What one conversation of a channel costs of an agent's capacity, and who may pause it.

    `slowdown`: with k of them at once each takes 1 + slowdown x (k - 1) times as long. `answer_seconds`: from the offer
    until it is accepted; the customer waits on, the agent is taken.
    """

    name: str
    cost: int = 100
    interrupted_by: frozenset[str] = frozenset()
    is_voice: bool = False
    slowdown: float = 0.0
    answer_seconds: float = 0.0

    @property
    def is_shared(self) -> bool:
        """Whether an agent has room for several of this channel at once."""
        return self.cost <= 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRules:
    """A complete requirement from `after_seconds` waited on; the class's own skills come on top."""

    after_seconds: float
    skills: Mapping[str, int] = field(default_factory=dict)
    optional: Mapping[str, int] = field(default_factory=dict)
    by_language: bool = True
    boost_seconds: float = 0.0
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """One queue. `places`: how many may wait before new ones are turned away; None: any number."""

    name: str
    target_seconds: float = 60.0
    skills: Mapping[str, int] = field(default_factory=dict)
    by_language: bool = True
    steps: tuple[StepRules, ...] = ()
    places: int | None = None
    last_agent_seconds: float = 0.0
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactClass:
    """Contacts that are alike. `rates` are arrivals per hour in each interval of the world, the last one goes on.

    `values`: (value, share) of its customers. `known_share`: how many of them have an agent whom they know. Without
    patience nobody hangs up.
    """

    name: str
    queue: str
    channel: str
    handle: Distribution
    rates: tuple[float, ...] = ()
    patience: Distribution | None = None
    language: str = ""
    skills: Mapping[str, int] = field(default_factory=dict)
    values: tuple[tuple[int, float], ...] = ((1, 1.0),)
    known_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    priority: int = 1
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRules:
    """One agent. `shifts` are (from, until); what is at hand at the end of one is finished."""

    name: str
    queues: Mapping[str, Membership]
    channels: frozenset[str]
    skills: Mapping[str, int] = field(default_factory=dict)
    capacity: int = 100
    shifts: tuple[tuple[float, float], ...] = ((0.0, FOREVER),)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A whole simulated period.

    `level_factors`: by what the handle time is multiplied at level 1 and at level 5 of the skills asked for, linear
    between. `known_factor`: the same for an agent whom the customer knows. What arrives in the first
    `warmup_seconds` is not counted.
    """

    channels: Mapping[str, ChannelRules]
    queues: Mapping[str, QueueRules]
    classes: tuple[ContactClass, ...]
    agents: tuple[AgentRules, ...]
    duration_seconds: float
    warmup_seconds: float = 0.0
    interval_seconds: float = 1800.0
    level_factors: tuple[float, float] = (1.0, 1.0)
    known_factor: float = 1.0
    heads: int = HEADS


def requirement(world: World, which: ContactClass, step: StepRules | None) -> tuple[dict[str, int], dict[str, int]]:
    """Skills that a class needs at a step of its queue (None: before the first), and those that only add to the fit."""
    rules = world.queues[which.queue]
    needed = dict(step.skills if step is not None else rules.skills)
    wanted = dict(which.skills)
    if which.language and (step.by_language if step is not None else rules.by_language):
        wanted.setdefault(which.language, 1)
    for skill, level in wanted.items():
        needed[skill] = max(level, needed.get(skill, 0))
    return needed, dict(step.optional) if step is not None else {}


def fit_of(skills: Mapping[str, int], needed: Mapping[str, int], optional: Mapping[str, int]) -> float | None:
    """Mean level over 5 of the skills needed and optional, 0..1; None for who lacks one that is needed."""
    if any(skills.get(skill, 0) < level for skill, level in needed.items()):
        return None
    counted = [*needed, *(skill for skill in optional if skill not in needed)]
    return sum(skills.get(skill, 0) for skill in counted) / (5 * len(counted)) if counted else 0.0
