"""What can be merged with a conversation or split off it, as its dialogs show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.selectors import visible_conversations, visible_match_proposals, visible_messages
from contactcenter.conversations.states import LIVE_CHANNELS, ConversationState, MessageKind

MOST = 50
_SAID = (MessageKind.IN, MessageKind.OUT)
_OPEN = Q(
    state__in=[
        ConversationState.QUEUED,
        ConversationState.OFFERED,
        ConversationState.ACTIVE,
        ConversationState.SNOOZED,
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two conversations."""

    conversation: Conversation
    messages: int
    files: int
    since: datetime
    # Waits longer for an answer than the other.
    is_first: bool
    # The customer is there: it cannot be the one that is closed.
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    sides: list[Side]
    kept: Conversation
    since: datetime
    # Two customers write: what speaks for their being one, as it was found.
    has_two_customers: bool
    evidence: list[dict[str, Any]]

    @property
    def merged(self) -> Conversation:
        return next(side.conversation for side in self.sides if side.conversation.pk != self.kept.pk)


def candidates(viewer: Viewer, conversation: Conversation) -> list[Conversation]:
    """Other open conversations of this customer, of those who may be the same, then the newest of the brand."""
    rows = visible_conversations(viewer).filter(_OPEN, brand=conversation.brand_id).exclude(pk=conversation.pk)
    proposals = visible_match_proposals(viewer)
    customer = conversation.customer_id
    same = {
        *proposals.filter(customer=customer).values_list("other", flat=True),
        *proposals.filter(other=customer).values_list("customer", flat=True),
    }
    related = rows.select_related("customer", "account", "owner")
    theirs = list(related.filter(customer=customer).order_by("-last_message_at")[:MOST])
    perhaps = list(related.filter(customer__in=same).order_by("-last_message_at")[:MOST])
    others = related.exclude(customer__in={*same, customer}).order_by("-last_message_at")
    return [*theirs, *perhaps, *others[:MOST]]


def pair_of(viewer: Viewer, conversations: Sequence[Conversation]) -> Pair:
    """Two conversations side by side; kept is the one where the customer is live, else whose turn comes first."""
    sides = _sides(viewer, conversations)
    kept = min(sides, key=lambda side: (not side.is_live, not side.is_first, side.conversation.pk)).conversation
    first, second = (side.conversation.customer_id for side in sides)
    proposals = visible_match_proposals(viewer).filter(customer__in=[first, second], other__in=[first, second])
    return Pair(
        sides=sides,
        kept=kept,
        since=min(side.conversation.waiting_since or side.since for side in sides),
        has_two_customers=first != second,
        evidence=[proposal.evidence for proposal in proposals],
    )


def _sides(viewer: Viewer, conversations: Sequence[Conversation]) -> list[Side]:
    waiting = [row.waiting_since for row in conversations if row.waiting_since is not None]
    sides = []
    for row in conversations:
        said = visible_messages(viewer).filter(conversation=row, kind__in=_SAID)
        counts = said.aggregate(messages=Count("pk", distinct=True), files=Count("attachments", distinct=True))
        sides.append(
            Side(
                conversation=row,
                messages=counts["messages"],
                files=counts["files"],
                since=row.created_at,
                is_first=bool(waiting) and row.waiting_since == min(waiting),
                is_live=row.channel in LIVE_CHANNELS and row.customer_left_at is None,
            )
        )
    return sides


def splittable(viewer: Viewer, conversation: Conversation) -> list[Message]:
    """The messages from which on a conversation can be split: all but its first, the newest last."""
    rows = visible_messages(viewer).filter(conversation=conversation).exclude(kind=MessageKind.SYSTEM)
    newest = list(rows.select_related("author").prefetch_related("attachments").order_by("-seq")[: MOST + 1])
    first = rows.order_by("seq").values_list("pk", flat=True).first()
    return [message for message in reversed(newest) if message.pk != first]
