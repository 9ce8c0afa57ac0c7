"""Reading the unified model: who sees which conversations, lists, timelines, search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import (
    Attachment,
    BlockedAddress,
    ChannelAccount,
    ConsentEntry,
    Conversation,
    ConversationAccess,
    Customer,
    CustomerMerge,
    Draft,
    Event,
    Identity,
    MatchProposal,
    Mention,
    Message,
    Participant,
    Record,
    ScheduledReply,
    Tag,
)
from contactcenter.conversations.states import MessageKind

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """What decides who sees a conversation: the in-memory twin of `visible_conversations`."""

    brand_id: int
    team_id: int | None
    owner_id: int | None
    user_ids: frozenset[int]


def visible_conversations(viewer: Viewer) -> QuerySet[Conversation]:
    """Admins see all, supervisors their brands, agents their teams' work and what they themselves handled or own."""
    if viewer.is_admin:
        return Conversation.objects.all()
    mine = Conversation.objects.filter(brand__in=viewer.brand_ids)
    if viewer.is_supervisor:
        return mine
    access = ConversationAccess.objects.filter(conversation=OuterRef("pk"), user=viewer.user_id)
    return mine.filter(Q(team__in=viewer.team_ids) | Q(owner=viewer.user_id) | Exists(access))


def audience_of(conversation: Conversation, *, user_ids: Iterable[int] | None = None) -> Audience:
    """`user_ids` are those let in by name, where they are known."""
    if user_ids is None:
        user_ids = conversation.accesses.values_list("user_id", flat=True)
    return Audience(
        brand_id=conversation.brand_id,
        team_id=conversation.team_id,
        owner_id=conversation.owner_id,
        user_ids=frozenset(user_ids),
    )


def sees(viewer: Viewer, audience: Audience) -> bool:
    """Whether `visible_conversations(viewer)` holds the conversation of this audience."""
    if viewer.is_admin:
        return True
    if audience.brand_id not in viewer.brand_ids:
        return False
    if viewer.is_supervisor or audience.team_id in viewer.team_ids:
        return True
    return viewer.user_id == audience.owner_id or viewer.user_id in audience.user_ids


def visible_messages(viewer: Viewer) -> QuerySet[Message]:
    return Message.objects.filter(conversation__in=visible_conversations(viewer))


def visible_events(viewer: Viewer) -> QuerySet[Event]:
    return Event.objects.filter(conversation__in=visible_conversations(viewer))


def visible_participants(viewer: Viewer) -> QuerySet[Participant]:
    return Participant.objects.filter(conversation__in=visible_conversations(viewer))


def visible_attachments(viewer: Viewer) -> QuerySet[Attachment]:
    return Attachment.objects.filter(conversation__in=visible_conversations(viewer))


def visible_drafts(viewer: Viewer) -> QuerySet[Draft]:
    """One's own, in conversations that one still sees."""
    return Draft.objects.filter(user=viewer.user_id, conversation__in=visible_conversations(viewer))


def visible_scheduled_replies(viewer: Viewer) -> QuerySet[ScheduledReply]:
    """One's own, in conversations that one still sees."""
    return ScheduledReply.objects.filter(author=viewer.user_id, conversation__in=visible_conversations(viewer))


def visible_mentions(viewer: Viewer) -> QuerySet[Mention]:
    """Where the viewer was named."""
    return Mention.objects.filter(user=viewer.user_id, message__conversation__in=visible_conversations(viewer))


def visible_customers(viewer: Viewer) -> QuerySet[Customer]:
    """Customers of the viewer's brands: history follows the person, so any agent of the brand may look them up."""
    live = Customer.objects.filter(merged_into=None)
    return live if viewer.is_admin else live.filter(brand__in=viewer.brand_ids)


def visible_identities(viewer: Viewer) -> QuerySet[Identity]:
    return Identity.objects.filter(customer__in=visible_customers(viewer))


def visible_records(viewer: Viewer) -> QuerySet[Record]:
    return Record.objects.filter(customer__in=visible_customers(viewer))


def visible_consents(viewer: Viewer) -> QuerySet[ConsentEntry]:
    return ConsentEntry.objects.filter(customer__in=visible_customers(viewer))


def visible_match_proposals(viewer: Viewer) -> QuerySet[MatchProposal]:
    """Undecided, between two who are both still there."""
    live = visible_customers(viewer)
    return MatchProposal.objects.filter(customer__in=live, other__in=live, decided_at=None)


def visible_customer_merges(viewer: Viewer) -> QuerySet[CustomerMerge]:
    """Those that stand, of customers who are still there."""
    return CustomerMerge.objects.filter(kept__in=visible_customers(viewer), undone_at=None)


def visible_accounts(viewer: Viewer) -> QuerySet[ChannelAccount]:
    return (
        ChannelAccount.objects.all() if viewer.is_admin else ChannelAccount.objects.filter(brand__in=viewer.brand_ids)
    )


def offered_tags(viewer: Viewer) -> QuerySet[Tag]:
    """The tags that admins have made for the viewer's brands."""
    tags = Tag.objects.filter(is_active=True).order_by(Lower("name"))
    return tags if viewer.is_admin else tags.filter(Q(brand=None) | Q(brand__in=viewer.brand_ids))


def visible_blocked_addresses(viewer: Viewer) -> QuerySet[BlockedAddress]:
    blocked = BlockedAddress.objects.filter(lifted_at=None)
    return blocked if viewer.is_admin else blocked.filter(brand__in=viewer.brand_ids)


def list_page(
    rows: QuerySet[Conversation], *, before: tuple[datetime, int] | None = None, size: int = PAGE
) -> list[Conversation]:
    """The newest `size` conversations older than the cursor (last_message_at, id), ready to be shown."""
    if before is not None:
        moment, pk = before
        rows = rows.filter(Q(last_message_at__lt=moment) | Q(last_message_at=moment, pk__lt=pk))
    related = rows.select_related("customer", "account", "owner", "brand", "team")
    return list(related.order_by("-last_message_at", "-pk")[:size])


def last_deliveries(conversation_ids: Sequence[int]) -> dict[int, str]:
    """What became of the last message to the customer, for rows that have been looked up."""
    if not conversation_ids:
        return {}
    sent = Message.objects.filter(conversation=OuterRef("pk"), kind=MessageKind.OUT).order_by("-seq")
    rows = Conversation.objects.filter(pk__in=conversation_ids).annotate(sent=Subquery(sent.values("delivery")[:1]))
    return {pk: delivery or "" for pk, delivery in rows.values_list("pk", "sent")}


def timeline_page(
    conversations: QuerySet[Conversation], *, before_id: int | None = None, size: int = PAGE
) -> list[Message]:
    """The newest `size` messages of these conversations older than `before_id`, oldest first."""
    rows = Message.objects.filter(conversation__in=conversations)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    page = rows.select_related("author", "identity", "account").prefetch_related(Prefetch("attachments"))
    return list(reversed(page.order_by("-pk")[:size]))
