"""What can happen to a conversation, and the one way to write it down."""

from __future__ import annotations

from datetime import datetime
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
    STEP_BEGUN = "step.begun", _("Step {number} of {queue} began")
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
    CONVERSATION_MERGED = "conversation.merged", _("{actor} merged it into another conversation")
    CONVERSATION_JOINED = "conversation.joined", _("{actor} merged another conversation into this one")
    CONVERSATION_UNMERGED = "conversation.unmerged", _("{actor} took the merge back")
    CONVERSATION_SPLIT = "conversation.split", _("{actor} moved messages to a conversation of their own")
    CONVERSATION_SPLIT_OFF = "conversation.split_off", _("{actor} split this off an earlier conversation")
    MESSAGE_RECEIVED = "message.received", _("Message from the customer")
    MESSAGE_SENT = "message.sent", _("Message to the customer")
    MESSAGE_DELIVERY = "message.delivery", _("Delivery changed")
    # Edited, deleted, hidden, reacted to; or a file of it has come.
    MESSAGE_CHANGED = "message.changed", _("Message changed")
    NOTE_ADDED = "note.added", _("Note")
    SYSTEM_ADDED = "system.added", _("System message")
    ANSWER_NOT_NEEDED = "answer.not_needed", _("{actor} said that no answer is needed")
    CONVERSATION_READ = "conversation.read", _("Read by {actor}")
    CONVERSATION_UNREAD = "conversation.unread", _("Marked unread by {actor}")
    OFFER_CREATED = "offer.created", _("Offered to {agent}")
    OFFER_ACCEPTED = "offer.accepted", _("{agent} accepted")
    OFFER_DECLINED = "offer.declined", _("{agent} declined: {reason}")
    OFFER_EXPIRED = "offer.expired", _("{agent} did not answer")
    OFFER_REVOKED = "offer.revoked", _("The offer to {agent} was withdrawn")
    CONSULT_REQUESTED = "consult.requested", _("{actor} asked {agent} for advice")
    CONSULT_STARTED = "consult.started", _("{agent} joined as adviser")
    CONSULT_ENDED = "consult.ended", _("{agent} left the consultation")
    CONSULT_CONFERENCE = "consult.conference", _("{agent} takes part: all three talk")
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
    IDENTITY_BLOCKED = "identity.blocked", _("{actor} blocked {address}: {reason}")
    IDENTITY_UNBLOCKED = "identity.unblocked", _("{actor} unblocked {address}")
    CUSTOMER_CHANGED = "customer.changed", _("{actor} changed the customer: {field} “{after}”, was “{before}”")
    CUSTOMER_MERGED = "customer.merged", _("{actor} merged the customer {merged} into {kept}")
    CUSTOMER_UNMERGED = "customer.unmerged", _("{actor} took back the merge of {merged} into {kept}")
    # The same for a conversation whose customer is another one now.
    CUSTOMER_MOVED = "customer.moved", _("Belongs to {customer} now")
    CONSENT_GIVEN = "consent.given", _("{actor} recorded consent: {purpose}")
    CONSENT_WITHDRAWN = "consent.withdrawn", _("{actor} recorded that consent was withdrawn: {purpose}")
    RATING_GIVEN = "rating.given", _("The customer rated it {score} of 5")
    MESSAGE_LEFT = "message.left", _("The customer left this message to be answered later")
    SLA_WARNED = "sla.warned", _("{promise} is due soon")
    SLA_BREACHED = "sla.breached", _("{promise} is overdue")
    CONTACT_LOGGED = "contact.logged", _("{actor} logged this contact")
    WAIT_JOINED = "wait.joined", _("The customer also waits on another channel: one agent takes both")
    WAIT_PARTED = "wait.parted", _("Waits on its own again")
    WAIT_TAKEN_ALONG = "wait.taken_along", _("{agent} got it together with the customer's other conversation")
    WAIT_OVERFLOWED = "wait.overflowed", _("Passed on from {queue} to {target}")
    WAIT_PROMISED = "wait.promised", _("The customer was promised an answer later")
    WAIT_TURNED_AWAY = "wait.turned_away", _("Ended by itself: nobody could answer")
    WAIT_ALERTED = "wait.alerted", _("The supervisors were told that it waits")


def record_event(
    conversation: Conversation, kind: EventKind, *, actor: User | None = None, at: datetime | None = None, **data: Any
) -> Event:
    """Append to the log of a locked conversation and announce it on commit. `at`: it happened before now.

    Raises the number in `conversation.event_seq`; the caller stores it with `save_conversation`.
    """
    event = next_event(conversation, kind, actor=actor, at=at, **data)
    event.save(force_insert=True)
    return event


def next_event(
    conversation: Conversation, kind: EventKind, *, actor: User | None = None, at: datetime | None = None, **data: Any
) -> Event:
    """As `record_event`, but the caller writes the row together with others."""
    assert connection.in_atomic_block, "events are written in the transaction of the change"
    conversation.event_seq += 1
    event = Event(
        conversation=conversation, seq=conversation.event_seq, kind=kind, actor=actor, data=data, at=at or now()
    )
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


def move_event(conversation: Conversation, event: Event) -> Event:
    """Write down in a locked conversation what happened in another one, at its own time; the log there stays as it is.

    Announced by the event that says why it moved.
    """
    conversation.event_seq += 1
    origin = {"moved_from": [event.conversation_id, event.seq]}
    return Event.objects.create(
        conversation=conversation,
        seq=conversation.event_seq,
        kind=event.kind,
        actor=event.actor,
        data={**event.data, **origin},
        at=event.at,
    )


def save_conversation(conversation: Conversation, *fields: str) -> None:
    """Store the named columns of a locked conversation, and always its event number."""
    conversation.save(update_fields=[*fields, "event_seq"])
