"""Why: what was asked for, who was asked and with how many points, who was not and why; and what is still to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from routing.candidates import AgentFacts, agents_for
from routing.models import (
    Agent,
    AgentSkill,
    Decision,
    Offer,
    Queue,
    QueueEntry,
    QueueStep,
    Skill,
    SkillGroup,
    SkillGroupAgent,
)
from routing.profiles import interruptible_channels, profiles
from routing.selectors import (
    DECLINE_SECONDS,
    open_entry,
    place_of,
    queue_is_open,
    queue_opens_at,
    visible_agents,
    visible_decisions,
    visible_queues,
    waited_in,
)
from routing.services.stepping import seconds_in_queue
from routing.standing import room_for, work_in_hand
from routing.states import AgentState, OfferState

MOST_DECISIONS = 50
MOST_AGENTS = 200


@dataclass(frozen=True, slots=True)
class Level:
    """A skill with the level that is asked for; `has` is an agent's own, 0 for none."""

    skill: Skill
    level: int
    has: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a group asks for: skills, those that only count, queues whose agents join."""

    skills: Sequence[Level]
    optional: Sequence[Level]
    joins: Sequence[Queue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Points by name; `share` is its size against the largest of the decision, 0 to 100, for the bar."""

    name: str
    points: float
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    agent: Agent
    score: float
    terms: Sequence[Term]
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One decision: candidates by place, and those who could not with the code of the reason (`why_words`)."""

    decision: Decision
    offer: Offer
    step: QueueStep | None
    asked: Asked | None
    terms: Sequence[str]
    candidates: Sequence[Scored]
    refused: Sequence[tuple[Agent, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """An agent of the queue and why they do not get what waits; `reason` is empty where they will in a moment.

    `possible_at`: when that ends by itself. `missing`: the skills that they lack, or have too little of.
    """

    agent: Agent
    reason: str
    possible_at: datetime | None = None
    missing: Sequence[Level] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What waits, what for, and what comes next."""

    entry: QueueEntry
    asked: Asked
    waited_seconds: float
    place: int
    target: Agent | None
    is_open: bool
    opens_at: datetime | None
    next_step: QueueStep | None
    agents: Sequence[NotYet] = field(default_factory=list)


def _agents(pks: Iterable[int]) -> dict[int, Agent]:
    return {row.pk: row for row in Agent.objects.filter(pk__in=set(pks)).select_related("user", "reason")}


def _asked(groups: Sequence[SkillGroup]) -> dict[int, Asked]:
    """By group, all of them with two questions."""
    wanted = {skill for group in groups for skill, _level in [*group.requirements, *group.optional]}
    skills = Skill.objects.in_bulk(wanted)
    queues = Queue.objects.in_bulk({pk for group in groups for pk in group.joins})

    def levels(rows: Iterable[Sequence[int]]) -> list[Level]:
        return [Level(skills[skill], level) for skill, level in rows if skill in skills]

    return {
        group.pk: Asked(
            skills=levels(group.requirements),
            optional=levels(group.optional),
            joins=[queues[pk] for pk in group.joins if pk in queues],
        )
        for group in groups
    }


def decisions_of(viewer: Viewer, conversation: Conversation) -> list[Explained]:
    """The newest first."""
    rows = visible_decisions(viewer).filter(conversation=conversation).order_by("-at", "-pk")
    return explain_decisions(rows.select_related(*DECIDED_BY)[:MOST_DECISIONS])


# What an explanation reads of other tables.
DECIDED_BY = ("offer__agent__user", "group", "step", "entry__queue")


def explain_decisions(rows: Iterable[Decision]) -> list[Explained]:
    """In their order, with a few questions for all of them."""
    decisions = list(rows)
    named = [row["agent"] for one in decisions for part in ("candidates", "refused") for row in one.terms[part]]
    agents = _agents(named)
    asked = _asked([one.group for one in decisions if one.group is not None])
    return [_explained(one, agents, asked.get(one.group_id or 0)) for one in decisions]


def _explained(decision: Decision, agents: Mapping[int, Agent], asked: Asked | None) -> Explained:
    rows = [row for row in decision.terms["candidates"] if row["agent"] in agents]
    used = list(dict.fromkeys(name for row in rows for name in row["terms"]))
    largest = max((abs(points) for row in rows for points in row["terms"].values()), default=0.0) or 1.0
    return Explained(
        decision=decision,
        offer=decision.offer,
        step=decision.step,
        asked=asked,
        terms=used,
        candidates=[
            Scored(
                agent=agents[row["agent"]],
                score=row["score"],
                terms=[
                    Term(name=name, points=points, share=round(100 * abs(points) / largest))
                    for name in used
                    for points in [row["terms"].get(name, 0.0)]
                ],
                is_chosen=row["agent"] == decision.offer.agent_id,
            )
            for row in rows
        ],
        refused=[(agents[row["agent"]], row["why"]) for row in decision.terms["refused"] if row["agent"] in agents],
    )


def explain_waiting(viewer: Viewer, conversation: Conversation) -> Waits | None:
    """Who could take it and why not yet; None if it does not wait."""
    entry = open_entry(conversation)
    if entry is None:
        return None
    moment = now()
    asked = _asked([entry.group])[entry.group_id]
    steps = QueueStep.objects.filter(queue=entry.queue_id, after_seconds__gt=seconds_in_queue(entry, moment))
    has_target = entry.target_until is not None and entry.target_until > moment
    return Waits(
        entry=entry,
        asked=asked,
        waited_seconds=waited_in(entry, moment),
        place=place_of(entry),
        target=entry.target_agent if has_target else None,
        is_open=queue_is_open(entry.queue, moment),
        opens_at=queue_opens_at(entry.queue, moment),
        next_step=steps.order_by("after_seconds").first(),
        agents=_not_yet(viewer, entry, asked, moment),
    )


def _not_yet(viewer: Viewer, entry: QueueEntry, asked: Asked, moment: datetime) -> list[NotYet]:
    """Those of the group first, the nearer ones before; then members whom it does not ask."""
    facts = agents_for(entry, moment)
    members = Agent.objects.filter(
        Q(memberships__queue=entry.queue_id) | Q(memberships__queue__in=[queue.pk for queue in asked.joins]),
        user__is_active=True,
    ).exclude(pk__in=[row.agent_id for row in facts])
    others = list(members.distinct().values_list("pk", flat=True)[:MOST_AGENTS])
    visible = set(
        visible_agents(viewer).filter(pk__in=[*others, *(row.agent_id for row in facts)]).values_list("pk", flat=True)
    )
    agents = _agents(visible)
    levels = _levels(others)
    found = [
        NotYet(agent=agents[row.agent_id], reason=row.refused, possible_at=_possible_at(row, entry, moment))
        for row in facts
        if row.agent_id in agents
    ]
    for pk in others:
        if pk in agents:
            missing = [
                Level(need.skill, need.level, levels.get((pk, need.skill.pk), 0))
                for need in asked.skills
                if levels.get((pk, need.skill.pk), 0) < need.level
            ]
            reason = "skill" if missing else "target"
            found.append(NotYet(agent=agents[pk], reason=reason, missing=missing))
    return found


def _levels(agent_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    rows = AgentSkill.objects.filter(agent__in=agent_ids).values_list("agent_id", "skill_id", "level")
    return {(agent_id, skill_id): level for agent_id, skill_id, level in rows}


def _possible_at(row: AgentFacts, entry: QueueEntry, moment: datetime) -> datetime | None:
    if row.refused == "delay":
        return entry.entered_at + timedelta(seconds=row.delay_seconds - entry.in_queue_before_seconds)
    if row.refused == "declined":
        declined = Offer.objects.filter(entry=entry, agent=row.agent_id, state=OfferState.DECLINED)
        answered_at = declined.order_by("-answered_at").values_list("answered_at", flat=True).first()
        return answered_at + timedelta(seconds=DECLINE_SECONDS) if answered_at else None
    if row.refused == "passed_on":
        return entry.entered_at + timedelta(seconds=DECLINE_SECONDS)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRoom:
    """What still fits on a channel; `is_off`: switched off by the agent. `pauses`: channels whose work would rest."""

    channel: str
    cost: int
    room: int
    is_off: bool
    pauses: Sequence[str]

    @property
    def number(self) -> int:
        return max(self.room, 0) // self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What waits in a queue that the agent serves: how much they could take, and how much not and why."""

    queue: Queue
    priority: int
    delay_seconds: int
    waiting: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentExplained:
    """Why nothing comes to an agent. `blocks`: what keeps everything from them (`why_words`)."""

    agent: Agent
    blocks: Sequence[str]
    rooms: Sequence[ChannelRoom]
    queues: Sequence[Served]


def explain_agent(viewer: Viewer, agent: Agent) -> AgentExplained:
    """For one agent, over the queues that both they serve and the viewer sees."""
    moment = now()
    presence = getattr(agent, "presence", None)
    blocks = [
        code
        for code, applies in (
            ("state", agent.state != AgentState.AVAILABLE),
            ("next_state", bool(agent.next_state)),
            ("presence", presence is None or presence.seen_until <= moment),
            ("no_queue", not agent.memberships.filter(queue__is_active=True).exists()),
        )
        if applies
    ]
    in_hand = work_in_hand([agent.pk]).get(agent.pk, {})
    rooms = [
        ChannelRoom(
            channel=channel,
            cost=profile.cost,
            room=room_for(channel, capacity=agent.capacity, load=agent.load, in_hand=in_hand),
            is_off=channel in agent.off_channels,
            pauses=[name for name in interruptible_channels(channel) if in_hand.get(name)],
        )
        for channel, profile in sorted(profiles().items())
    ]
    memberships = agent.memberships.filter(queue__in=visible_queues(viewer), queue__is_active=True)
    return AgentExplained(
        agent=agent,
        blocks=blocks,
        rooms=rooms,
        queues=[
            _served(agent, row.queue, row.priority, row.delay_seconds, moment)
            for row in memberships.select_related("queue").order_by("priority", "queue__name")
        ],
    )


def _served(agent: Agent, queue: Queue, priority: int, delay_seconds: int, moment: datetime) -> Served:
    entries = list(
        QueueEntry.objects.filter(queue=queue, left_at=None, joined_to=None, is_offered=False)
        .select_related("queue")
        .order_by("rank_key")[:MOST_DECISIONS]
    )
    groups = set(
        SkillGroupAgent.objects.filter(agent=agent, group__in={row.group_id for row in entries}).values_list(
            "group_id", flat=True
        )
    )
    reasons: Counter[str] = Counter()
    for entry in entries:
        is_for_other = entry.target_until is not None and entry.target_until > moment
        if is_for_other and entry.target_agent_id != agent.pk:
            reasons["target"] += 1
        elif not is_for_other and entry.group_id not in groups:
            reasons["skill"] += 1
        else:
            (facts,) = agents_for(entry, moment, only=agent.pk) or (None,)
            reasons[facts.refused if facts is not None else "skill"] += 1
    return Served(
        queue=queue,
        priority=priority,
        delay_seconds=delay_seconds,
        waiting=QueueEntry.objects.filter(queue=queue, left_at=None).count(),
        reasons=dict(reasons),
    )
