"""Scenario files for the simulation: YAML read into a `World`, every mistake named with its line and field.

The format is described in `docs/simulation.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import product

from routing.matching import Weights
from routing.scenario_reader import Place, ScenarioError, gettext_noop, read_document
from routing.simulation.draws import Constant, Distribution, Empirical, Exponential, Lognormal, Mix
from routing.simulation.policies import POLICIES
from routing.simulation.world import (
    FOREVER,
    AgentRules,
    ChannelRules,
    ContactClass,
    Membership,
    QueueRules,
    StepRules,
    World,
)

__all__ = ["Scenario", "ScenarioError", "read_memberships", "read_queue_steps", "read_scenario"]

HOUR = 3600.0
_MOST_AGENTS, _MOST_CLASSES, _MOST_CONTACTS = 2000, 1000, 2_000_000
_DEEPEST_MIX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    world: World
    policy: str
    description: str


def read_scenario(text: str) -> Scenario:
    """Raises ScenarioError with the line and field of the first mistake."""
    document = read_document(text)
    found = document.mapping(
        (
            "description",
            "policy",
            "hours",
            "warmup_hours",
            "interval_minutes",
            "level_factors",
            "known_factor",
            "channels",
            "queues",
            "classes",
            "agents",
        ),
        needed=("hours", "queues", "classes", "agents"),
    )
    hours = found["hours"].number(above=0, most=24 * 366)
    warmup = found["warmup_hours"].number(least=0) if "warmup_hours" in found else 0.0
    if warmup >= hours:
        raise found["warmup_hours"].error("the warm-up is not shorter than the whole.")
    channels = _channels(found.get("channels"))
    queues = _queues(found["queues"])
    classes = _classes(found["classes"], channels, queues, hours)
    world = World(
        channels=channels,
        queues=queues,
        classes=classes,
        agents=_agents(found["agents"], channels, queues),
        duration_seconds=hours * HOUR,
        warmup_seconds=warmup * HOUR,
        interval_seconds=_number(found, "interval_minutes", 30.0, least=1, most=1440) * 60,
        level_factors=_pair(found["level_factors"]) if "level_factors" in found else (1.0, 1.0),
        known_factor=_number(found, "known_factor", 1.0, above=0, most=10),
    )
    return Scenario(
        world=world,
        policy=found["policy"].one_of(POLICIES) if "policy" in found else "ours",
        description=found["description"].text() if "description" in found else "",
    )


def _number(
    found: Mapping[str, Place],
    name: str,
    default: float,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
) -> float:
    return found[name].number(least=least, above=above, most=most) if name in found else default


def _pair(place: Place) -> tuple[float, float]:
    both = place.items()
    if len(both) != 2:
        raise place.error("give two numbers: at level 1 and at level 5.")
    return both[0].number(above=0, most=10), both[1].number(above=0, most=10)


def _channels(place: Place | None) -> dict[str, ChannelRules]:
    if place is None:
        return {"call": ChannelRules(name="call", is_voice=True)}
    named = place.mapping()
    if not named:
        raise place.error("name at least one channel.")
    channels = {}
    for name, one in named.items():
        found = one.mapping(("cost", "voice", "slowdown", "interrupted_by", "answer_seconds"))
        by = found["interrupted_by"].items() if "interrupted_by" in found else []
        channels[name] = ChannelRules(
            name=name,
            cost=found["cost"].whole(least=1, most=100) if "cost" in found else 100,
            is_voice=found["voice"].flag() if "voice" in found else False,
            slowdown=_number(found, "slowdown", 0.0, least=0, most=10),
            answer_seconds=_number(found, "answer_seconds", 0.0, least=0, most=3600),
            interrupted_by=frozenset(other.one_of(named) for other in by),
        )
    return channels


def _skills(found: Mapping[str, Place], name: str = "skills") -> dict[str, int]:
    if name not in found:
        return {}
    return {skill: level.whole(least=1, most=5) for skill, level in found[name].mapping().items()}


def _queues(place: Place) -> dict[str, QueueRules]:
    named = place.mapping()
    if not named:
        raise place.error("name at least one queue.")
    known = ("target_seconds", "skills", "by_language", "steps", "waiting_places", "last_agent_seconds", "weights")
    queues = {}
    for name, one in named.items():
        found = one.mapping(known)
        places = found.get("waiting_places")
        queues[name] = QueueRules(
            name=name,
            target_seconds=_number(found, "target_seconds", 60.0, above=0),
            skills=_skills(found),
            by_language=found["by_language"].flag() if "by_language" in found else True,
            steps=read_queue_steps(found["steps"], named) if "steps" in found else (),
            places=places.whole(least=0, most=1_000_000) if places is not None else None,
            last_agent_seconds=_number(found, "last_agent_seconds", 0.0, least=0),
            weights=_weights(found["weights"]) if "weights" in found else Weights(),
        )
    return queues


def read_queue_steps(place: Place, queues: Iterable[str]) -> tuple[StepRules, ...]:
    """Raises ScenarioError; `queues` may join."""
    steps: list[StepRules] = []
    for one in place.items():
        found = one.mapping(
            ("after_seconds", "skills", "optional", "by_language", "boost_seconds", "joins"), needed=("after_seconds",)
        )
        after = found["after_seconds"].number(least=0)
        if steps and after <= steps[-1].after_seconds:
            raise found["after_seconds"].error(
                gettext_noop("steps come one after the other: give a later time than the one before.")
            )
        joins = found["joins"].items() if "joins" in found else []
        steps.append(
            StepRules(
                after_seconds=after,
                skills=_skills(found),
                optional=_skills(found, "optional"),
                by_language=found["by_language"].flag() if "by_language" in found else True,
                boost_seconds=_number(found, "boost_seconds", 0.0, least=0),
                joins=tuple(other.one_of(queues) for other in joins),
            )
        )
    return tuple(steps)


def _weights(place: Place) -> Weights:
    found = place.mapping(field.name for field in fields(Weights))
    return Weights(**{name: one.number(least=0, most=1000) for name, one in found.items()})


_ONE_NUMBER: dict[str, Callable[[float], Distribution]] = {"constant": Constant, "exponential": Exponential}


def _distribution(place: Place, depth: int = 0) -> Distribution:
    """A bare number is a constant; else one of the named ones with its fields."""
    if not place.is_mapping():
        return Constant(place.number(above=0))
    found = place.mapping(("constant", "exponential", "lognormal", "values", "mix"))
    if len(found) != 1:
        raise place.error("give one of constant, exponential, lognormal, values or mix.")
    [(kind, one)] = found.items()
    if kind in _ONE_NUMBER:
        return _ONE_NUMBER[kind](one.number(above=0))
    if kind == "lognormal":
        named = one.mapping(("mean", "cv"), needed=("mean", "cv"))
        return Lognormal(named["mean"].number(above=0), named["cv"].number(above=0, most=20))
    if kind == "values":
        seen = [value.number(least=0) for value in one.items()]
        if not seen:
            raise one.error("give at least one value.")
        return Empirical.of(seen)
    if depth == _DEEPEST_MIX:
        raise one.error("mixes lie too deep in each other.")
    parts = []
    for part in one.items():
        named = part.mapping(("share", "of"), needed=("share", "of"))
        parts.append((named["share"].number(above=0), _distribution(named["of"], depth + 1)))
    if not parts:
        raise one.error("give at least one part.")
    return Mix(tuple(parts))


def _shares(place: Place) -> dict[str, float]:
    shares = {name: share.number(above=0) for name, share in place.mapping().items()}
    if not shares:
        raise place.error("give at least one share.")
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def _classes(
    place: Place, channels: Mapping[str, ChannelRules], queues: Mapping[str, QueueRules], hours: float
) -> tuple[ContactClass, ...]:
    classes: list[ContactClass] = []
    for one in place.items():
        classes += _class(one, channels, queues)
        if len(classes) > _MOST_CLASSES:
            raise one.error(f"these would be more than {_MOST_CLASSES} classes.")
    if not classes:
        raise place.error("give at least one class.")
    if sum(max(which.rates) * hours for which in classes) > _MOST_CONTACTS:
        raise place.error(f"these would be more than {_MOST_CONTACTS} contacts.")
    return tuple(classes)


def _class(place: Place, channels: Mapping[str, ChannelRules], queues: Mapping[str, QueueRules]) -> list[ContactClass]:
    """One class, or one for each combination of its splits."""
    found = place.mapping(
        (
            "name",
            "queue",
            "channel",
            "language",
            "skills",
            "split",
            "per_hour",
            "handle",
            "patience",
            "values",
            "known_share",
        ),
        needed=("name", "queue", "channel", "per_hour", "handle"),
    )
    name, skills = found["name"].text(), _skills(found)
    per_hour = found["per_hour"]
    rates = [rate.number(least=0) for rate in per_hour.items()] if per_hour.is_list() else [per_hour.number(least=0)]
    if not rates:
        raise per_hour.error("give at least one number.")
    splits = [_shares(one) for one in found["split"].items()] if "split" in found else []
    made = []
    for chosen in product(*(split.items() for split in splits)):
        share = 1.0
        for _skill, part in chosen:
            share *= part
        made.append(
            ContactClass(
                name="/".join([name, *(skill for skill, _part in chosen)]),
                queue=found["queue"].one_of(queues),
                channel=found["channel"].one_of(channels),
                language=found["language"].text() if "language" in found else "",
                skills={**skills, **{skill: skills.get(skill, 1) for skill, _part in chosen}},
                rates=tuple(rate * share for rate in rates),
                handle=_distribution(found["handle"]),
                patience=_distribution(found["patience"]) if "patience" in found else None,
                values=_values(found["values"]) if "values" in found else ((1, 1.0),),
                known_share=_number(found, "known_share", 0.0, least=0, most=1),
            )
        )
    return made


def _values(place: Place) -> tuple[tuple[int, float], ...]:
    shares = _shares(place)
    for value in shares:
        if not value.isdigit() or not 1 <= int(value) <= 1000:
            raise place.error(f"a customer's value is a whole number from 1 to 1000, not {value!r}.")
    return tuple((int(value), share) for value, share in shares.items())


def _agents(
    place: Place, channels: Mapping[str, ChannelRules], queues: Mapping[str, QueueRules]
) -> tuple[AgentRules, ...]:
    agents: list[AgentRules] = []
    for one in place.items():
        found = one.mapping(("name", "count", "skills", "queues", "channels", "capacity", "shifts"), needed=("name",))
        count = found["count"].whole(least=1, most=_MOST_AGENTS) if "count" in found else 1
        name = found["name"].text()
        served = found["channels"].items() if "channels" in found else None
        for number in range(count):
            agents.append(
                AgentRules(
                    name=name if count == 1 else f"{name} {number + 1}",
                    queues=read_memberships(found["queues"], queues)
                    if "queues" in found
                    else {one: Membership() for one in queues},
                    channels=frozenset(channels if served is None else (one.one_of(channels) for one in served)),
                    skills=_skills(found),
                    capacity=found["capacity"].whole(least=1, most=100) if "capacity" in found else 100,
                    shifts=_shifts(found["shifts"]) if "shifts" in found else ((0.0, FOREVER),),
                )
            )
        if len(agents) > _MOST_AGENTS:
            raise one.error(f"these would be more than {_MOST_AGENTS} agents.")
    return tuple(agents)


def read_memberships(place: Place, known: Iterable[str]) -> dict[str, Membership]:
    """A list of names, or names with priority and delay. Raises ScenarioError."""
    if place.is_list():
        return {one.one_of(known): Membership() for one in place.items()}
    members = {}
    for name, one in place.mapping(known).items():
        found = one.mapping(("priority", "delay_seconds"))
        members[name] = Membership(
            priority=found["priority"].whole(least=1, most=9) if "priority" in found else 1,
            delay_seconds=_number(found, "delay_seconds", 0.0, least=0),
        )
    return members


def _shifts(place: Place) -> tuple[tuple[float, float], ...]:
    shifts: list[tuple[float, float]] = []
    for one in place.items():
        both = one.items()
        if len(both) != 2:
            raise one.error("give two hours: from and until.")
        since, until = both[0].number(least=0) * HOUR, both[1].number(least=0) * HOUR
        if until <= since or (shifts and since < shifts[-1][1]):
            raise one.error("a shift ends after it begins, and begins after the one before has ended.")
        shifts.append((since, until))
    return tuple(shifts)
