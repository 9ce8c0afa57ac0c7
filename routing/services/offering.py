"""Making an offer to a locked agent, and telling those whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from contactcenter.base.clock import now
from contactcenter.conversations import realtime
from contactcenter.conversations.events import (
    EventKind,
    next_event,
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import ConversationState
from contactcenter.conversations.writing import IdOf, write_together
from routing.models import Agent, Decision, Offer, QueueEntry
from routing.profiles import profile_of
from routing.services.loads import LOAD_FIELDS, add_load, make_room, offer_seconds
from routing.states import OfferPurpose


def tell_agent(agent: Agent, kind: str, **data: Any) -> None:
    realtime.announce_on_commit({"topic": f"user:{agent.user_id}", "kind": kind, **data})


def create_work_offer(
    conversation: Conversation, entry: QueueEntry, agent: Agent, *, terms: dict[str, Any]
) -> Offer | None:
    """Offer a locked, QUEUED conversation to a locked agent; pauses what it may interrupt. None if there is no room."""
    paused = make_room(agent, entry.channel, entry.cost)
    if paused is None:
        return None
    tell_pauses_on_commit(paused, agent, EventKind.ASSIGNMENT_PAUSED)
    moment = now()
    offer = Offer(
        conversation=conversation,
        entry=entry,
        agent=agent,
        purpose=OfferPurpose.WORK,
        cost=entry.cost,
        note=entry.note,
        sent_by=entry.sent_by,
        created_at=moment,
        expires_at=moment + timedelta(seconds=offer_seconds(entry.queue, profile_of(entry.channel))),
    )
    entry.is_offered = True
    decision = Decision(
        conversation=conversation,
        entry=entry,
        offer=offer,
        at=moment,
        group_id=entry.group_id,
        step_id=entry.step_id,
        terms=terms,
    )
    write_state(conversation, ConversationState.OFFERED)
    event = next_event(
        conversation, EventKind.OFFER_CREATED, offer=IdOf(offer), agent=str(agent), agent_user=agent.user_id
    )
    add_load(agent, offer.cost, moment)
    write_together(
        [offer, decision, event],
        [
            (entry, ("is_offered", "cost")),
            (conversation, (*STATE_FIELDS, "event_seq")),
            (agent, LOAD_FIELDS),
        ],
    )
    tell_agent(agent, "offer.changed", offer=offer.pk)
    return offer


def tell_pauses_on_commit(conversation_ids: Sequence[int], agent: Agent, kind: EventKind) -> None:
    """Log that work was paused or resumed, each in a transaction of its own: the event needs the conversation's
    lock, which may not follow the agent's."""

    def tell() -> None:
        for conversation_id in conversation_ids:
            with transaction.atomic(durable=True):
                conversation = lock_conversation(conversation_id)
                record_event(conversation, kind, agent=str(agent), agent_user=agent.user_id)
                save_conversation(conversation)

    if conversation_ids:
        transaction.on_commit(tell, robust=True)
