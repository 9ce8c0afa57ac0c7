"""A queue's past as a simulated world: its contacts, its agents' shifts, its settings.

Agents of a queue work for others too, so everything that its people serve comes along, with all who serve that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.db.models import F, Q

from contactcenter.base.errors import Refused
from contactcenter.conversations.states import Channel
from routing.hours import opening_spans
from routing.matching import Weights
from routing.models import (
    Agent,
    AgentSkill,
    AgentStateInterval,
    Assignment,
    ChannelProfile,
    Queue,
    QueueEntry,
    QueueMember,
    QueueSkill,
    QueueStep,
    QueueWeights,
    Skill,
    StepSkill,
)
from routing.selectors import schedule_of
from routing.simulation.draws import Constant
from routing.simulation.world import (
    AgentRules,
    ChannelRules,
    ContactClass,
    Membership,
    QueueRules,
    StepRules,
    World,
)
from routing.states import AgentState, AssignmentRole, Outcome

MOST_CONTACTS = 40_000
# Somebody is on the phone: it keeps them from everything else that is on the phone.
VOICE = frozenset({Channel.VOICE})
# What left the queue in another way is not played: where it went on waiting it is a contact of its own.
_PLAYED = ("", Outcome.ANSWERED, Outcome.ABANDONED)
# A pulled contact has no offer: its assignment begins as its wait ends.
_SAME_MOMENT = timedelta(seconds=2)
_WEIGHTS = [field.name for field in fields(Weights) if field.name != "missed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """One stay as it was. `at` and `wait` in seconds, `at` from the start of the period; no `handle`: unknown."""

    at: float
    which: int
    wait: float
    is_answered: bool
    has_abandoned: bool
    value: int
    known: int
    answer_seconds: float
    handle: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """`open_spans` by queue, in seconds of the period; a queue without opening hours is not in it."""

    queue: str
    world: World
    contacts: Sequence[PastContact]
    open_spans: Mapping[str, Sequence[tuple[float, float]]]


def served_together(queue: Queue, *, more: Iterable[str] = ()) -> tuple[list[int], list[int]]:
    """The queues that share people with this one, near or far, and all those people; `more` are user names."""
    pairs = list(QueueMember.objects.values_list("queue_id", "agent_id"))
    added = Agent.objects.filter(user__username__in=list(more)).values_list("pk", flat=True)
    queues, agents = {queue.pk}, set(added)
    while True:
        people = agents | {agent for served, agent in pairs if served in queues}
        places = queues | {served for served, agent in pairs if agent in people}
        if people == agents and places == queues:
            return sorted(queues), sorted(agents)
        queues, agents = places, people


def read_past(queue: Queue, starts_at: datetime, ends_at: datetime, *, more: Iterable[str] = ()) -> Past:
    """Raises Refused with code `nothing` (no contact came), `nobody` (no agent was there) or `too_much`."""
    queue_ids, agent_ids = served_together(queue, more=more)
    queues = {row.pk: row for row in Queue.objects.filter(pk__in=queue_ids).select_related("calendar")}
    entries = _entries(queue_ids, starts_at, ends_at)
    if not any(entry.queue_id == queue.pk and entry.entered_at >= starts_at for entry in entries):
        raise Refused("", code="nothing")
    agents = read_agents(agent_ids, queues, starts_at, ends_at)
    if not any(agent.shifts and queue.slug in agent.queues for agent in agents):
        raise Refused("", code="nobody")
    names = {agent.name: index for index, agent in enumerate(agents)}
    classes, contacts = _Contacts(queues, names, starts_at, ends_at).read(entries)
    length = (ends_at - starts_at).total_seconds()
    world = World(
        channels=read_channels(),
        queues={row.slug: read_rules(row, queues) for row in queues.values()},
        classes=tuple(classes),
        agents=tuple(agents),
        duration_seconds=length,
    )
    return Past(
        queue=queue.slug, world=world, contacts=contacts, open_spans=_open_spans(queues.values(), starts_at, length)
    )


def read_channels() -> dict[str, ChannelRules]:
    """Handle times of the past were taken beside other work: nothing is slowed down twice."""
    return {
        row.channel: ChannelRules(
            name=row.channel,
            cost=row.cost,
            interrupted_by=frozenset(row.interrupted_by),
            is_voice=row.channel in VOICE,
        )
        for row in ChannelProfile.objects.all()
    }


def _entries(queue_ids: Sequence[int], starts_at: datetime, ends_at: datetime) -> list[QueueEntry]:
    """Those that came in the period, and those that waited already when it began."""
    rows = QueueEntry.objects.filter(
        Q(left_at=None) | Q(left_at__gt=starts_at), queue__in=queue_ids, entered_at__lt=ends_at, outcome__in=_PLAYED
    )
    # A stay that was given up within the target is one, however it ended; years of open ones are not the day's.
    rows = rows.filter(entered_at__gte=starts_at - timedelta(days=14), joined_to=None)
    rows = rows.select_related("group", "step", "conversation").only(
        "queue_id", "channel", "entered_at", "left_at", "outcome", "value", "last_agent_id", "step_id",
        "conversation_id", "conversation__language", "group__requirements", "step__queue_id",
    )  # fmt: skip
    found = list(rows.order_by("entered_at", "pk")[: MOST_CONTACTS + 1])
    if len(found) > MOST_CONTACTS:
        raise Refused("", code="too_much")
    return found


class _Contacts:
    """Turns stays into contacts, and tells their classes apart: by queue, channel and what they need beyond it."""

    def __init__(
        self, queues: Mapping[int, Queue], agents: Mapping[str, int], starts_at: datetime, ends_at: datetime
    ) -> None:
        self.queues, self.agents, self.starts_at, self.ends_at = queues, agents, starts_at, ends_at
        self.skills = dict(Skill.objects.values_list("pk", "slug"))
        self.languages = {row.language: row.slug for row in Skill.objects.exclude(language="")}
        self.usernames = dict(Agent.objects.values_list("pk", "user__username"))
        self.own: dict[tuple[int, int | None], set[int]] = {}
        for queue_id, skill_id in QueueSkill.objects.values_list("queue_id", "skill_id"):
            self.own.setdefault((queue_id, None), set()).add(skill_id)
        for queue_id, step_id, skill_id in StepSkill.objects.values_list("step__queue_id", "step_id", "skill_id"):
            self.own.setdefault((queue_id, step_id), set()).add(skill_id)
        self.classes: dict[tuple[object, ...], ContactClass] = {}

    def read(self, entries: Sequence[QueueEntry]) -> tuple[list[ContactClass], list[PastContact]]:
        handled = _handled([entry.pk for entry in entries], entries, self.starts_at)
        contacts = []
        for entry in entries:
            left = min(entry.left_at or self.ends_at, self.ends_at)
            is_over = entry.left_at is not None and entry.left_at <= self.ends_at
            accepting, seconds = handled.get(entry.pk, (0.0, None))
            known = self.usernames.get(entry.last_agent_id or 0, "")
            contacts.append(
                PastContact(
                    at=(entry.entered_at - self.starts_at).total_seconds(),
                    which=self._class(entry),
                    wait=(left - entry.entered_at).total_seconds(),
                    is_answered=is_over and entry.outcome == Outcome.ANSWERED,
                    has_abandoned=is_over and entry.outcome == Outcome.ABANDONED,
                    value=entry.value,
                    known=self.agents.get(known, -1),
                    answer_seconds=accepting,
                    handle=seconds,
                )
            )
        return list(self.classes.values()), contacts

    def _class(self, entry: QueueEntry) -> int:
        """Its skills are those that its queue or step did not ask for by itself."""
        asked = self.own.get((entry.queue_id, entry.step_id), set())
        language = self.languages.get(entry.conversation.language, "")
        skills = {self.skills[pk]: level for pk, level in entry.group.requirements if pk in self.skills}
        mine = {
            self.skills[pk]: skills[self.skills[pk]]
            for pk, _level in entry.group.requirements
            if pk in self.skills and pk not in asked and self.skills[pk] != language
        }
        slug = self.queues[entry.queue_id].slug
        key = (slug, entry.channel, language, tuple(sorted(mine.items())))
        if key not in self.classes:
            self.classes[key] = ContactClass(
                name="/".join([slug, entry.channel, *filter(None, [language]), *sorted(mine)]),
                queue=slug,
                channel=entry.channel,
                handle=Constant(1.0),
                language=language,
                skills=mine,
            )
        return list(self.classes).index(key)


def _handled(
    pks: Sequence[int], entries: Sequence[QueueEntry], starts_at: datetime
) -> dict[int, tuple[float, float | None]]:
    """By entry: seconds until it was accepted, and seconds of work with wrap-up (None while it is not over)."""
    found: dict[int, tuple[float, float | None]] = {}
    first = Assignment.objects.filter(role=AssignmentRole.PRIMARY)
    taken = first.filter(offer__entry__in=pks).annotate(entry=F("offer__entry_id"), offered=F("offer__created_at"))
    for row in taken.order_by("-started_at"):
        found[row.entry] = (max((row.started_at - row.offered).total_seconds(), 0.0), _seconds(row))
    pulled = {entry.conversation_id: entry for entry in entries if entry.pk not in found and entry.left_at is not None}
    for pull in first.filter(conversation__in=list(pulled), offer=None, started_at__gte=starts_at):
        entry = pulled[pull.conversation_id]
        if entry.left_at is not None and abs(pull.started_at - entry.left_at) <= _SAME_MOMENT:
            found[entry.pk] = (0.0, _seconds(pull))
    return found


def _seconds(row: Assignment) -> float | None:
    if row.ended_at is None:
        return None
    return max((row.ended_at - row.started_at).total_seconds() - row.paused_seconds, 1.0)


def read_agents(
    agent_ids: Sequence[int], queues: Mapping[int, Queue], starts_at: datetime, ends_at: datetime
) -> list[AgentRules]:
    """With the skills, queues and capacity of today, and the shifts of then: when they were available."""
    skills: dict[int, dict[str, int]] = {}
    for agent_id, slug, level in AgentSkill.objects.filter(agent__in=agent_ids).values_list(
        "agent_id", "skill__slug", "level"
    ):
        skills.setdefault(agent_id, {})[slug] = level
    places: dict[int, dict[str, Membership]] = {}
    for row in QueueMember.objects.filter(agent__in=agent_ids, queue__in=queues):
        rules = Membership(priority=row.priority, delay_seconds=row.delay_seconds)
        places.setdefault(row.agent_id, {})[queues[row.queue_id].slug] = rules
    shifts = _shifts(agent_ids, starts_at, ends_at)
    channels = {channel.value for channel in Channel}
    return [
        AgentRules(
            name=agent.user.username,
            queues=places.get(agent.pk, {}),
            channels=frozenset(channels - set(agent.off_channels)),
            skills=skills.get(agent.pk, {}),
            capacity=max(agent.capacity, 1),
            shifts=tuple(shifts.get(agent.pk, ())),
        )
        for agent in Agent.objects.filter(pk__in=agent_ids).select_related("user").order_by("pk")
    ]


def _shifts(agent_ids: Sequence[int], starts_at: datetime, ends_at: datetime) -> dict[int, list[tuple[float, float]]]:
    rows = AgentStateInterval.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=starts_at),
        agent__in=agent_ids,
        state=AgentState.AVAILABLE,
        started_at__lt=ends_at,
    )
    shifts: dict[int, list[tuple[float, float]]] = {}
    for row in rows.order_by("started_at"):
        since, until = max(row.started_at, starts_at), min(row.ended_at or ends_at, ends_at)
        span = (since - starts_at).total_seconds(), (until - starts_at).total_seconds()
        shifts.setdefault(row.agent_id, []).append(span)
    return shifts


def read_rules(queue: Queue, queues: Mapping[int, Queue]) -> QueueRules:
    weights = QueueWeights.objects.filter(queue=queue).first()
    needed = QueueSkill.objects.filter(queue=queue).values_list("skill__slug", "min_level")
    return QueueRules(
        name=queue.slug,
        target_seconds=float(queue.target_seconds),
        skills=dict(needed),
        by_language=queue.needs_language,
        steps=read_steps(queue, {row.slug for row in queues.values()}),
        places=queue.max_waiting,
        last_agent_seconds=float(queue.last_agent_seconds if queue.last_agent_days else 0),
        weights=Weights(**{name: getattr(weights, name) for name in _WEIGHTS}) if weights else Weights(),
    )


def read_steps(queue: Queue, known: set[str] | None = None) -> tuple[StepRules, ...]:
    """In order; with `known`, other queues do not join."""
    steps = []
    for step in QueueStep.objects.filter(queue=queue).prefetch_related("skills__skill", "joins"):
        held = list(step.skills.all())
        steps.append(
            StepRules(
                after_seconds=float(step.after_seconds),
                skills={row.skill.slug: row.min_level for row in held if not row.is_optional},
                optional={row.skill.slug: row.min_level for row in held if row.is_optional},
                by_language=step.needs_language,
                boost_seconds=float(step.boost_seconds),
                joins=tuple(row.slug for row in step.joins.all() if known is None or row.slug in known),
            )
        )
    return tuple(sorted(steps, key=lambda step: step.after_seconds))


def _open_spans(
    queues: Iterable[Queue], starts_at: datetime, length: float
) -> dict[str, Sequence[tuple[float, float]]]:
    spans: dict[str, Sequence[tuple[float, float]]] = {}
    for queue in queues:
        if queue.calendar is None:
            continue
        days = int(length // 86400) + 3
        # The opening of the day before may last into the first one.
        opened = opening_spans(schedule_of(queue.calendar), (starts_at - timedelta(days=1)).date(), days)
        seconds = (
            ((since - starts_at).total_seconds(), (until - starts_at).total_seconds()) for since, until in opened
        )
        spans[queue.slug] = _merged((since, until) for since, until in seconds if since < length and until > 0)
    return spans


def _merged(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """In order, those that overlap as one."""
    merged: list[tuple[float, float]] = []
    for since, until in sorted(spans):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((since, until))
    return merged
