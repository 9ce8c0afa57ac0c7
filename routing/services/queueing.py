"""Into the queue and out of it. The conversation is locked by the caller unless a function takes an id."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.events import (
    EventKind,
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import ConversationState
from routing.models import Agent, Queue, QueueEntry
from routing.profiles import cost_of
from routing.selectors import entry_point_of, last_agent_of, open_entry
from routing.services.dispatching import request_dispatch
from routing.services.freeing import room_came_free
from routing.services.records import end_entry, lock_everybody, revoke_offers
from routing.services.stepping import place_at_step, seconds_brought
from routing.states import Outcome, TargetReason


def enqueue(
    conversation: Conversation,
    queue: Queue,
    *,
    waited_before: float = 0.0,
    target_agent: Agent | None = None,
    target_reason: TargetReason = TargetReason.OWNER,
    note: str = "",
    actor: User | None = None,
) -> QueueEntry:
    """Begin a stay in a queue, at the place that `waited_before` seconds have earned, and dispatch after commit.

    `target_agent` is asked first, for the queue's `wake_seconds`. Raises InvalidTransition.
    """
    in_queue_before = seconds_brought(conversation, queue)
    if conversation.state != ConversationState.QUEUED:  # another queue is no other state
        write_state(conversation, ConversationState.QUEUED)
    entered_at = now()
    entry = QueueEntry(
        conversation=conversation,
        queue=queue,
        channel=conversation.channel,
        entered_at=entered_at,
        waited_before_seconds=waited_before,
        in_queue_before_seconds=in_queue_before,
        cost=cost_of(conversation),
        value=conversation.customer.value,
        target_agent=target_agent,
        target_until=entered_at + timedelta(seconds=queue.wake_seconds) if target_agent else None,
        target_reason=target_reason if target_agent else "",
        last_agent_id=last_agent_of(conversation, queue),
        note=note,
        sent_by=actor,
    )
    place_at_step(entry, conversation)
    entry.save(force_insert=True)
    conversation.team = queue.team
    conversation.owner = target_agent.user if target_agent else None
    record_event(conversation, EventKind.CONVERSATION_QUEUED, actor=actor, queue=queue.name, queue_id=queue.pk)
    save_conversation(conversation, "team", "owner", *STATE_FIELDS)
    request_dispatch(conversation_id=conversation.pk)
    return entry


def queue_of(conversation: Conversation) -> Queue | None:
    """The queue it was in last, else the one its account leads to; None if the account leads nowhere."""
    if conversation.state != ConversationState.NEW:  # which has never waited
        entries = QueueEntry.objects.filter(conversation=conversation)
        last = entries.order_by("-pk").select_related("queue__team").first()
        if last is not None and last.queue.is_active:
            return last.queue
    point = entry_point_of(conversation.account, conversation.topic)
    return point.queue if point else None


@transaction.atomic(durable=True)
def abandon(*, conversation_id: int) -> bool:
    """The waiting customer has gone. Returns False if the conversation no longer waits."""
    conversation = lock_conversation(conversation_id)
    entry = open_entry(conversation)
    if entry is None or conversation.state not in {ConversationState.QUEUED, ConversationState.OFFERED}:
        return False
    agents = lock_everybody(conversation)
    revoke_offers(conversation, agents)
    end_entry(entry, Outcome.ABANDONED)
    write_state(conversation, ConversationState.CLOSED)
    record_event(conversation, EventKind.CONVERSATION_ABANDONED)
    save_conversation(conversation, *STATE_FIELDS)
    for agent in agents.values():
        room_came_free(agent)
    return True
