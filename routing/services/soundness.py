"""Whether queues are set up so that their work gets somewhere, in words.

`check_queue` is pure: facts in, problems out. Admin refuses what cannot work and warns about the rest on saving; the
set-up file is held against the same; admin's home page lists what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import time
from functools import partial
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from routing.matching import Weights
from routing.models import (
    AgentSkill,
    ChannelProfile,
    EntryPoint,
    Fallback,
    Queue,
    QueueMember,
    QueueSkill,
    QueueStep,
    QueueWeights,
    Skill,
    SLATarget,
)
from routing.models.sla import SLAKind
from routing.models.steps import FallbackCondition

# A wait of so many times the target must weigh more than anything else, and a customer is worth so much at most.
_LONG, _TOP_VALUE = 10, 10
_DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * _DAY_MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a queue; `about` names the section of its page. Refused ones are not saved."""

    queue: QueueFacts
    about: str
    text: str
    is_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    after_seconds: int
    skills: Mapping[int, int] = field(default_factory=dict)  # needed ones, to their minimum level
    joins: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackFacts:
    condition: str
    channel: str = ""
    to_queue: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """A queue as it is, or as a form would make it. `members` are agents with their delay in seconds."""

    id: int | None
    name: str
    brand_id: int
    is_active: bool = True
    has_hours: bool = False
    max_waiting: int | None = None
    spent_seconds: int | None = None
    offer_seconds: int | None = None
    skills: Mapping[int, int] = field(default_factory=dict)
    topics: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # what they ask for beside
    channels: frozenset[str] = frozenset()
    members: Mapping[int, int] = field(default_factory=dict)
    steps: Sequence[StepFacts] = ()
    fallbacks: Sequence[FallbackFacts] = ()
    weights: Weights = field(default_factory=Weights)
    promises: Sequence[tuple[str, str, int]] = ()  # (channel, kind, seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Everything that queues are held against: each other, people's levels, how long offers last by channel."""

    queues: Mapping[int | None, QueueFacts]
    levels: Mapping[int, Mapping[int, int]]
    skill_names: Mapping[int, str]
    offer_seconds: Mapping[str, int]


def check_queue(queue: QueueFacts, floor: Floor) -> list[Problem]:
    """Everything that is wrong with one queue that is in use."""
    if not queue.is_active:
        return []
    checks = (_check_members, _check_steps, _check_fallbacks, _check_reach, _check_weights, _check_promises)
    return [problem for check in checks for problem in check(queue, floor)]


def check_floor(floor: Floor) -> list[Problem]:
    return [problem for queue in floor.queues.values() for problem in check_queue(queue, floor)]


def minutes_of_week(weekday: int, opens: time, closes: time) -> tuple[int, int]:
    """The interval in minutes of the week; past Sunday's midnight it goes on beyond the week's end."""
    start = weekday * _DAY_MINUTES + opens.hour * 60 + opens.minute
    length = (closes.hour * 60 + closes.minute - opens.hour * 60 - opens.minute) % _DAY_MINUTES or _DAY_MINUTES
    return start, start + length


def find_overlap(spans: Iterable[tuple[int, int]], period: int) -> tuple[int, int] | None:
    """The places of two spans (start, end) that overlap on a circle of this length; an end may lie beyond it."""
    order = sorted((start, end, place) for place, (start, end) in enumerate(spans))
    following = [*order[1:], *((start + period, end + period, place) for start, end, place in order[:1])]
    for (_start, end, place), (start, _end, other) in zip(order, following, strict=True):
        if start < end and place != other:
            return place, other
    return None


def _check_members(queue: QueueFacts, floor: Floor) -> Iterator[Problem]:
    if not queue.members:
        yield Problem(queue=queue, about="members", text=_("Nobody is a member: what waits is offered to nobody."))
    elif least := min(queue.members.values()):
        text = _("Every member has a delay: nobody is asked in the first %(seconds)s seconds. Give somebody none.")
        yield Problem(queue=queue, about="members", text=text % {"seconds": least})


def _check_steps(queue: QueueFacts, floor: Floor) -> Iterator[Problem]:
    def problem(text: str, *, is_refused: bool = True) -> Problem:
        return Problem(queue=queue, about="steps", text=text, is_refused=is_refused)

    times = [step.after_seconds for step in queue.steps]
    for before, after in pairwise(times):
        if after <= before:
            text = _("Steps follow one another: after %(before)s seconds there cannot be one after %(after)s.")
            yield problem(text % {"before": before, "after": after})
    if 0 in times:
        text = _("The step after 0 seconds begins at once: what the queue itself asks for never holds.")
        yield problem(text, is_refused=False)
    if queue.spent_seconds is not None and times and queue.spent_seconds <= max(times):
        text = _("The steps are spent after %(spent)s seconds, and the last begins only after %(last)s: give it time.")
        yield problem(text % {"spent": queue.spent_seconds, "last": max(times)})
    for other in {other for step in queue.steps for other in step.joins}:
        helper = floor.queues.get(other)
        if other == queue.id:
            yield problem(_("Its own agents are asked anyway: choose another queue to join."))
        elif helper is not None and helper.brand_id != queue.brand_id:
            yield problem(_("“%s” is of another brand: its agents would not see this work.") % helper.name)
    if circle := _circle(queue, _helpers, floor):
        text = _("Queues that help one another (%s): when all are busy, nobody is served sooner.")
        yield problem(text % circle, is_refused=False)


def _helpers(queue: QueueFacts) -> list[int]:
    return [other for step in queue.steps for other in step.joins if other != queue.id]


def _check_fallbacks(queue: QueueFacts, floor: Floor) -> Iterator[Problem]:
    def problem(text: str, *, is_refused: bool = True) -> Problem:
        return Problem(queue=queue, about="fallbacks", text=text, is_refused=is_refused)

    for other in sorted({row.to_queue for row in queue.fallbacks if row.to_queue is not None}):
        target = floor.queues.get(other)
        if target is None or not target.is_active:
            name = target.name if target else "–"
            yield problem(_("“%s” is switched off: nobody would answer there. Choose another queue.") % name)
        elif target.brand_id != queue.brand_id:
            yield problem(_("“%s” is of another brand: choose a queue of this one.") % target.name)
    ways = sorted({row.channel for row in queue.fallbacks})
    if circle := next(filter(None, (_circle(queue, partial(_onward, way), floor) for way in ways)), ""):
        text = _("Work would go round and be answered nowhere (%s): let one of these queues end otherwise.")
        yield problem(text % circle)
    yield from (problem(text, is_refused=False) for text in _idle_fallbacks(queue))


def _idle_fallbacks(queue: QueueFacts) -> Iterator[str]:
    """Conditions that never come, and limits that nothing follows."""
    found = {row.condition for row in queue.fallbacks}
    if FallbackCondition.CLOSED in found and not queue.has_hours:
        yield _("It is set what happens when it is closed, but without opening hours it never is.")
    if FallbackCondition.FULL in found and queue.max_waiting is None:
        yield _("It is set what happens when it is full, but not at how many waiting it is.")
    if FallbackCondition.SPENT in found and queue.spent_seconds is None:
        yield _("It is set what happens when its steps are spent, but not after which time they are.")
    if FallbackCondition.FULL not in found and queue.max_waiting is not None:
        yield _("It is full at some number, but it is not set what happens then.")
    if FallbackCondition.SPENT not in found and queue.spent_seconds is not None:
        yield _("Its steps are spent at some time, but it is not set what happens then.")


def _onward(channel: str, queue: QueueFacts) -> list[int]:
    """Where work of a channel may be sent from here (empty: of those without a fallback of their own)."""
    own = {row.condition for row in queue.fallbacks if channel and row.channel == channel}
    rows = (row for row in queue.fallbacks if row.channel == channel or (not row.channel and row.condition not in own))
    return [row.to_queue for row in rows if row.to_queue is not None]


def _circle(queue: QueueFacts, onward: Callable[[QueueFacts], list[int]], floor: Floor) -> str:
    """The names on a way from the queue back to it; empty if there is none."""
    queues = {**floor.queues, queue.id: queue}
    paths: list[list[int | None]] = [[queue.id]]
    seen: set[int] = set()
    while paths:
        path = paths.pop(0)
        here = queues.get(path[-1])
        for other in onward(here) if here is not None and here.is_active else []:
            if other == queue.id:
                return " › ".join(queues[step].name for step in [*path, other])
            if other not in seen:
                seen.add(other)
                paths.append([*path, other])
    return ""


def _check_reach(queue: QueueFacts, floor: Floor) -> Iterator[Problem]:
    """Requirements that nobody who is asked for them meets."""
    if queue.members and not _is_met(queue.skills, queue.members, floor):
        text = _("No member has what it asks for (%s): ask for less, or add somebody who has it.")
        yield Problem(queue=queue, about="skills", text=text % _named(queue.skills, floor))
    for topic, skills in queue.topics.items():
        asked = _together(queue.skills, skills)
        if skills and queue.members and not _is_met(asked, queue.members, floor):
            text = _("No member has what the topic “%(topic)s” asks for (%(skills)s).")
            yield Problem(
                queue=queue, about="entry_points", text=text % {"topic": topic, "skills": _named(asked, floor)}
            )
    for step in queue.steps:
        helpers = (floor.queues[other].members for other in step.joins if other in floor.queues)
        people = {agent for members in (queue.members, *helpers) for agent in members}
        if people and not _is_met(step.skills, people, floor):
            text = _("Nobody has what the step after %(seconds)s seconds asks for (%(skills)s).")
            data = {"seconds": step.after_seconds, "skills": _named(step.skills, floor)}
            yield Problem(queue=queue, about="steps", text=text % data)


def _is_met(skills: Mapping[int, int], people: Iterable[int], floor: Floor) -> bool:
    held = (floor.levels.get(agent, {}) for agent in people)
    return any(all(levels.get(skill, 0) >= least for skill, least in skills.items()) for levels in held)


def _together(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    return {skill: max(one.get(skill, 0), other.get(skill, 0)) for skill in {**one, **other}}


def _named(skills: Mapping[int, int], floor: Floor) -> str:
    return ", ".join(sorted(f"{floor.skill_names.get(skill, skill)} {least}+" for skill, least in skills.items()))


def _check_weights(queue: QueueFacts, floor: Floor) -> Iterator[Problem]:
    """Whoever has waited ten times the target comes before any who has just come, unless the weights say otherwise."""
    weights = queue.weights
    others = weights.fit + weights.last_agent + weights.keep_voice + weights.packing + weights.interruption
    value: float = _TOP_VALUE**weights.value_exponent
    text = ""
    if weights.urgency == 0:
        text = _("Urgency is worth nothing: who has waited long is not served sooner. Give it points.")
    elif others >= _LONG * weights.urgency:
        text = _("The other terms are worth more than a wait of ten times the target: give urgency more points.")
    elif weights.urgency_base * (value - 1) >= _LONG:
        text = _(
            "The most valuable customers go before everybody else, even if those have waited ten times the target: "
            "lower the exponent of the customer's value, or the urgency at once."
        )
    if text:
        yield Problem(queue=queue, about="weights", text=text)


def _check_promises(queue: QueueFacts, floor: Floor) -> Iterator[Problem]:
    """Times that are over while the first agent may still be thinking."""
    for channel, kind, seconds in queue.promises:
        channels = {channel} if channel else queue.channels
        longest = max((queue.offer_seconds or floor.offer_seconds.get(name, 0) for name in channels), default=0)
        if seconds < longest:
            text = _("%(kind)s is promised within %(seconds)s seconds, and one offer alone may take %(offer)s.")
            data = {"kind": SLAKind(kind).label, "seconds": seconds, "offer": longest}
            yield Problem(queue=queue, about="sla_targets", text=text % data)


def read_floor() -> Floor:
    """The set-up as it is stored."""
    parts = _read_parts()
    queues: dict[int | None, QueueFacts] = {}
    for queue in Queue.objects.order_by("name", "pk"):
        mine = {name: rows.get(queue.pk, []) for name, rows in parts.items()}
        queues[queue.pk] = QueueFacts(
            id=queue.pk,
            name=queue.name,
            brand_id=queue.brand_id,
            is_active=queue.is_active,
            has_hours=queue.calendar_id is not None,
            max_waiting=queue.max_waiting,
            spent_seconds=queue.spent_seconds,
            offer_seconds=queue.offer_seconds,
            skills=dict(mine["skills"]),
            topics=_topics(mine["topics"]),
            channels=frozenset(channel for _topic, channel, _skill, _level in mine["topics"]),
            members=dict(mine["members"]),
            steps=mine["steps"],
            fallbacks=[FallbackFacts(condition=row[0], channel=row[1], to_queue=row[2]) for row in mine["fallbacks"]],
            weights=next(iter(mine["weights"]), Weights()),
            promises=[
                (channel, kind, seconds)
                for channel, *times in mine["promises"]
                for kind, seconds in zip(SLAKind, times, strict=True)
                if seconds is not None
            ],
        )
    levels: dict[int, dict[int, int]] = {}
    serving = AgentSkill.objects.filter(agent__in=QueueMember.objects.values("agent"))
    for agent, skill, level in serving.values_list("agent_id", "skill_id", "level"):
        levels.setdefault(agent, {})[skill] = level
    return Floor(
        queues=queues,
        levels=levels,
        skill_names=dict(Skill.objects.values_list("pk", "name")),
        offer_seconds=dict(ChannelProfile.objects.values_list("channel", "offer_seconds")),
    )


def _read_parts() -> dict[str, dict[int, list[Any]]]:
    """What belongs to a queue, by kind and queue."""
    people = QueueMember.objects.filter(agent__user__is_active=True)
    topics = EntryPoint.objects.values_list("queue_id", "topic", "account__channel", "skills", "min_level")
    promises = SLATarget.objects.values_list("queue_id", "channel", *(f"{kind}_seconds" for kind in SLAKind))
    return {
        "skills": _by_queue(QueueSkill.objects.values_list("queue_id", "skill_id", "min_level")),
        "members": _by_queue(people.values_list("queue_id", "agent_id", "delay_seconds")),
        "topics": _by_queue(topics),
        "steps": _by_queue(_steps()),
        "fallbacks": _by_queue(Fallback.objects.values_list("queue_id", "condition", "channel", "to_queue_id")),
        "weights": _by_queue((row.queue_id, weights_of(row)) for row in QueueWeights.objects.all()),
        "promises": _by_queue(promises),
    }


def _by_queue(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for queue, *rest in rows:
        found.setdefault(queue, []).append(rest[0] if len(rest) == 1 else tuple(rest))
    return found


def _steps() -> Iterator[tuple[int, StepFacts]]:
    for step in QueueStep.objects.order_by("queue", "after_seconds").prefetch_related("skills", "joins"):
        needed = {row.skill_id: row.min_level for row in step.skills.all() if not row.is_optional}
        joins = [queue.pk for queue in step.joins.all()]
        yield step.queue_id, StepFacts(after_seconds=step.after_seconds, skills=needed, joins=joins)


def weights_of(row: QueueWeights) -> Weights:
    """A queue's row as the pure module reads it."""
    names = (one.name for one in fields(Weights) if hasattr(row, one.name))
    return Weights(**{name: getattr(row, name) for name in names})


def _topics(rows: Iterable[tuple[str, str, int | None, int]]) -> dict[str, dict[int, int]]:
    topics: dict[str, dict[int, int]] = {}
    for topic, _channel, skill, level in rows:
        if topic and skill is not None:
            topics.setdefault(topic, {})[skill] = level
    return topics
