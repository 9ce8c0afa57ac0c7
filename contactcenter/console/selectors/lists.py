"""The list: its rows by pages, and the counters beside its tabs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from channels_app.models import ShownThanks
from contactcenter.accounts.selectors import Viewer
from contactcenter.base.prepared import Prepared
from contactcenter.console.selectors.list_query import (
    GROUPS,
    STATE_KEYS,
    TABS,
    WAITING,
    Column,
    ListQuery,
    columns_of,
    filtered,
    found_by,
    in_order,
    tab_conversations,
)
from contactcenter.console.selectors.pairs import channels_besides
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.selectors import last_deliveries
from contactcenter.conversations.states import ConversationState, Delivery, MessageKind, Priority
from routing.clocks import clocks_of, state_of
from routing.models import Assignment, QueueEntry, SLAClock
from routing.selectors import visible_entries
from routing.states import AssignmentState

__all__ = ["TABS", "WAITING", "Figures", "ListPage", "Row", "count_open", "figures_of", "list_rows", "rows_of"]

PAGE = 50
# A counter that reaches this says “99+”.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A conversation as the list shows it. What differs by viewer (mine, group, draft) the browser marks."""

    conversation: Conversation
    # Users whose “Mine” holds it: its owner while open, whoever still has an assignment of it, and the last agent
    # for a while after the customer has thanked them.
    people: tuple[int, ...]
    # Those of them who are wrapping it up.
    wrapping: tuple[int, ...]
    # Its present stay in a queue, and the queue it was in last.
    entry: QueueEntry | None
    queue_id: int | None
    # Channels on which the customer waits besides: one agent takes them together.
    besides: tuple[str, ...] = ()
    # What became of our last word, if the last word is ours.
    delivery: str = ""
    # What the customer has been promised, the next due first.
    promises: Sequence[SLAClock] = ()

    @property
    def tabs(self) -> str:
        """The tabs besides “Mine” that it belongs to."""
        if self.conversation.state == ConversationState.CLOSED:
            return "all"
        return "queue team all" if self.conversation.state in WAITING else "team all"

    @property
    def state_key(self) -> str:
        return STATE_KEYS[ConversationState(self.conversation.state)]

    @property
    def delivery_label(self) -> str:
        return str(Delivery(self.delivery).label)

    @property
    def priority_label(self) -> str:
        known = self.conversation.priority in Priority.values
        return str(Priority(self.conversation.priority).label) if known else str(self.conversation.priority)

    @property
    def tags(self) -> str:
        return json.dumps(self.conversation.tags, ensure_ascii=False)

    @property
    def sort_key(self) -> int:
        return _milliseconds(self.conversation.last_message_at)

    @property
    def waiting_key(self) -> str:
        since = self.conversation.waiting_since
        return str(_milliseconds(since)) if since is not None else ""

    @property
    def clock(self) -> SLAClock | None:
        """The promise to be shown, which is about to be broken, or is."""
        return next((clock for clock in self.promises if clock.warned_at is not None), None)

    @property
    def promise_key(self) -> str:
        return state_of(self.clock, self.conversation).value if self.clock is not None else ""

    @property
    def due_key(self) -> str:
        due_at = self.promises[0].due_at if self.promises else None
        return str(_milliseconds(due_at)) if due_at is not None else ""

    @property
    def rank_key(self) -> str:
        return f"{self.entry.rank_key:.3f}" if self.entry is not None else ""


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: a row, or the heading of a group."""

    row: Row | None = None
    group: int | None = None

    @property
    def heading(self) -> str | None:
        return None if self.group is None else str(GROUPS[self.group])


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    lines: list[Line]
    # Where the next page begins; empty on the last one.
    cursor: str = ""

    @property
    def rows(self) -> list[Row]:
        return [line.row for line in self.lines if line.row is not None]


def list_rows(viewer: Viewer, query: ListQuery, cursor: str = "") -> ListPage:
    """A page of a list, by keyset from stored columns. A broken cursor starts over."""
    columns = columns_of(query)
    rows = in_order(viewer, found_by(viewer, query), query)
    values = _read_cursor(cursor, columns)
    if values is not None:
        further, same = Q(pk__in=()), Q()
        for column, value in zip(columns, values, strict=True):
            further |= same & column.beyond(value)
            same &= column.same(value)
        rows = rows.filter(columns[0].from_here(values[0]), further)
    found = list(rows.select_related(*RELATED)[: PAGE + 1])
    shown, is_last = found[:PAGE], len(found) <= PAGE
    cursor = "" if is_last else _write_cursor(shown[-1], [column.name for column in columns])
    lines = [Line(row) for row in rows_of(shown)]
    if query.tab == "mine":
        lines = _with_headings(lines, shown, after=values[0] if values is not None else -1, is_last=is_last)
    return ListPage(lines=lines, cursor=cursor)


def _with_headings(lines: list[Line], shown: Sequence[Any], *, after: int, is_last: bool) -> list[Line]:
    """Every group has its heading once over all pages; the browser hides those of empty groups, until a row comes."""
    headed: list[Line] = []
    for line, conversation in zip(lines, shown, strict=True):
        headed += [Line(group=group) for group in GROUPS if after < group <= conversation.group]
        after = max(after, conversation.group)
        headed.append(line)
    return headed + [Line(group=group) for group in GROUPS if group > after and is_last]


# What a row shows of other tables.
RELATED = ("customer", "account", "owner", "team")


def _write_cursor(last: Conversation, names: Sequence[str]) -> str:
    values = [getattr(last, name) for name in names]
    return json.dumps([one.isoformat() if isinstance(one, datetime) else one for one in values])


def _read_cursor(cursor: str, columns: Sequence[Column]) -> list[Any] | None:
    try:
        values = json.loads(cursor) if cursor else None
        if not isinstance(values, list) or len(values) != len(columns):
            return None
        values = [parse_datetime(one) if isinstance(one, str) else one for one in values]
    except ValueError:
        return None
    return values if all(column.holds(one) for column, one in zip(columns, values, strict=True)) else None


def rows_of(conversations: Sequence[Conversation]) -> list[Row]:
    """Rows of these conversations, in their order, with a few more queries."""
    ids = [conversation.pk for conversation in conversations]
    people: dict[int, set[int]] = defaultdict(set)
    wrapping: dict[int, set[int]] = defaultdict(set)
    for pk, user_id, state in _holders.tuples(ids) if ids else ():
        people[pk].add(user_id)
        if state == AssignmentState.WRAP_UP:
            wrapping[pk].add(user_id)
    for conversation in conversations:
        if conversation.owner_id and conversation.state != ConversationState.CLOSED:
            people[conversation.pk].add(conversation.owner_id)
    closed = [conversation.pk for conversation in conversations if conversation.state == ConversationState.CLOSED]
    if closed:
        thanked = ShownThanks.objects.filter(conversation__in=closed)
        for pk, user_id in thanked.values_list("conversation_id", "user_id"):
            people[pk].add(user_id)
    last = {entry.conversation_id: entry for entry in _stays.objects(ids)} if ids else {}
    besides = channels_besides(entry for entry in last.values() if entry.left_at is None)
    deliveries = last_deliveries([row.pk for row in conversations if row.last_message_kind == MessageKind.OUT])
    clocks = clocks_of(conversations)
    return [
        Row(
            conversation=conversation,
            people=tuple(sorted(people[conversation.pk])),
            wrapping=tuple(sorted(wrapping[conversation.pk])),
            entry=entry if entry is not None and entry.left_at is None else None,
            queue_id=entry.queue_id if entry is not None else None,
            besides=besides.get(conversation.pk, ()),
            delivery=deliveries.get(conversation.pk, ""),
            promises=clocks.get(conversation.pk, ()),
        )
        for conversation in conversations
        for entry in [last.get(conversation.pk)]
    ]


_holders = Prepared(
    lambda ids: (
        Assignment.objects.filter(conversation__in=ids)
        .exclude(state=AssignmentState.DONE)
        .values_list("conversation_id", "agent__user_id", "state")
    )
)


_stays = Prepared(
    lambda ids: (
        QueueEntry.objects.filter(conversation__in=ids)
        .select_related("queue", "promise")
        .order_by("conversation", "-pk")
        .distinct("conversation")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts beside the tabs and in the top bar: open rows only, never history."""

    mine: int
    waiting: int
    team: int
    longest_since: datetime | None


def figures_of(viewer: Viewer) -> Figures:
    # A pair is one piece of work.
    entries = visible_entries(viewer).filter(left_at=None, joined_to=None)
    first = entries.order_by("entered_at").values_list("entered_at", flat=True).first()
    return Figures(
        mine=count_up_to(tab_conversations(viewer, "mine")),
        waiting=entries.count(),
        team=count_up_to(tab_conversations(viewer, "team")),
        longest_since=first,
    )


def count_up_to(rows: QuerySet[Conversation]) -> int:
    """How many there are, but the database stops counting where the screen stops telling."""
    return rows[:MOST_COUNTED].count()


def count_open(viewer: Viewer, query: ListQuery) -> int | None:
    """How many open conversations a saved list holds; None where it is about closed ones, which nobody counts."""
    if query.state == ("closed",):
        return None
    return count_up_to(filtered(tab_conversations(viewer, "team" if query.tab == "all" else query.tab), query))
