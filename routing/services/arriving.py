"""A customer's message has been added to a conversation: where the conversation goes now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

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
from contactcenter.conversations.states import ConversationState
from routing.locking import lock_agent
from routing.models import Agent, Assignment, Queue
from routing.services.loads import has_room, profile_of, refresh_load
from routing.services.queueing import enqueue, queue_of
from routing.services.records import begin_assignment
from routing.states import AgentState, AssignmentRole, AssignmentState


class NoEntryPoint(Exception):
    """The account leads to no queue: a mistake in the set-up, which admin shows; the message is kept."""


def last_wrap_up(conversation: Conversation) -> Assignment | None:
    """The last primary assignment while its wrap-up still runs."""
    rows = Assignment.objects.filter(conversation=conversation, role=AssignmentRole.PRIMARY)
    last = rows.order_by("-started_at", "-pk").select_related("agent").first()
    return last if last is not None and last.state == AssignmentState.WRAP_UP else None


def can_reopen(conversation: Conversation, at: datetime) -> bool:
    """Inside the account's window, or while the last assignment is in wrap-up. Later: a new conversation."""
    if conversation.state != ConversationState.CLOSED or conversation.closed_at is None:
        return False
    return at < conversation.closed_at + conversation.account.reopen_window or last_wrap_up(conversation) is not None


def customer_wrote(conversation: Conversation) -> None:
    """Route a locked conversation whose customer has just written. Raises NoEntryPoint."""
    assert is_locked(CONVERSATION_RANK, conversation.pk)
    state = conversation.state
    if state == ConversationState.NEW:
        enqueue(conversation, _queue(conversation))
    elif state == ConversationState.SNOOZED:
        _wake(conversation)
    elif state == ConversationState.CLOSED:
        _reopen(conversation)


def _queue(conversation: Conversation) -> Queue:
    queue = queue_of(conversation)
    if queue is None:
        raise NoEntryPoint(f"account {conversation.account_id} has no entry point for topic {conversation.topic!r}")
    return queue


def _reopen(conversation: Conversation) -> None:
    wrap_up = last_wrap_up(conversation)
    conversation.reopened_count += 1
    record_event(conversation, EventKind.CONVERSATION_REOPENED)
    save_conversation(conversation, "reopened_count")
    if wrap_up is not None:
        agent = lock_agent(wrap_up.agent_id)
        wrap_up.state = AssignmentState.HANDLING
        wrap_up.handled_until = None
        wrap_up.wrap_up_until = None
        wrap_up.save(update_fields=["state", "handled_until", "wrap_up_until"])
        conversation.owner = agent.user
        write_state(conversation, ConversationState.ACTIVE)
        record_event(conversation, EventKind.HANDLING_RESUMED, agent=str(agent), agent_user=agent.user_id)
        save_conversation(conversation, "owner", *STATE_FIELDS)
        return
    _to_owner_or_queue(conversation)


def _wake(conversation: Conversation) -> None:
    record_event(conversation, EventKind.CONVERSATION_WOKEN)
    save_conversation(conversation)
    _to_owner_or_queue(conversation)


def _to_owner_or_queue(conversation: Conversation) -> None:
    """To the owner at once if they are there with room; else they are asked first, then the queue."""
    owner = (
        Agent.objects.filter(user=conversation.owner_id, user__is_active=True).first()
        if conversation.owner_id
        else None
    )
    queue = queue_of(conversation)
    if owner is None:
        enqueue(conversation, _queue(conversation))
        return
    if _is_there(owner, conversation) or queue is None:
        agent = lock_agent(owner.pk)
        refresh_load(agent)
        if queue is None or (
            agent.state == AgentState.AVAILABLE and has_room(agent, profile_of(conversation.channel).cost)
        ):
            begin_assignment(conversation, agent, queue=queue)
            write_state(conversation, ConversationState.ACTIVE)
            record_event(conversation, EventKind.HANDLING_RESUMED, agent=str(agent), agent_user=agent.user_id)
            save_conversation(conversation, "owner", *STATE_FIELDS)
            return
    enqueue(conversation, queue, target_agent=owner)


def _is_there(agent: Agent, conversation: Conversation) -> bool:
    there = Agent.objects.filter(pk=agent.pk, state=AgentState.AVAILABLE, next_state="", presence__seen_until__gt=now())
    return there.exclude(off_channels__contains=[conversation.channel]).exists()


@transaction.atomic(durable=True)
def wake_due(*, conversation_id: int) -> bool:
    """The time of a snooze has come. Returns False if it was woken or moved before."""
    conversation = lock_conversation(conversation_id)
    until = conversation.snoozed_until
    if conversation.state != ConversationState.SNOOZED or until is None or until > now():
        return False
    _wake(conversation)
    return True
