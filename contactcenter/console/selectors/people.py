"""Colleagues to hand work to, and what an agent may switch or choose."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Q

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Channel
from routing.models import Agent, Assignment, Disposition, EntryPoint, Queue
from routing.selectors import visible_agents
from routing.states import AgentState, AssignmentState


def open_count(agent: Agent) -> int:
    """How many conversations an agent has in hand."""
    return Assignment.objects.filter(agent=agent, state=AssignmentState.HANDLING).count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody to transfer to, to ask or to give work to."""

    agent: Agent
    in_hand: int
    is_there: bool


def colleagues(viewer: Viewer, conversation: Conversation) -> list[Colleague]:
    """Agents of the conversation's brand who are signed in, those who could take it first, then by name."""
    moment = now()
    rows = visible_agents(viewer).filter(user__brands=conversation.brand_id).exclude(user=viewer.user_id)
    agents = list(rows.exclude(state=AgentState.OFFLINE).select_related("user", "reason", "presence"))
    held = Assignment.objects.filter(agent__in=agents, state=AssignmentState.HANDLING)
    in_hand = Counter(held.values_list("agent_id", flat=True))
    found = [
        Colleague(
            agent=agent,
            in_hand=in_hand[agent.pk],
            is_there=hasattr(agent, "presence") and agent.presence.seen_until > moment,
        )
        for agent in agents
    ]
    return sorted(found, key=lambda row: (row.agent.state != AgentState.AVAILABLE, str(row.agent).casefold()))


def channels_of(agent: Agent) -> list[Channel]:
    """The channels that lead to the agent's queues: those they may switch off."""
    points = EntryPoint.objects.filter(queue__members__agent=agent, account__is_active=True)
    found = set(points.values_list("account__channel", flat=True))
    return [channel for channel in Channel if channel.value in found]


def dispositions_of(queue: Queue | None) -> list[Disposition]:
    """What may be chosen in wrap-up: the leaves of the queue's own tree and of the common one."""
    rows = Disposition.objects.filter(Q(queue=queue) | Q(queue=None), is_active=True, children=None)
    return sorted(
        rows.select_related("parent"), key=lambda row: (str(row.parent or "").casefold(), row.name.casefold())
    )
