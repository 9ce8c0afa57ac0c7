"""Reading the unified model: who sees which conversations, lists, timelines, search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.text import fold
from contactcenter.conversations.models import (
    Attachment,
    BlockedAddress,
    ChannelAccount,
    ConsentEntry,
    Conversation,
    ConversationAccess,
    Customer,
    Draft,
    Event,
    Identity,
    MatchProposal,
    Message,
    Participant,
    Record,
)
from contactcenter.conversations.states import ConversationState

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
    return MatchProposal.objects.filter(customer__in=visible_customers(viewer), decided_at=None)


def visible_accounts(viewer: Viewer) -> QuerySet[ChannelAccount]:
    return (
        ChannelAccount.objects.all() if viewer.is_admin else ChannelAccount.objects.filter(brand__in=viewer.brand_ids)
    )


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


def timeline_page(
    conversations: QuerySet[Conversation], *, before_id: int | None = None, size: int = PAGE
) -> list[Message]:
    """The newest `size` messages of these conversations older than `before_id`, oldest first."""
    rows = Message.objects.filter(conversation__in=conversations)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    page = rows.select_related("author", "identity", "account").prefetch_related(Prefetch("attachments"))
    return list(reversed(page.order_by("-pk")[:size]))


def find_open_conversation(*, customer: Customer, account: ChannelAccount, thread_key: str = "") -> Conversation | None:
    """The conversation that a new message of this customer on this account continues."""
    rows = Conversation.objects.filter(customer=customer, account=account).exclude(state=ConversationState.CLOSED)
    return rows.filter(thread_key=thread_key).order_by("-pk").first()


def find_last_closed(*, customer: Customer, account: ChannelAccount, thread_key: str = "") -> Conversation | None:
    rows = Conversation.objects.filter(customer=customer, account=account, state=ConversationState.CLOSED)
    return rows.filter(thread_key=thread_key).order_by("-closed_at", "-pk").first()


def search_customers(viewer: Viewer, query: str, *, size: int = 20) -> list[Customer]:
    """By name, address or record number, without accents and with typos: best first."""
    words = fold(query)
    if len(words) < 2:
        return []
    found = visible_customers(viewer).filter(
        Q(search_text__contains=words) | Q(search_text__trigram_word_similar=words)
    )
    ranked = found.annotate(likeness=TrigramWordSimilarity(words, "search_text")).select_related("brand")
    return list(ranked.order_by("-likeness", "-pk")[:size])


def search_messages(viewer: Viewer, query: str, *, size: int = 20) -> list[Message]:
    """Messages that hold the words or nearly: likeness first, then the newest."""
    words = fold(query)
    if len(words) < 3:
        return []
    found = visible_messages(viewer).filter(Q(search_text__contains=words) | Q(search_text__trigram_word_similar=words))
    ranked = found.annotate(likeness=TrigramWordSimilarity(words, "search_text"))
    related = ranked.select_related("conversation__customer", "author")
    return list(related.order_by("-likeness", "-pk")[:size])
