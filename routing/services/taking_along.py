"""Who takes one of a customer's conversations gets those that wait as one piece of work with it."""

from __future__ import annotations

from collections.abc import Mapping

from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import ConversationState
from routing.models import Agent, AgentSkill, Assignment, QueueEntry
from routing.profiles import cost_of
from routing.services.loads import has_room
from routing.services.offering import tell_agent
from routing.services.records import begin_assignment, end_entry
from routing.states import Outcome


def take_along(taken: Assignment, entry: QueueEntry, others: Mapping[int, Conversation], agent: Agent) -> None:
    """Give the locked agent what was joined with `entry`, whose assignment has just begun; `others` are locked.

    Together they cost what the dearest of them does, once. What the agent has no room or not the skill for waits on
    alone, at its place: it is free again with the next commit.
    """
    if not others:
        return
    rows = QueueEntry.objects.filter(conversation__in=others, left_at=None, is_offered=False).order_by("rank_key", "pk")
    paid = taken.cost
    for other in rows.select_related("queue", "group"):
        conversation = others[other.conversation_id]
        is_pair = (other.joined_to_id or other.pk) == (entry.joined_to_id or entry.pk)
        if not is_pair or conversation.state != ConversationState.QUEUED:
            continue
        extra = max(cost_of(conversation) - paid, 0)
        if taken.over_capacity or not has_room(agent, extra) or not _can(agent, other):
            continue
        paid += extra
        end_entry(other, Outcome.JOINED)
        begin_assignment(conversation, agent, queue=other.queue, note=other.note, cost=extra, paid_by=taken)
        write_state(conversation, ConversationState.ACTIVE)
        record_event(
            conversation,
            EventKind.WAIT_TAKEN_ALONG,
            agent=str(agent),
            agent_user=agent.user_id,
            other=taken.conversation_id,
        )
        save_conversation(conversation, "owner", *STATE_FIELDS)
        tell_agent(agent, "work.given", conversation=conversation.pk)


def _can(agent: Agent, entry: QueueEntry) -> bool:
    """Whether the agent has the skills that are asked for there; they need not be a member of that queue."""
    levels = dict(AgentSkill.objects.filter(agent=agent).values_list("skill_id", "level"))
    return all(levels.get(skill, 0) >= least for skill, least in entry.group.requirements)
