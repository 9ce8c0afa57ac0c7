"""A customer's message has been added to a conversation: where the conversation goes now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.events import (
    EventKind,
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import (
    CONVERSATION_RANK,
    is_locked,
    lock_conversation,
)
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import LOGGED_CHANNELS, ConversationState, InvalidTransition
from routing.locking import lock_agent
from routing.models import Agent, AgentPresence, Assignment, Queue
from routing.profiles import cost_of
from routing.selectors import waited_seconds
from routing.services.loads import has_room
from routing.services.queueing import enqueue, queue_of
from routing.services.records import begin_assignment, resume_wrap_up
from routing.states import AgentState, AssignmentRole, AssignmentState


class NoEntryPoint(Exception):
    """The account leads to no queue: a mistake in the set-up, which admin shows; the message is kept."""


def last_wrap_up(conversation: Conversation) -> Assignment | None:
    """The last primary assignment while its wrap-up still runs."""
    rows = Assignment.objects.filter(conversation=conversation, role=AssignmentRole.PRIMARY)
    last = rows.order_by("-started_at", "-pk").select_related("agent").first()
    return last if last is not None and last.state == AssignmentState.WRAP_UP else None


def can_reopen(conversation: Conversation, at: datetime) -> bool:
    """Inside the account's window, or while the last assignment is in wrap-up. Later: a new conversation.

    What was merged goes on in the other one; what was logged by hand has no way to go on.
    """
    if conversation.state != ConversationState.CLOSED or conversation.closed_at is None:
        return False
    if conversation.merged_into_id is not None or conversation.channel in LOGGED_CHANNELS:
        return False
    return at < conversation.closed_at + conversation.account.reopen_window or last_wrap_up(conversation) is not None


def customer_wrote(conversation: Conversation) -> None:
    """Route a locked conversation whose customer has just written.

    Raises NoEntryPoint, with nothing changed, and InvalidTransition for one that may no longer be reopened.
    """
    assert is_locked(CONVERSATION_RANK, conversation.pk)
    state = conversation.state
    if state == ConversationState.NEW:
        enqueue(conversation, _require_queue(conversation))
    elif state == ConversationState.SNOOZED:
        _wake(conversation)
    elif state == ConversationState.CLOSED:
        reopen_to_owner(conversation)


def _require_queue(conversation: Conversation) -> Queue:
    queue = queue_of(conversation)
    if queue is None:
        raise NoEntryPoint(f"account {conversation.account_id} has no entry point for topic {conversation.topic!r}")
    return queue


def reopen_to_owner(conversation: Conversation, *, actor: User | None = None) -> None:
    """CLOSED -> ACTIVE with whoever had it, or QUEUED. Raises NoEntryPoint, InvalidTransition."""
    if not can_reopen(conversation, now()):
        raise InvalidTransition("its time to be reopened is over: the message begins a new conversation")
    owner, queue = _owner_and_queue(conversation)
    wrap_up = last_wrap_up(conversation)
    conversation.reopened_count += 1
    record_event(conversation, EventKind.CONVERSATION_REOPENED, actor=actor)
    save_conversation(conversation, "reopened_count")
    # Not the wrap-up of somebody who had handed it over before it was closed, nor of somebody who has gone.
    if wrap_up is not None and owner is not None and wrap_up.agent_id == owner.pk:
        agent = lock_agent(owner.pk)
        if agent.state != AgentState.OFFLINE:
            resume_wrap_up(wrap_up)
            _handled_by(conversation, agent)
            return
    _to_owner_or_queue(conversation, owner, queue, waited=0.0)


def _wake(conversation: Conversation) -> None:
    owner, queue = _owner_and_queue(conversation)
    waited = waited_seconds(conversation, now())
    record_event(conversation, EventKind.CONVERSATION_WOKEN)
    save_conversation(conversation)
    _to_owner_or_queue(conversation, owner, queue, waited=waited)


def _owner_and_queue(conversation: Conversation) -> tuple[Agent | None, Queue | None]:
    """Who may get it back, and where it waits otherwise. Raises NoEntryPoint if there is neither."""
    owner = Agent.objects.filter(user__is_active=True, user=conversation.owner_id).first()
    return owner, queue_of(conversation) if owner is not None else _require_queue(conversation)


def _to_owner_or_queue(conversation: Conversation, owner: Agent | None, queue: Queue | None, *, waited: float) -> None:
    """To the owner at once if they are there with room; else they are asked first, then the queue."""
    if owner is not None:
        agent = lock_agent(owner.pk)
        if queue is None or _takes(agent, conversation):
            begin_assignment(conversation, agent, queue=queue)
            _handled_by(conversation, agent)
            return
    assert queue is not None
    enqueue(conversation, queue, waited_before=waited, target_agent=owner)


def _handled_by(conversation: Conversation, agent: Agent) -> None:
    conversation.owner = agent.user
    write_state(conversation, ConversationState.ACTIVE)
    record_event(conversation, EventKind.HANDLING_RESUMED, agent=str(agent), agent_user=agent.user_id)
    save_conversation(conversation, "owner", *STATE_FIELDS)


def _takes(agent: Agent, conversation: Conversation) -> bool:
    """Whether a locked agent is routable for this conversation."""
    return (
        agent.state == AgentState.AVAILABLE
        and not agent.next_state
        and conversation.channel not in agent.off_channels
        and has_room(agent, cost_of(conversation))
        and AgentPresence.objects.filter(agent=agent, seen_until__gt=now()).exists()
    )


@transaction.atomic(durable=True)
def wake_due(*, conversation_id: int) -> bool:
    """The time of a snooze has come. Returns False if it was woken or moved before."""
    conversation = lock_conversation(conversation_id)
    until = conversation.snoozed_until
    if conversation.state != ConversationState.SNOOZED or until is None or until > now():
        return False
    _wake(conversation)
    return True
