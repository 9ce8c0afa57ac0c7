"""Who has a conversation now, and what the viewer may do with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.console.selectors.lists import WAITING
from contactcenter.console.selectors.pairs import stays_besides
from contactcenter.conversations.models import Conversation, ConversationMerge, Message
from contactcenter.conversations.selectors import visible_messages
from contactcenter.conversations.states import LOGGED_CHANNELS, ConversationState
from routing.models import Agent, Assignment, Offer, QueueEntry
from routing.selectors import open_entry
from routing.services.arriving import can_reopen
from routing.services.merging import UNDO_WINDOW
from routing.states import AssignmentRole, AssignmentState, OfferPurpose, OfferState


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who has a conversation now, and what the viewer may do with it. Services check again."""

    conversation: Conversation
    primary: Assignment | None
    mine: Assignment | None
    advisers: list[Assignment]
    asked: list[Offer]
    entry: QueueEntry | None
    # Where the customer waits besides, as one piece of work.
    besides: list[QueueEntry]
    is_supervisor: bool
    agent: Agent | None
    viewer_id: int
    # Merges that may still be taken back: of others into this one, or of this one into another.
    merges: list[ConversationMerge]
    may_reopen: bool

    @property
    def is_active(self) -> bool:
        return self.conversation.state == ConversationState.ACTIVE

    @property
    def is_handler(self) -> bool:
        return self.mine is not None and self.mine.state == AssignmentState.HANDLING

    @property
    def is_primary(self) -> bool:
        return self.is_handler and self.mine is not None and self.mine.role == AssignmentRole.PRIMARY

    @property
    def is_adviser(self) -> bool:
        return self.is_handler and not self.is_primary

    @property
    def wrap_up(self) -> Assignment | None:
        return self.mine if self.mine is not None and self.mine.state == AssignmentState.WRAP_UP else None

    @property
    def can_reply(self) -> bool:
        """An adviser once they take part."""
        return self.is_active and (self.is_primary or self.has_joined or self.is_supervisor)

    @property
    def has_joined(self) -> bool:
        return self.is_adviser and self.mine is not None and self.mine.joined_at is not None

    @property
    def consults(self) -> bool:
        """Whether the viewer is one of those who talk beside the timeline, or waits for the colleague they asked."""
        return self.is_adviser or (self.is_primary and bool(self.advisers or self.asked))

    @property
    def consult_since(self) -> datetime | None:
        """When the first of those beside the agent came: what was said since is shown."""
        return min((adviser.started_at for adviser in self.advisers), default=None)

    @property
    def can_change(self) -> bool:
        """Subject, topic, priority, tags, merging: what nobody has may be sorted by all who see it."""
        is_anothers = self.conversation.owner_id not in {None, self.viewer_id}
        return not self.is_over and (not is_anothers or self.is_supervisor)

    @property
    def can_split(self) -> bool:
        return self.can_change and self.conversation.state != ConversationState.NEW

    @property
    def is_over(self) -> bool:
        return self.conversation.state == ConversationState.CLOSED

    @property
    def can_reopen(self) -> bool:
        return self.may_reopen and (self.agent is not None or self.is_supervisor)

    @property
    def can_follow(self) -> bool:
        """Begin a new one after this, where it may no longer be reopened."""
        ended_for_good = self.is_over and not self.may_reopen and self.conversation.merged_into_id is None
        has_way = self.conversation.channel not in LOGGED_CHANNELS
        return ended_for_good and has_way and self.agent is not None and self.wrap_up is None

    @property
    def can_act(self) -> bool:
        """Transfer, snooze, close."""
        return self.is_active and (self.is_primary or self.is_supervisor)

    @property
    def can_move(self) -> bool:
        """Transfer or close what nobody has taken yet."""
        return self.is_supervisor and self.conversation.state in WAITING

    @property
    def can_consult(self) -> bool:
        return self.is_active and self.is_primary

    @property
    def can_take(self) -> bool:
        return self.agent is not None and self.conversation.state in {*WAITING, ConversationState.SNOOZED}

    @property
    def can_give(self) -> bool:
        return self.is_supervisor and self.conversation.state in {*WAITING, ConversationState.SNOOZED}


def hold_of(viewer: Viewer, agent: Agent | None, conversation: Conversation) -> Hold:
    open_work = Assignment.objects.filter(conversation=conversation).exclude(state=AssignmentState.DONE)
    held = list(open_work.select_related("agent__user", "queue").order_by("started_at"))
    asked = Offer.objects.filter(conversation=conversation, purpose=OfferPurpose.CONSULT, state=OfferState.PENDING)
    handling = [row for row in held if row.state == AssignmentState.HANDLING]
    merges = ConversationMerge.objects.filter(Q(kept=conversation) | Q(merged=conversation), undone_at=None)
    entry = open_entry(conversation)
    return Hold(
        conversation=conversation,
        primary=next((row for row in handling if row.role == AssignmentRole.PRIMARY), None),
        mine=next((row for row in held if row.agent.user_id == viewer.user_id), None),
        advisers=[row for row in handling if row.role == AssignmentRole.CONSULT],
        asked=list(asked.select_related("agent__user")),
        entry=entry,
        besides=stays_besides(viewer, entry),
        is_supervisor=viewer.is_supervisor,
        agent=agent,
        viewer_id=viewer.user_id,
        merges=list(merges.filter(at__gt=now() - UNDO_WINDOW).select_related("kept__account", "merged__account")),
        may_reopen=can_reopen(conversation, now()),
    )


def consult_log(viewer: Viewer, hold: Hold) -> list[Message]:
    """What those beside the timeline have said since the first of the present advisers came."""
    if hold.consult_since is None:
        return []
    said = visible_messages(viewer).filter(
        conversation=hold.conversation, is_consult=True, created_at__gte=hold.consult_since
    )
    return list(said.select_related("author").order_by("seq"))
