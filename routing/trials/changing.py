"""What a trial changes: the settings as its form writes them, checked, and put over the world of the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import yaml
from django.db.models import Q

from contactcenter.accounts.models import Role
from routing.matching import Weights
from routing.models import Agent, ChannelProfile, Queue, QueueMember, QueueWeights, Skill
from routing.scenario_reader import ScenarioError, gettext_noop, read_document
from routing.scenarios import read_memberships, read_queue_steps
from routing.simulation.world import Membership, QueueRules, StepRules, World
from routing.trials.past import read_steps

WEIGHTS = tuple(one.name for one in fields(Weights) if one.name != "missed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A queue's settings as they would be. `traffic`: by how much more or less comes than came."""

    target_seconds: float
    places: int | None
    last_agent_seconds: float
    weights: Mapping[str, float]
    costs: Mapping[str, int]
    steps: str  # in the words of scenario files
    members: str
    traffic: float = 1.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Change:
        return cls(**stored)


def as_it_is(queue: Queue) -> Change:
    """No change: the settings of today."""
    weights = QueueWeights.objects.filter(queue=queue).first() or Weights()
    members = QueueMember.objects.filter(queue=queue).select_related("agent__user")
    people = {
        row.agent.user.username: Membership(priority=row.priority, delay_seconds=row.delay_seconds) for row in members
    }
    return Change(
        target_seconds=queue.target_seconds,
        places=queue.max_waiting,
        last_agent_seconds=queue.last_agent_seconds if queue.last_agent_days else 0,
        weights={name: getattr(weights, name) for name in WEIGHTS},
        costs=dict(ChannelProfile.objects.values_list("channel", "cost")),
        steps=write_steps(read_steps(queue)),
        members=write_members(people),
    )


@dataclass(frozen=True, slots=True)
class Names:
    """What steps and members may name."""

    queues: frozenset[str]
    skills: frozenset[str]
    agents: frozenset[str]


def names_of(queue: Queue) -> Names:
    """Agents are those who work for the queue's brand, and admins."""
    people = Agent.objects.filter(Q(user__brands=queue.brand_id) | Q(user__role=Role.ADMIN), user__is_active=True)
    return Names(
        frozenset(Queue.objects.values_list("slug", flat=True)),
        frozenset(Skill.objects.values_list("slug", flat=True)),
        frozenset(people.values_list("user__username", flat=True)),
    )


def read_change_steps(text: str, names: Names) -> tuple[StepRules, ...]:
    """Raises ScenarioError."""
    if not text.strip():
        return ()
    steps = read_queue_steps(read_document(text), names.queues)
    for step in steps:
        for skill in (*step.skills, *step.optional):
            if skill not in names.skills:
                raise ScenarioError(gettext_noop("There is no skill “%s”."), skill)
    return steps


def read_change_members(text: str, names: Names) -> dict[str, Membership]:
    """Raises ScenarioError."""
    if not text.strip():
        return {}
    return read_memberships(read_document(text), names.agents)


def write_steps(steps: tuple[StepRules, ...]) -> str:
    """As the form shows them."""
    rows = []
    for step in steps:
        row: dict[str, Any] = {"after_seconds": _plain(step.after_seconds)}
        row.update({name: dict(found) for name in ("skills", "optional") if (found := getattr(step, name))})
        if not step.by_language:
            row["by_language"] = False
        if step.boost_seconds:
            row["boost_seconds"] = _plain(step.boost_seconds)
        if step.joins:
            row["joins"] = list(step.joins)
        rows.append(row)
    return yaml.safe_dump(rows, sort_keys=False, default_flow_style=None, allow_unicode=True) if rows else ""


def write_members(members: Mapping[str, Membership]) -> str:
    rows = {
        name: {"priority": place.priority, "delay_seconds": _plain(place.delay_seconds)}
        for name, place in sorted(members.items())
    }
    return yaml.safe_dump(rows, sort_keys=False, default_flow_style=None, allow_unicode=True) if rows else ""


def _plain(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds


def changed(world: World, queue: str, change: Change, names: Names) -> World:
    """The world with the queue's settings, its members and the channels' costs as they would be."""
    before = world.queues[queue]
    rules = QueueRules(
        name=queue,
        target_seconds=change.target_seconds,
        skills=before.skills,
        by_language=before.by_language,
        steps=read_change_steps(change.steps, names),
        places=change.places,
        last_agent_seconds=change.last_agent_seconds,
        weights=replace(before.weights, **{name: float(value) for name, value in change.weights.items()}),
    )
    members = read_change_members(change.members, names)
    agents = []
    for agent in world.agents:
        places = {name: place for name, place in agent.queues.items() if name != queue}
        if agent.name in members:
            places[queue] = members[agent.name]
        agents.append(replace(agent, queues=places))
    channels = {
        name: replace(channel, cost=change.costs.get(name, channel.cost)) for name, channel in world.channels.items()
    }
    return replace(world, queues={**world.queues, queue: rules}, agents=tuple(agents), channels=channels)
