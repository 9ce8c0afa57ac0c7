"""Search over customers, conversations, messages and records: without accents, with typos, by keyset pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, Exists, F, IntegerField, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.text import fold
from contactcenter.conversations.models import Conversation, Customer, Message, Record
from contactcenter.conversations.selectors import (
    visible_conversations,
    visible_customers,
    visible_messages,
    visible_records,
)
from contactcenter.conversations.states import ConversationState

PAGE = 20
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for, and among what. `state` is "open", "closed" or empty; `until` is exclusive."""

    text: str
    channel: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def words(self) -> str:
        return fold(self.text)

    @property
    def is_filtered(self) -> bool:
        return bool(self.channel or self.state or self.since or self.until)


# The last row of a page: how well it matched, and its id.
Cursor = tuple[int, int]


def _alike(field: str, words: str) -> Q:
    """How alike is enough stands in the database's options (settings)."""
    return Q(**{f"{field}__contains": words}) | Q(**{f"{field}__trigram_word_similar": words})


def _rank(field: str, words: str) -> Case:
    """1000 where the words stand as they are, else how alike they are; whole, so that pages can begin at it."""
    likeness = Cast(TrigramWordSimilarity(words, field) * 999, IntegerField())
    return Case(When(**{f"{field}__contains": words}, then=Value(1000)), default=likeness)


def _page(rows: QuerySet[_Row], rank: Any, after: Cursor | None, size: int) -> list[_Row]:
    """Best first, then the newest. One row more than asked for says that there is a next page."""
    ranked: QuerySet[Any, Any] = rows.annotate(rank=rank)
    if after is not None:
        best, pk = after
        ranked = ranked.filter(Q(rank__lt=best) | Q(rank=best, pk__lt=pk))
    return list(ranked.order_by("-rank", "-pk")[:size])


def _in_filter(rows: QuerySet[Conversation], search: Search) -> QuerySet[Conversation]:
    if search.channel:
        rows = rows.filter(channel=search.channel)
    if search.state:
        closed = Q(state=ConversationState.CLOSED)
        rows = rows.filter(closed if search.state == "closed" else ~closed)
    return rows


def _between(rows: QuerySet[_Row], search: Search, field: str) -> QuerySet[_Row]:
    if search.since:
        rows = rows.filter(**{f"{field}__gte": search.since})
    if search.until:
        rows = rows.filter(**{f"{field}__lt": search.until})
    return rows


def search_customers(
    viewer: Viewer, search: Search, *, after: Cursor | None = None, size: int = PAGE
) -> list[Customer]:
    """By name, address or record number. With a filter, those who have such a conversation."""
    words = search.words
    if len(words) < 2:
        return []
    rows = visible_customers(viewer).filter(_alike("search_text", words))
    if search.is_filtered:
        theirs = visible_conversations(viewer).filter(customer=OuterRef("pk"))
        rows = rows.filter(Exists(_between(_in_filter(theirs, search), search, "last_message_at")))
    return _page(rows.select_related("brand"), _rank("search_text", words), after, size)


def search_messages(viewer: Viewer, search: Search, *, after: Cursor | None = None, size: int = PAGE) -> list[Message]:
    """Messages and notes that hold the words, or nearly."""
    words = search.words
    if len(words) < 3:
        return []
    rows = visible_messages(viewer).filter(_alike("search_text", words))
    if search.channel or search.state:
        rows = rows.filter(conversation__in=_in_filter(visible_conversations(viewer), search))
    rows = _between(rows, search, "created_at").select_related("conversation__customer", "author")
    return _page(rows, _rank("search_text", words), after, size)


def search_conversations(
    viewer: Viewer, search: Search, *, after: Cursor | None = None, size: int = PAGE
) -> list[Conversation]:
    """By number, subject or tag, and whatever finds the customer: the newest first."""
    words = search.words
    if len(words) < 2:
        return []
    rows = visible_conversations(viewer)
    customers = visible_customers(viewer).filter(_alike("search_text", words))
    found = (
        Q(customer__in=customers.values("pk")) | Q(subject__icontains=search.text.strip()) | Q(tags__contains=[words])
    )
    number = words.removeprefix("#")
    exact = Q(pk=int(number)) if number.isascii() and number.isdecimal() and len(number) < 18 else Q(pk=None)
    rows = _between(_in_filter(rows.filter(found | exact), search), search, "last_message_at")
    rank = Case(When(exact, then=Value(1000)), default=Value(0), output_field=IntegerField())
    return _page(rows.select_related("customer", "account", "owner"), rank, after, size)


def search_records(viewer: Viewer, search: Search, *, after: Cursor | None = None, size: int = PAGE) -> list[Record]:
    """Orders, invoices and the like by number, title or customer. Channel and state are not theirs."""
    words = search.words
    if len(words) < 2 or search.channel or search.state:
        return []
    text = search.text.strip()
    by_title = Q(title__icontains=text) | Q(title__trigram_word_similar=words)
    customers = visible_customers(viewer).filter(_alike("search_text", words))
    rows = visible_records(viewer).filter(
        Q(external_id__icontains=text) | by_title | Q(customer__in=customers.values("pk"))
    )
    rank = Case(
        When(external_id__iexact=text, then=Value(1000)),
        When(external_id__icontains=text, then=Value(900)),
        When(title__icontains=text, then=Value(800)),
        default=Cast(TrigramWordSimilarity(words, F("customer__search_text")) * 700, IntegerField()),
    )
    return _page(_between(rows, search, "occurred_at").select_related("customer"), rank, after, size)
