"""What can happen to a conversation, and the one way to write it down."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations import realtime
from contactcenter.conversations.models import Conversation, Event


class EventKind(models.TextChoices):
    """Past tense. The label is the line that the timeline shows; `{actor}` and the data fill it."""

    CONVERSATION_CREATED = "conversation.created", _("Conversation started")
    CONVERSATION_QUEUED = "conversation.queued", _("Waiting in {queue}")
    CONVERSATION_CLOSED = "conversation.closed", _("Closed by {actor}")
    CONVERSATION_REOPENED = "conversation.reopened", _("Reopened")
    CONVERSATION_SNOOZED = "conversation.snoozed", _("Snoozed by {actor}")
    CONVERSATION_WOKEN = "conversation.woken", _("Woken")
    CONVERSATION_ABANDONED = "conversation.abandoned", _("The customer left while waiting")
    CONVERSATION_PULLED = "conversation.pulled", _("{actor} took it from the queue")
    CONVERSATION_GIVEN = "conversation.given", _("{actor} gave it to {agent}")
    CONVERSATION_TRANSFERRED = "conversation.transferred", _("{actor} transferred it to {target}")
    CONVERSATION_STARTED = "conversation.started", _("{actor} started the conversation")
    CONVERSATION_CHANGED = "conversation.changed", _("{actor} changed {fields}")
    MESSAGE_RECEIVED = "message.received", _("Message from the customer")
    MESSAGE_SENT = "message.sent", _("Message to the customer")
    MESSAGE_DELIVERY = "message.delivery", _("Delivery changed")
    NOTE_ADDED = "note.added", _("Note")
    SYSTEM_ADDED = "system.added", _("System message")
    CONVERSATION_READ = "conversation.read", _("Read by {actor}")
    OFFER_CREATED = "offer.created", _("Offered to {agent}")
    OFFER_ACCEPTED = "offer.accepted", _("{agent} accepted")
    OFFER_DECLINED = "offer.declined", _("{agent} declined: {reason}")
    OFFER_EXPIRED = "offer.expired", _("{agent} did not answer")
    OFFER_REVOKED = "offer.revoked", _("The offer to {agent} was withdrawn")
    CONSULT_REQUESTED = "consult.requested", _("{actor} asked {agent} for advice")
    CONSULT_STARTED = "consult.started", _("{agent} joined as adviser")
    CONSULT_ENDED = "consult.ended", _("{agent} left the consultation")
    CONSULT_COMPLETED = "consult.completed", _("{actor} handed over to {agent}")
    WRAP_UP_STARTED = "wrap_up.started", _("{agent} wraps up")
    WRAP_UP_ENDED = "wrap_up.ended", _("{agent} finished the wrap-up")
    HANDLING_RESUMED = "handling.resumed", _("{agent} goes on")
    ASSIGNMENT_PAUSED = "assignment.paused", _("Paused for {agent} by other work")
    ASSIGNMENT_RESUMED = "assignment.resumed", _("{agent} is back at it")
    AGENT_LOST = "agent.lost", _("{agent} lost the connection")
    CUSTOMER_LEFT = "customer.left", _("The customer left the page")
    CUSTOMER_RETURNED = "customer.returned", _("The customer is back")
    IDENTITY_CHANGED = "identity.changed", _("Identity changed")


def record_event(conversation: Conversation, kind: EventKind, *, actor: User | None = None, **data: Any) -> Event:
    """Append to the log of a locked conversation and announce it on commit.

    Raises the number in `conversation.event_seq`; the caller stores it with `save_conversation`.
    """
    event = next_event(conversation, kind, actor=actor, **data)
    event.save(force_insert=True)
    return event


def next_event(conversation: Conversation, kind: EventKind, *, actor: User | None = None, **data: Any) -> Event:
    """As `record_event`, but the caller writes the row together with others."""
    assert connection.in_atomic_block, "events are written in the transaction of the change"
    conversation.event_seq += 1
    event = Event(conversation=conversation, seq=conversation.event_seq, kind=kind, actor=actor, data=data, at=now())
    announcement = {
        "topic": f"conversation:{conversation.pk}",
        "conversation": conversation.pk,
        "seq": event.seq,
        "kind": kind.value,
    }
    before = conversation.audience_before
    if before is not None and before != (conversation.team_id, conversation.owner_id):
        announcement["was"] = list(before)
    realtime.announce_on_commit(announcement)
    return event


def save_conversation(conversation: Conversation, *fields: str) -> None:
    """Store the named columns of a locked conversation, and always its event number."""
    conversation.save(update_fields=[*fields, "event_seq"])
