"""Skill groups: distinct requirements with their eligible agents, rebuilt when skills or membership change."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from contactcenter.conversations.models import Conversation
from routing.models import (
    Agent,
    AgentSkill,
    EntryPoint,
    Offer,
    Queue,
    QueueMember,
    Skill,
    SkillGroup,
    SkillGroupAgent,
)
from routing.services.dispatching import request_dispatch
from routing.states import OfferPurpose, OfferState

Requirements = list[tuple[int, int]]


def requirements_of(conversation: Conversation, queue: Queue) -> Requirements:
    """(skill id, minimum level) by skill: the queue's, the topic's, and the customer's language if it is a skill."""
    needed: dict[int, int] = dict(queue.skills.values_list("skill_id", "min_level"))
    if conversation.topic:
        topics = EntryPoint.objects.filter(account=conversation.account_id, topic=conversation.topic, queue=queue)
        for skill_id, min_level in topics.filter(skills__isnull=False).values_list("skills", "min_level"):
            needed[skill_id] = max(needed.get(skill_id, 1), min_level)
    if queue.needs_language and conversation.language:
        language = Skill.objects.filter(language=conversation.language).first()
        if language is not None:
            needed.setdefault(language.pk, 1)
    return sorted(needed.items())


def find_group(queue: Queue, channel: str, requirements: Requirements) -> SkillGroup:
    """The group of these requirements, made with its agents if it is new."""
    key = f"{queue.pk}/{channel}/" + ",".join(f"{skill}:{level}" for skill, level in requirements)
    group = SkillGroup.objects.filter(key=key).first()
    if group is not None:
        return group
    # Against a change of membership at the same moment: both take the queue's row.
    Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    group, is_new = SkillGroup.objects.get_or_create(
        key=key, defaults={"queue": queue, "channel": channel, "requirements": [list(pair) for pair in requirements]}
    )
    if is_new:
        _fill(group)
    return group


def _fill(group: SkillGroup) -> set[int]:
    """Write the agents who meet the group's requirements, and take out those who no longer do. Returns the new ones."""
    levels: dict[int, dict[int, int]] = {}
    members = QueueMember.objects.filter(queue=group.queue_id, agent__user__is_active=True)
    member_ids = set(members.values_list("agent_id", flat=True))
    for agent_id, skill_id, level in AgentSkill.objects.filter(agent__in=member_ids).values_list(
        "agent_id", "skill_id", "level"
    ):
        levels.setdefault(agent_id, {})[skill_id] = level
    eligible: dict[int, float] = {}
    for agent_id in member_ids:
        held = [levels.get(agent_id, {}).get(skill, 0) - least for skill, least in group.requirements]
        if all(surplus >= 0 for surplus in held):
            own = [levels[agent_id][skill] for skill, _least in group.requirements]
            eligible[agent_id] = sum(own) / (5 * len(own)) if own else 1.0
    SkillGroupAgent.objects.filter(group=group).exclude(agent__in=eligible).delete()
    rows = [SkillGroupAgent(group=group, agent_id=agent_id, fit=fit) for agent_id, fit in eligible.items()]
    known = set(SkillGroupAgent.objects.filter(group=group).values_list("agent_id", flat=True))
    SkillGroupAgent.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["group", "agent"], update_fields=["fit"]
    )
    return set(eligible) - known


@transaction.atomic
def rebuild_groups(queues: Iterable[Queue] | None = None) -> None:
    """Bring every group (or those of some queues) in line with skills and membership.

    After commit those who now serve more are offered what waits; offers to those who serve less are withdrawn by
    the sweeper.
    """
    wanted = Queue.objects.all() if queues is None else Queue.objects.filter(pk__in=[queue.pk for queue in queues])
    list(wanted.select_for_update(no_key=True).order_by("pk"))
    gained: set[int] = set()
    for group in SkillGroup.objects.filter(queue__in=wanted).order_by("pk"):
        gained |= _fill(group)
    for agent_id in sorted(gained):
        request_dispatch(agent_id=agent_id)


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
    for agent in wanted:
        QueueMember.objects.get_or_create(queue=queue, agent=agent)
    rebuild_groups([queue])
