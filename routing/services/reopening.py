"""An ended conversation goes on: reopened while it may be, else a new one that follows it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.messages import open_conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import LOGGED_CHANNELS, ConversationState
from routing.models import Agent
from routing.selectors import agent_of, primary_of
from routing.services.arriving import can_reopen, last_wrap_up, reopen_to_owner
from routing.services.handling import start_with
from routing.services.queueing import queue_of
from routing.services.records import begin_assignment, lock_everybody, resume_wrap_up
from routing.services.targets import require_agent, require_signed_in


@transaction.atomic(durable=True)
def reopen(*, conversation_id: int, actor: User) -> Conversation:
    """CLOSED -> ACTIVE with the actor; one who takes no work (a supervisor) sends it to its owner or queue.

    The same click twice changes nothing. Raises Refused once its time is over, Gone, Forbidden.
    """
    conversation = lock_conversation(conversation_id)
    primary = primary_of(conversation)
    if primary is not None and primary.agent.user_id == actor.pk:
        return conversation
    if conversation.state != ConversationState.CLOSED:
        raise Gone(_("This conversation is open already."), code="not_closed")
    _require_way(conversation)
    if not can_reopen(conversation, now()):
        raise Refused(_("It ended too long ago to be reopened; begin a new conversation."), code="too_late")
    agent = agent_of(actor)
    if agent is not None:
        _reopen_with(conversation, require_agent(conversation, agent.pk), actor)
    elif actor.is_supervisor:
        reopen_to_owner(conversation, actor=actor)
    else:
        raise Forbidden(_("You do not take work; an admin can make you an agent."))
    return conversation


def _require_way(conversation: Conversation) -> None:
    """A contact that was logged by hand took place elsewhere: nothing can be written there."""
    if conversation.channel in LOGGED_CHANNELS:
        text = _("This contact was logged by hand. Write to the customer by one of their addresses.")
        raise Refused(text, code="logged")


def _reopen_with(conversation: Conversation, agent: Agent, actor: User) -> None:
    wrap_up = last_wrap_up(conversation)
    agent = lock_everybody(conversation, agent.pk)[agent.pk]
    require_signed_in(conversation, agent)
    conversation.reopened_count += 1
    record_event(conversation, EventKind.CONVERSATION_REOPENED, actor=actor)
    if wrap_up is not None and wrap_up.agent_id == agent.pk:
        resume_wrap_up(wrap_up)
        conversation.owner = agent.user
    else:
        begin_assignment(conversation, agent, queue=queue_of(conversation))
    write_state(conversation, ConversationState.ACTIVE)
    record_event(conversation, EventKind.HANDLING_RESUMED, agent=str(agent), agent_user=agent.user_id)
    save_conversation(conversation, "owner", "reopened_count", *STATE_FIELDS)


@transaction.atomic(durable=True)
def start_following(*, conversation_id: int, actor: User) -> Conversation:
    """A new conversation with the same customer on the same way, begun by the actor after the old one has ended.

    The same click twice returns the first. Raises Forbidden, Gone, Refused.
    """
    ended = lock_conversation(conversation_id)
    if ended.state != ConversationState.CLOSED or ended.merged_into_id is not None:
        raise Gone(_("This conversation goes on; write there."), code="not_closed")
    _require_way(ended)
    known = ended.followed_by.filter(owner=actor, state=ConversationState.ACTIVE).order_by("-pk").first()
    if known is not None:
        return known
    agent = agent_of(actor)
    if agent is None:
        raise Forbidden(_("You do not take work; an admin can make you an agent."))
    conversation = open_conversation(
        customer=ended.customer,
        account=ended.account,
        identity=ended.identity,
        topic=ended.topic,
        subject=ended.subject,
        language=ended.language,
        thread_key=ended.thread_key,
        follows=ended,
    )
    start_with(conversation, agent.pk)
    return conversation
