"""Whom work may be given to by a person: the checks that pulling, giving, transferring and consulting share."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.errors import Forbidden, Refused
from contactcenter.conversations.models import Conversation
from routing.models import Agent, Queue
from routing.services.loads import HOLDING_CHANNELS
from routing.states import AgentState


def require_agent(conversation: Conversation, agent_id: int) -> Agent:
    """The agent, if they may see the conversation's brand. Raises Refused."""
    agent = Agent.objects.select_related("user").filter(pk=agent_id, user__is_active=True).first()
    if agent is None:
        raise Refused(_("This agent no longer exists."), code="bad_target")
    if not agent.user.is_admin and not agent.user.brands.filter(pk=conversation.brand_id).exists():
        raise Refused(_("%s does not work for this brand.") % agent, code="bad_target")
    return agent


def require_queue(conversation: Conversation, queue: Queue) -> Queue:
    """The queue, if work of the conversation's brand may wait there. Raises Refused."""
    if queue.brand_id != conversation.brand_id or not queue.is_active:
        raise Refused(_("Choose an active queue of the same brand."), code="bad_target")
    return queue


def require_hands(conversation: Conversation, actor: User) -> None:
    """What somebody handles is theirs and the supervisors'; what nobody has may be sorted by all who see it.
    Raises Forbidden."""
    if conversation.owner_id not in {None, actor.pk} and not actor.is_supervisor:
        raise Forbidden(_("Only the agent who handles this conversation, or a supervisor, can do that."))


def require_signed_in(conversation: Conversation, agent: Agent) -> None:
    """Live work needs somebody there: what is with an offline agent goes back to the queue. Raises Refused."""
    if agent.state == AgentState.OFFLINE and conversation.channel in HOLDING_CHANNELS:
        raise Refused(_("%s is offline.") % agent, code="agent_offline")
