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
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import ConversationState
from routing.models import Agent, Decision, Offer, QueueEntry
from routing.services.loads import make_room, offer_seconds, profile_of, refresh_load
from routing.states import OfferPurpose


def tell_agent(agent: Agent, kind: str, **data: Any) -> None:
    realtime.announce_on_commit({"topic": f"user:{agent.user_id}", "kind": kind, **data})


def create_work_offer(
    conversation: Conversation, entry: QueueEntry, agent: Agent, *, terms: dict[str, Any]
) -> Offer | None:
    """Offer a locked, QUEUED conversation to a locked agent; pauses what it may interrupt. None if there is no room."""
    profile = profile_of(entry.channel)
    paused = make_room(agent, entry.channel, profile.cost)
    if paused is None:
        return None
    tell_pauses_on_commit(paused, agent, EventKind.ASSIGNMENT_PAUSED)
    moment = now()
    offer = Offer.objects.create(
        conversation=conversation,
        entry=entry,
        agent=agent,
        purpose=OfferPurpose.WORK,
        cost=profile.cost,
        note=entry.note,
        sent_by=entry.sent_by,
        created_at=moment,
        expires_at=moment + timedelta(seconds=offer_seconds(entry.queue, profile)),
    )
    entry.is_offered = True
    entry.save(update_fields=["is_offered"])
    Decision.objects.create(conversation=conversation, entry=entry, offer=offer, at=moment, terms=terms)
    write_state(conversation, ConversationState.OFFERED)
    record_event(conversation, EventKind.OFFER_CREATED, offer=offer.pk, agent=str(agent), agent_user=agent.user_id)
    save_conversation(conversation, *STATE_FIELDS)
    refresh_load(agent)
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
