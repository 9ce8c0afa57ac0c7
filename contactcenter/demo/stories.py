"""Conversations of the past as the services would have left them, all rows of a kind written at once.

A past cannot be lived through by the services, which write the present; the invariants hold for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model

from contactcenter.accounts.models import User
from contactcenter.base.text import fold, preview
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import (
    ChannelAccount,
    Conversation,
    ConversationAccess,
    Event,
    Identity,
    Message,
    Rating,
)
from contactcenter.conversations.states import ConversationState, Delivery, MessageKind, SnoozeReason
from contactcenter.demo.course import DECLINED_SECONDS, MISSED_SECONDS
from routing.models import (
    Agent,
    Assignment,
    Decision,
    Disposition,
    Offer,
    Queue,
    QueueEntry,
    QueueStep,
    SkillGroup,
)
from routing.profiles import cost_of
from routing.states import AssignmentState, OfferState, Outcome

_EVENT_OF = {
    MessageKind.IN: EventKind.MESSAGE_RECEIVED,
    MessageKind.OUT: EventKind.MESSAGE_SENT,
    MessageKind.NOTE: EventKind.NOTE_ADDED,
}
_RETURN_EVENT = {OfferState.EXPIRED: EventKind.OFFER_EXPIRED, OfferState.DECLINED: EventKind.OFFER_DECLINED}
_WRAP_UP = timedelta(seconds=60)


@dataclass
class Book:
    """All rows of all stories, in the order in which foreign keys allow them to be written."""

    conversations: list[Conversation] = field(default_factory=list)
    entries: list[QueueEntry] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    accesses: list[ConversationAccess] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    # What an event says of a row that has no key yet.
    _late: list[tuple[dict[str, Any], str, Model]] = field(default_factory=list)

    def say_later(self, data: dict[str, Any], name: str, row: Model) -> None:
        self._late.append((data, name, row))

    def write(self) -> None:
        Conversation.objects.bulk_create(self.conversations)
        QueueEntry.objects.bulk_create(self.entries)
        Offer.objects.bulk_create(self.offers)
        Decision.objects.bulk_create(self.decisions)
        Assignment.objects.bulk_create(self.assignments)
        ConversationAccess.objects.bulk_create(self.accesses)
        Message.objects.bulk_create(self.messages)
        Rating.objects.bulk_create(self.ratings)
        for data, name, row in self._late:
            data[name] = row.pk
        Event.objects.bulk_create(self.events)


class Story:
    """One conversation, told in the order in which it happened; `at` is how far the story has come."""

    def __init__(
        self, book: Book, *, account: ChannelAccount, identity: Identity, topic: str, at: datetime, tags: Sequence[str]
    ) -> None:
        self.book, self.at, self._waited = book, at, 0.0
        self.conversation = Conversation(
            brand=account.brand,
            customer=identity.customer,
            account=account,
            identity=identity,
            channel=account.channel,
            topic=topic,
            language=identity.customer.language,
            tags=list(tags),
            created_at=at,
            last_message_at=at,
        )
        book.conversations.append(self.conversation)
        self._tell(EventKind.CONVERSATION_CREATED, channel=account.channel)

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def _tell(
        self, kind: EventKind, *, actor: User | None = None, late: dict[str, Model] | None = None, **data: Any
    ) -> None:
        conversation = self.conversation
        conversation.event_seq += 1
        for name, row in (late or {}).items():
            self.book.say_later(data, name, row)
        self.book.events.append(
            Event(conversation=conversation, seq=conversation.event_seq, kind=kind, actor=actor, data=data, at=self.at)
        )

    def say(self, kind: MessageKind, text: str, author: User | None = None) -> None:
        """A message or a note."""
        conversation = self.conversation
        self._tell(_EVENT_OF[kind], actor=author)
        is_out = kind == MessageKind.OUT
        self.book.messages.append(
            Message(
                conversation=conversation,
                kind=kind,
                account=conversation.account,
                identity=conversation.identity if kind == MessageKind.IN else None,
                author=author,
                text=text,
                search_text=fold(text),
                delivery=Delivery.READ if is_out else "",
                delivered_at=self.at if is_out else None,
                read_at=self.at if is_out else None,
                seq=conversation.event_seq,
                created_at=self.at,
            )
        )
        if kind == MessageKind.NOTE:
            return
        conversation.last_message_at = self.at
        conversation.last_message_text = preview(text)
        conversation.last_message_kind = kind
        if kind == MessageKind.IN:
            conversation.unread_count += 1
            conversation.waiting_since = conversation.waiting_since or self.at
        else:
            conversation.unread_count, conversation.waiting_since = 0, None

    def enter(self, group: SkillGroup, *, last_agent: Agent | None = None) -> None:
        """Into the queue, with the place that earlier waiting has earned."""
        queue = group.queue
        self.entry = QueueEntry(
            conversation=self.conversation,
            queue=queue,
            group=group,
            channel=self.conversation.channel,
            entered_at=self.at,
            waited_before_seconds=self._waited,
            rank_key=self.at.timestamp() - self._waited,
            cost=cost_of(self.conversation),
            value=self.conversation.customer.value,
            last_agent=last_agent,
        )
        self.book.entries.append(self.entry)
        self.conversation.state = ConversationState.QUEUED
        self.conversation.team = queue.team
        self.conversation.owner = None
        self._tell(EventKind.CONVERSATION_QUEUED, queue=queue.name, queue_id=queue.pk)

    def begin_step(self, step: QueueStep, number: int, group: SkillGroup) -> None:
        """It has waited so long that the queue asks for something else."""
        entry = self.entry
        entry.step, entry.group = step, group
        entry.boost_seconds = max(entry.boost_seconds, float(step.boost_seconds))
        entry.rank_key = entry.entered_at.timestamp() - entry.waited_before_seconds - entry.boost_seconds
        self._tell(EventKind.STEP_BEGUN, number=number, step=step.pk, queue=entry.queue.name)

    def _leave(self, outcome: Outcome) -> None:
        self.entry.left_at, self.entry.outcome = self.at, outcome
        self._waited += (self.at - self.entry.entered_at).total_seconds()

    def _offer(self, agent: Agent, terms: dict[str, Any], cost: int) -> Offer:
        offer = Offer(
            conversation=self.conversation,
            entry=self.entry,
            agent=agent,
            cost=cost,
            created_at=self.at,
            expires_at=self.at + timedelta(seconds=MISSED_SECONDS),
        )
        self.book.offers.append(offer)
        self.book.decisions.append(
            Decision(
                conversation=self.conversation,
                entry=self.entry,
                offer=offer,
                at=self.at,
                group=self.entry.group,
                step=self.entry.step,
                terms=terms,
            )
        )
        self._tell(EventKind.OFFER_CREATED, late={"offer": offer}, agent=str(agent), agent_user=agent.user_id)
        return offer

    def miss(self, agent: Agent, terms: dict[str, Any], cost: int, *, reason: str = "") -> None:
        """Offered and not taken: declined for a reason, or missed."""
        offer = self._offer(agent, terms, cost)
        self.pass_time(DECLINED_SECONDS if reason else MISSED_SECONDS)
        offer.state = OfferState.DECLINED if reason else OfferState.EXPIRED
        offer.answered_at, offer.reason = self.at, reason
        self._tell(
            _RETURN_EVENT[OfferState(offer.state)],
            actor=agent.user if reason else None,
            late={"offer": offer},
            agent=str(agent),
            agent_user=agent.user_id,
            reason=reason,
        )

    def accept(self, agent: Agent, terms: dict[str, Any], cost: int, seconds: float) -> None:
        offer = self._offer(agent, terms, cost)
        self.pass_time(seconds)
        offer.state, offer.answered_at = OfferState.ACCEPTED, self.at
        self._leave(Outcome.ANSWERED)
        self.assignment = Assignment(
            conversation=self.conversation,
            agent=agent,
            queue=self.entry.queue,
            offer=offer,
            channel=self.conversation.channel,
            cost=cost,
            started_at=self.at,
        )
        self.book.assignments.append(self.assignment)
        if not any(row.conversation is self.conversation and row.user == agent.user for row in self.book.accesses[-3:]):
            self.book.accesses.append(
                ConversationAccess(conversation=self.conversation, user=agent.user, granted_at=self.at)
            )
        self.conversation.owner = agent.user
        self._tell(EventKind.OFFER_ACCEPTED, actor=agent.user, agent=str(agent), agent_user=agent.user_id)

    def transfer(self, queue: Queue, note: str) -> None:
        """The agent hands it over; the caller lets it enter the other queue."""
        self._end_assignment(self.at)
        self._tell(
            EventKind.CONVERSATION_TRANSFERRED,
            actor=self.assignment.agent.user,
            target=queue.name,
            note=note,
            agent_user=None,
        )

    def _end_assignment(self, until: datetime) -> None:
        self.assignment.state = AssignmentState.DONE
        self.assignment.handled_until, self.assignment.ended_at = self.at, until

    def close(self, *, disposition: Disposition, note: str, wrap_up_seconds: float) -> None:
        """Closed by its agent, who then wraps up."""
        agent, assignment = self.assignment.agent, self.assignment
        assignment.wrap_up_until = self.at + _WRAP_UP
        self._end_assignment(self.at + timedelta(seconds=wrap_up_seconds))
        assignment.disposition, assignment.wrap_up_note = disposition, note
        who: dict[str, Any] = {"agent": str(agent), "agent_user": agent.user_id}
        self._tell(EventKind.WRAP_UP_STARTED, late={"assignment": assignment}, **who)
        self._end()
        self._tell(EventKind.CONVERSATION_CLOSED, actor=agent.user, by=agent.user.shown_name)
        self.pass_time(wrap_up_seconds)
        self._tell(
            EventKind.WRAP_UP_ENDED,
            actor=agent.user,
            late={"assignment": assignment},
            disposition=str(disposition),
            note=note,
            **who,
        )

    def _end(self) -> None:
        self.conversation.state = ConversationState.CLOSED
        self.conversation.closed_at = self.at
        self.conversation.unread_count, self.conversation.waiting_since = 0, None

    def abandon(self) -> None:
        """The customer left while waiting."""
        self._leave(Outcome.ABANDONED)
        self._end()
        self._tell(EventKind.CONVERSATION_ABANDONED)

    def snooze(self, until: datetime | None) -> None:
        """Put off by its agent, until a time or until the customer writes."""
        self._end_assignment(self.at)
        reason = SnoozeReason.UNTIL if until else SnoozeReason.CUSTOMER
        self.conversation.state = ConversationState.SNOOZED
        self.conversation.snooze_reason, self.conversation.snoozed_until = reason, until
        self._tell(
            EventKind.CONVERSATION_SNOOZED,
            actor=self.assignment.agent.user,
            reason=reason.value,
            until=until.isoformat() if until else None,
        )

    def rate(self, score: int, comment: str) -> None:
        self.book.ratings.append(Rating(conversation=self.conversation, score=score, comment=comment, at=self.at))
        self._tell(EventKind.RATING_GIVEN, score=score, comment=comment)
