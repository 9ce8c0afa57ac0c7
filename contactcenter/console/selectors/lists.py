"""The list: tabs, rows, counters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.selectors import (
    list_page,
    visible_conversations,
)
from contactcenter.conversations.states import ConversationState
from routing.models import Assignment, QueueEntry
from routing.selectors import visible_entries
from routing.states import AssignmentState

TABS = ("mine", "queue", "team", "all")
PAGE = 50
WAITING = frozenset({ConversationState.QUEUED, ConversationState.OFFERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A conversation as the list shows it. What differs by viewer (mine, unread, draft) the browser marks."""

    conversation: Conversation
    # Users whose “Mine” holds it: its owner while open, and whoever still has an assignment of it.
    people: tuple[int, ...]
    entry: QueueEntry | None

    @property
    def tabs(self) -> str:
        """The tabs besides “Mine” that it belongs to."""
        if self.conversation.state == ConversationState.CLOSED:
            return "all"
        return "queue team all" if self.conversation.state in WAITING else "team all"

    @property
    def sort_key(self) -> int:
        return int(self.conversation.last_message_at.timestamp() * 1000)

    @property
    def rank_key(self) -> str:
        return f"{self.entry.rank_key:.3f}" if self.entry is not None else ""


def tab_conversations(viewer: Viewer, tab: str) -> QuerySet[Conversation]:
    """The conversations of a tab; everything a list shows comes from here."""
    rows = visible_conversations(viewer)
    if tab == "all":
        return rows
    if tab == "mine":
        held = Assignment.objects.filter(conversation=OuterRef("pk"), agent__user=viewer.user_id)
        mine = Q(owner=viewer.user_id) & ~Q(state=ConversationState.CLOSED)
        return rows.filter(mine | Exists(held.exclude(state=AssignmentState.DONE)))
    return rows.exclude(state=ConversationState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    rows: list[Row]
    # Where the next page begins; empty on the last one.
    cursor: str = ""


def list_rows(viewer: Viewer, tab: str, cursor: str = "") -> ListPage:
    """A page of a tab: the queue in its own order, everything else newest first. A broken cursor starts over."""
    return _queue_rows(viewer, cursor) if tab == "queue" else _recent_rows(viewer, tab, cursor)


def _recent_rows(viewer: Viewer, tab: str, cursor: str) -> ListPage:
    moment, _, pk = cursor.partition("_")
    try:
        before = (datetime.fromisoformat(moment), int(pk)) if cursor else None
    except ValueError:
        before = None
    found = list_page(tab_conversations(viewer, tab), before=before, size=PAGE + 1)
    shown = found[:PAGE]
    more = f"{shown[-1].last_message_at.isoformat()}_{shown[-1].pk}" if len(found) > PAGE else ""
    return ListPage(rows=rows_of(shown), cursor=more)


def _queue_rows(viewer: Viewer, cursor: str) -> ListPage:
    entries = visible_entries(viewer).filter(left_at=None)
    rank, _, pk = cursor.partition("_")
    try:
        if cursor:
            entries = entries.filter(Q(rank_key__gt=float(rank)) | Q(rank_key=float(rank), pk__gt=int(pk)))
    except ValueError:
        pass
    related = entries.select_related(*(f"conversation__{name}" for name in ("customer", "account", "owner", "team")))
    found = list(related.order_by("rank_key", "pk")[: PAGE + 1])
    shown = found[:PAGE]
    more = f"{shown[-1].rank_key!r}_{shown[-1].pk}" if len(found) > PAGE else ""
    return ListPage(rows=rows_of([entry.conversation for entry in shown]), cursor=more)


def rows_of(conversations: Sequence[Conversation]) -> list[Row]:
    """Rows of these conversations, in their order, with two more queries."""
    ids = [conversation.pk for conversation in conversations]
    people: dict[int, set[int]] = defaultdict(set)
    held = Assignment.objects.filter(conversation__in=ids).exclude(state=AssignmentState.DONE)
    for conversation_id, user_id in held.values_list("conversation_id", "agent__user_id"):
        people[conversation_id].add(user_id)
    waiting = QueueEntry.objects.filter(conversation__in=ids, left_at=None).select_related("queue")
    entries = {entry.conversation_id: entry for entry in waiting}
    for conversation in conversations:
        if conversation.owner_id and conversation.state != ConversationState.CLOSED:
            people[conversation.pk].add(conversation.owner_id)
    return [
        Row(
            conversation=conversation,
            people=tuple(sorted(people[conversation.pk])),
            entry=entries.get(conversation.pk),
        )
        for conversation in conversations
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts beside the tabs and in the top bar: open rows only, never history."""

    mine: int
    waiting: int
    longest_since: datetime | None


def figures_of(viewer: Viewer) -> Figures:
    entries = visible_entries(viewer).filter(left_at=None)
    first = entries.order_by("entered_at").values_list("entered_at", flat=True).first()
    return Figures(mine=tab_conversations(viewer, "mine").count(), waiting=entries.count(), longest_since=first)
