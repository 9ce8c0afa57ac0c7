"""Skill groups: distinct requirements with their eligible agents, rebuilt when skills or membership change."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from contactcenter.base.clock import now
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import Conversation
from routing.models import (
    Agent,
    AgentSkill,
    EntryPoint,
    Offer,
    Queue,
    QueueMember,
    QueueStep,
    Skill,
    SkillGroup,
    SkillGroupAgent,
)
from routing.services.dispatching import request_dispatch
from routing.states import OfferPurpose, OfferState

# A group that nobody has waited in for so long does not count for what agents are needed for.
LIVE_DAYS = 30

Requirements = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What work asks for: (skill id, minimum level) by skill, skills that count for the fit only, joining queues."""

    requirements: Requirements
    optional: Requirements = field(default_factory=list)
    joins: list[int] = field(default_factory=list)


def demand_of(conversation: Conversation, queue: Queue, step: QueueStep | None = None) -> Demand:
    """What the step in force asks for, else the queue itself; the entry point's skills, and the customer's language if
    it is a skill and asked for, come on top."""
    optional: dict[int, int] = {}
    if step is None:
        needed = dict(queue.skills.values_list("skill_id", "min_level"))
    else:
        needed = {row.skill_id: row.min_level for row in step.skills.all() if not row.is_optional}
        optional = {row.skill_id: row.min_level for row in step.skills.all() if row.is_optional}
    for skill_id, min_level in _entry_skills(conversation, queue):
        needed[skill_id] = max(needed.get(skill_id, 1), min_level)
    by_language = step.needs_language if step is not None else queue.needs_language
    if by_language and conversation.language:
        language = Skill.objects.filter(language=conversation.language).values_list("pk", flat=True).first()
        if language is not None:
            needed.setdefault(language, 1)
    joins = step.joins.filter(is_active=True).order_by("pk").values_list("pk", flat=True) if step is not None else ()
    return Demand(
        requirements=sorted(needed.items()),
        optional=sorted(pair for pair in optional.items() if pair[0] not in needed),
        joins=list(joins),
    )


def _entry_skills(conversation: Conversation, queue: Queue) -> Requirements:
    """What the way by which the account's traffic of this topic enters the queue asks for besides."""
    ways = _ways.tuples(conversation.account_id, queue.pk, conversation.topic, "")
    return [(skill, level) for topic, skill, level in ways if topic == ways[0][0] and skill is not None]


# The topic's own first, else the one without topic.
_ways = Prepared(
    lambda account, queue, *topics: (
        EntryPoint.objects.filter(account=account, queue=queue, topic__in=topics)
        .order_by("-topic")
        .values_list("topic", "skills", "min_level")
    )
)


def requirements_of(conversation: Conversation, queue: Queue) -> Requirements:
    """What the queue asks for before its first step: (skill id, minimum level) by skill."""
    return demand_of(conversation, queue).requirements


def find_group(
    queue: Queue,
    channel: str,
    requirements: Requirements,
    *,
    optional: Requirements | None = None,
    joins: Sequence[int] = (),
) -> SkillGroup:
    """The group of these requirements, made with its agents if it is new."""
    key = _key_of(queue.pk, channel, requirements, optional or [], joins)
    group = SkillGroup.objects.filter(key=key).first()
    if group is not None:
        return group
    # Against a change of membership at the same moment: both take the rows of the queues whose members belong to it.
    _lock_queues(Queue.objects.filter(pk__in=[queue.pk, *joins]))
    group, is_new = SkillGroup.objects.get_or_create(
        key=key,
        defaults={
            "queue": queue,
            "channel": channel,
            "requirements": [list(pair) for pair in requirements],
            "optional": [list(pair) for pair in optional or []],
            "joins": list(joins),
        },
    )
    if is_new:
        _fill(group)
        _refresh_reach_on_commit()
    return group


def _key_of(queue_id: int, channel: str, needed: Requirements, optional: Requirements, joins: Sequence[int]) -> str:
    """One spelling for the same demand; what is too long for the column is cut short by its own hash."""
    key = f"{queue_id}/{channel}/" + ",".join(f"{skill}:{level}" for skill, level in needed)
    if optional or joins:
        key += "/" + ",".join(f"{skill}:{level}" for skill, level in optional)
        key += "/" + ",".join(str(pk) for pk in joins)
    return key if len(key) <= 250 else f"{queue_id}/{channel}/{hashlib.sha256(key.encode()).hexdigest()}"


def _lock_queues(queues: QuerySet[Queue]) -> None:
    list(queues.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _fill(group: SkillGroup) -> set[int]:
    """Write the agents who meet the group's requirements, and take out those who no longer do. Returns the new ones."""
    members: dict[int, QueueMember] = {}
    rank = {queue_id: place for place, queue_id in enumerate([group.queue_id, *group.joins])}
    rows = QueueMember.objects.filter(queue__in=rank, agent__user__is_active=True)
    for member in sorted(rows, key=lambda row: rank[row.queue_id]):
        members.setdefault(member.agent_id, member)
    levels: dict[int, dict[int, int]] = defaultdict(dict)
    for agent_id, skill_id, level in AgentSkill.objects.filter(agent__in=members).values_list(
        "agent_id", "skill_id", "level"
    ):
        levels[agent_id][skill_id] = level
    wanted = [
        SkillGroupAgent(
            group=group,
            agent_id=agent_id,
            fit=_fit(levels[agent_id], [skill for skill, _level in (*group.requirements, *group.optional)]),
            priority=member.priority,
            delay_seconds=member.delay_seconds,
        )
        for agent_id, member in members.items()
        if all(levels[agent_id].get(skill, 0) >= least for skill, least in group.requirements)
    ]
    kept = {row.agent_id: row for row in SkillGroupAgent.objects.filter(group=group)}
    eligible = {row.agent_id for row in wanted}
    SkillGroupAgent.objects.filter(group=group, agent__in=set(kept) - eligible).delete()
    # Most stay as they are when somebody's skills change.
    changed = [row for row in wanted if row.agent_id not in kept or _differs(row, kept[row.agent_id])]
    SkillGroupAgent.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["group", "agent"],
        update_fields=["fit", "priority", "delay_seconds"],
    )
    return eligible - set(kept)


def _fit(levels: dict[int, int], skills: Sequence[int]) -> float:
    """Their mean level over 5; who need not know anything fits in full."""
    return sum(levels.get(skill, 0) for skill in skills) / (5 * len(skills)) if skills else 1.0


def _differs(row: SkillGroupAgent, kept: SkillGroupAgent) -> bool:
    return (row.fit, row.priority, row.delay_seconds) != (kept.fit, kept.priority, kept.delay_seconds)


@transaction.atomic
def rebuild_groups(queues: Iterable[Queue] | None = None) -> None:
    """Bring every group (or those of some queues, and those that these join) in line with skills and membership.

    After commit those who now serve more are offered what waits; offers to those who serve less are withdrawn by
    the sweeper.
    """
    groups = SkillGroup.objects.order_by("pk")
    if queues is None:
        _lock_queues(Queue.objects.all())
    else:
        pks = [queue.pk for queue in queues]
        groups = groups.filter(Q(queue__in=pks) | Q(joins__overlap=pks))
        _lock_queues(Queue.objects.filter(pk__in=pks))
    gained: set[int] = set()
    for group in groups:
        gained |= _fill(group)
    _refresh_reach_on_commit()
    for agent_id in sorted(gained):
        request_dispatch(agent_id=agent_id)


def _refresh_reach_on_commit() -> None:
    """Once, however many groups this transaction makes."""
    if all(hook[1] is not refresh_reach for hook in connection.run_on_commit):
        transaction.on_commit(refresh_reach, robust=True)


_REACH = """
WITH live AS (
    SELECT g.id FROM routing_skillgroup g JOIN routing_queue q ON q.id = g.queue_id AND q.is_active
    WHERE NOT EXISTS (SELECT 1 FROM routing_queueentry e WHERE e.group_id = g.id)
       OR EXISTS (SELECT 1 FROM routing_queueentry e WHERE e.group_id = g.id AND e.entered_at > %(since)s)
), counted AS (
    SELECT a.id, COUNT(live.id)::float8 / GREATEST((SELECT COUNT(*) FROM live), 1) AS reach
    FROM routing_agent a
    LEFT JOIN routing_skillgroupagent ga ON ga.agent_id = a.id LEFT JOIN live ON live.id = ga.group_id
    GROUP BY a.id
), locked AS (
    SELECT a.id, c.reach FROM routing_agent a JOIN counted c ON c.id = a.id
    WHERE abs(a.reach - c.reach) > 0.005 ORDER BY a.id FOR NO KEY UPDATE OF a
)
UPDATE routing_agent a SET reach = locked.reach FROM locked WHERE a.id = locked.id
"""


def refresh_reach() -> None:
    """The share of the live groups that each agent serves: those of active queues, unless out of use for a month."""
    with connection.cursor() as cursor:
        cursor.execute(_REACH, {"since": now() - timedelta(days=LIVE_DAYS)})


def find_misplaced_offers() -> list[int]:
    """Pending offers of work to agents who, since, have lost the skill or the membership for it."""
    serves = SkillGroupAgent.objects.filter(group=OuterRef("entry__group"), agent=OuterRef("agent"))
    rows = Offer.objects.filter(state=OfferState.PENDING, purpose=OfferPurpose.WORK)
    rows = rows.exclude(entry__target_agent=F("agent")).filter(~Exists(serves))
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def set_agent_skills(agent: Agent, levels: dict[Skill, int]) -> None:
    """Replace an agent's skills; what waits for somebody like them is offered after commit."""
    AgentSkill.objects.filter(agent=agent).exclude(skill__in=levels).delete()
    for skill, level in levels.items():
        AgentSkill.objects.update_or_create(agent=agent, skill=skill, defaults={"level": level})
    rebuild_groups(Queue.objects.filter(members__agent=agent))


@transaction.atomic
def set_queue_members(queue: Queue, agents: Iterable[Agent]) -> None:
    """Replace the members of a queue."""
    wanted = list(agents)
    QueueMember.objects.filter(queue=queue).exclude(agent__in=wanted).delete()
    for agent in wanted:  # those who stay keep their priority and delay
        QueueMember.objects.get_or_create(queue=queue, agent=agent)
    rebuild_groups([queue])
