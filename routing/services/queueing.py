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
from routing.models import Agent, Fallback, Queue, QueueEntry, SkillGroup
from routing.selectors import entry_point_of, open_entry, waited_in
from routing.services.dispatching import request_dispatch
from routing.services.duplicates import request_joining
from routing.services.fallbacks import find_fallback, next_queue, settle
from routing.services.freeing import room_came_free
from routing.services.groups import find_group, requirements_of
from routing.services.preferring import Known, is_routable, known_agent
from routing.services.records import end_entry, lock_everybody, revoke_offers
from routing.states import Outcome, TargetReason

# A step of priority is worth a minute of waiting.
SECONDS_PER_PRIORITY = 60


def enqueue(
    conversation: Conversation,
    queue: Queue,
    *,
    waited_before: float = 0.0,
    target_agent: Agent | None = None,
    note: str = "",
    actor: User | None = None,
) -> QueueEntry:
    """Begin a stay in a queue, at the place that `waited_before` seconds have earned, and dispatch after commit.

    `target_agent` is asked first, for the queue's `wake_seconds`. Where nobody can answer it goes on as the queue's
    fallbacks say; the stay returned is the last one. Raises InvalidTransition.
    """
    if conversation.state != ConversationState.QUEUED:  # another queue is no other state
        write_state(conversation, ConversationState.QUEUED)
    entered_at = now()
    boost = float(conversation.priority * SECONDS_PER_PRIORITY)
    group = find_group(queue, conversation.channel, requirements_of(conversation, queue))
    known = known_agent(conversation, queue)
    target, seconds, reason = _asked_first(
        queue, group, target_agent, known, is_new=actor is None and not waited_before, is_sent=actor is not None
    )
    entry = QueueEntry.objects.create(
        conversation=conversation,
        queue=queue,
        group=group,
        channel=conversation.channel,
        entered_at=entered_at,
        waited_before_seconds=waited_before,
        boost_seconds=boost,
        rank_key=entered_at.timestamp() - waited_before - boost,
        target_agent_id=target,
        target_until=entered_at + timedelta(seconds=seconds) if target else None,
        target_reason=reason,
        last_agent_id=known.agent_id if known else None,
        note=note,
        sent_by=actor,
    )
    conversation.team = queue.team
    conversation.owner = target_agent.user if target_agent else None
    record_event(conversation, EventKind.CONVERSATION_QUEUED, actor=actor, queue=queue.name, queue_id=queue.pk)
    save_conversation(conversation, "team", "owner", *STATE_FIELDS)
    # Before it is offered to anybody: it may be one piece of work with what the customer waits for already.
    request_joining(conversation.customer_id)
    request_dispatch(conversation_id=conversation.pk)
    fallback = find_fallback(entry, is_entering=True)
    return entry if fallback is None else carry_out(conversation, entry, fallback)


def _asked_first(
    queue: Queue, group: SkillGroup, chosen: Agent | None, known: Known | None, *, is_new: bool, is_sent: bool
) -> tuple[int | None, int, str]:
    """(agent, for how many seconds, why): who was chosen by a person or owns the work; else, of new work, whom the
    customer knows, if they would take it now: nobody waits for somebody who is not there."""
    if chosen is not None:
        return chosen.pk, queue.wake_seconds, TargetReason.TRANSFER if is_sent else TargetReason.OWNER
    if is_new and known is not None and queue.last_agent_seconds and is_routable(known, group):
        return known.agent_id, queue.last_agent_seconds, known.reason
    return None, 0, ""


def carry_out(conversation: Conversation, entry: QueueEntry, fallback: Fallback) -> QueueEntry:
    """Pass waiting work on to the other queue, its place kept; without one it is promised or ended.

    Returns its last stay.
    """
    queue = next_queue(conversation, entry, fallback)
    if queue is None:
        settle(conversation, entry, fallback)
        return entry
    end_entry(entry, Outcome.OVERFLOWED, reason=fallback.condition)
    record_event(
        conversation,
        EventKind.WAIT_OVERFLOWED,
        queue=entry.queue.name,
        target=queue.name,
        condition=fallback.condition,
    )
    waited = waited_in(entry, now())
    return enqueue(conversation, queue, waited_before=waited, note=entry.note, actor=entry.sent_by)


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
