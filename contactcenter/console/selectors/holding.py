"""Who has a conversation now, and what the viewer may do with it."""

from __future__ import annotations

from dataclasses import dataclass

from contactcenter.accounts.selectors import Viewer
from contactcenter.console.selectors.lists import WAITING
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from routing.models import Agent, Assignment, Offer, QueueEntry
from routing.selectors import open_entry
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
    is_supervisor: bool
    agent: Agent | None

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
        return self.is_active and (self.is_handler or self.is_supervisor)

    @property
    def can_act(self) -> bool:
        """Transfer, snooze, close."""
        return self.is_active and (self.is_primary or self.is_supervisor)

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
    return Hold(
        conversation=conversation,
        primary=next((row for row in handling if row.role == AssignmentRole.PRIMARY), None),
        mine=next((row for row in held if row.agent.user_id == viewer.user_id), None),
        advisers=[row for row in handling if row.role == AssignmentRole.CONSULT],
        asked=list(asked.select_related("agent__user")),
        entry=open_entry(conversation),
        is_supervisor=viewer.is_supervisor,
        agent=agent,
    )
