"""What a list shows, as its address says it: a tab, filters, an order. Read, written back, and asked of the database.

The browser decides by the same rules whether a live row belongs and where (`list-order.js`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channels_app.models import ShownThanks
from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.selectors import visible_conversations
from contactcenter.conversations.states import Channel, ConversationState, SnoozeReason
from routing.clocks import running_promises, with_promises_in
from routing.models import Assignment, QueueEntry
from routing.states import PROMISES_IN_DANGER, AssignmentState

_S = ConversationState
TABS: dict[str, str | Promise] = {
    "mine": pgettext_lazy("conversations", "Mine"),
    "queue": _("Queue"),
    "team": _("Team"),
    "all": pgettext_lazy("conversations", "All"),
}
WAITING = frozenset({_S.QUEUED, _S.OFFERED})
# What one filters by, and the states behind it.
STATES: dict[str, tuple[str | Promise, frozenset[ConversationState]]] = {
    "waiting": (_("Waiting"), WAITING),
    "active": (_("Active"), frozenset({_S.ACTIVE})),
    "snoozed": (_("Snoozed"), frozenset({_S.SNOOZED})),
    "self_service": (_("Self-service"), frozenset({_S.NEW, _S.SELF_SERVICE})),
    "closed": (_("Closed"), frozenset({_S.CLOSED})),
}
STATE_KEYS = {state: key for key, (_label, states) in STATES.items() for state in states}
# “Mine” in groups, in this order.
GROUPS: dict[int, str | Promise] = {
    0: _("Reply now"),
    1: _("Wrap-up"),
    2: _("Waiting for the customer"),
    3: _("Snoozed"),
}
MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class Column:
    """A stored column (or an alias) that rows are put in order by. Empty ones come last; they are never descending."""

    name: str
    kind: type
    descending: bool = False
    nullable: bool = False

    def holds(self, value: object) -> bool:
        """Whether a cursor's value can be one of this column."""
        if value is None:
            return self.nullable
        if isinstance(value, datetime):
            return self.kind is datetime and value.tzinfo is not None
        return type(value) is self.kind and (not isinstance(value, int) or abs(value) < 2**62)

    @property
    def ordering(self) -> str:
        return f"-{self.name}" if self.descending else self.name

    def beyond(self, value: object) -> Q:
        if value is None:
            return Q(pk__in=())
        further = Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value})
        return further | Q(**{f"{self.name}__isnull": True}) if self.nullable else further

    def same(self, value: object) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def from_here(self, value: object) -> Q:
        """What an index can begin at."""
        if self.nullable:
            return Q()
        return Q(**{f"{self.name}__{'lte' if self.descending else 'gte'}": value})


@dataclass(frozen=True, slots=True)
class Sort:
    label: str | Promise
    columns: tuple[Column, ...]


_RECENT = (Column("last_message_at", datetime, descending=True), Column("pk", int, descending=True))
_FIRST = Column("pk", int)
SORTS: dict[str, Sort] = {
    "line": Sort(_("Next in line first"), (Column("rank_key", float), _FIRST)),
    "newest": Sort(_("Newest first"), _RECENT),
    "oldest": Sort(_("Oldest first"), (Column("last_message_at", datetime), _FIRST)),
    "waiting": Sort(_("Longest waiting first"), (Column("waiting_since", datetime, nullable=True), _FIRST)),
    "promise": Sort(_("Next promise due first"), (Column("promise_due_at", datetime, nullable=True), _FIRST)),
    "priority": Sort(_("Highest priority first"), (Column("priority", int, descending=True), *_RECENT)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A list's address. Several values of one filter mean any of them, several filters mean all of them."""

    tab: str = "mine"
    channel: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    promise: tuple[str, ...] = ()
    unread: bool = False
    sort: str = ""

    @property
    def order(self) -> str:
        """The order in use: the chosen one where the tab has it."""
        return self.sort if self.sort in sorts_of(self.tab) else next(iter(sorts_of(self.tab)))

    @property
    def filters(self) -> list[tuple[str, str]]:
        found = [(name, value) for name in FILTERS for value in getattr(self, name)]
        return [*found, ("unread", "1")] if self.unread else found

    def encoded(self) -> str:
        """The one spelling of this query, without what goes without saying."""
        data = QueryDict(mutable=True)
        if self.tab != "mine":
            data["tab"] = self.tab
        for name, value in self.filters:
            data.appendlist(name, value)
        if self.order != next(iter(sorts_of(self.tab))):
            data["sort"] = self.order
        return data.urlencode()

    def without(self, name: str, value: str) -> ListQuery:
        if name == "unread":
            return replace(self, unread=False)
        left: dict[str, Any] = {name: tuple(one for one in getattr(self, name) if one != value)}
        return replace(self, **left)

    def bare(self) -> ListQuery:
        """The same tab and order without filters."""
        return ListQuery(tab=self.tab, sort=self.sort)


FILTERS = ("channel", "queue", "brand", "tag", "language", "state", "promise")


def sorts_of(tab: str) -> list[str]:
    """The orders that a tab can have, its own first: being next in line needs a queue, history is due for nothing."""
    missing = {"queue": (), "all": ("line", "promise")}.get(tab, ("line",))
    return [name for name in SORTS if name not in missing]


def read_query(data: QueryDict) -> ListQuery:
    """The query of an address; whatever is unknown in it is left out."""
    tab = data.get("tab", "")
    return ListQuery(
        tab=tab if tab in TABS else "mine",
        channel=_known(data.getlist("channel"), Channel.values),
        queue=_numbers(data.getlist("queue")),
        brand=_numbers(data.getlist("brand")),
        tag=_words(data.getlist("tag"), 50),
        language=_words(data.getlist("language"), 5),
        state=_known(data.getlist("state"), STATES),
        promise=_known(data.getlist("promise"), [state.value for state in PROMISES_IN_DANGER]),
        unread=data.get("unread") == "1",
        sort=data.get("sort", "") if data.get("sort", "") in SORTS else "",
    )


def _known(values: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for one in known if one in set(values))


def _numbers(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({one for one in values if one.isascii() and one.isdecimal() and len(one) < 10}))[:MOST_VALUES]


def _words(values: Iterable[str], longest: int) -> tuple[str, ...]:
    return tuple(sorted({one for one in values if one and len(one) <= longest and "\0" not in one}))[:MOST_VALUES]


# -- asked of the database ----------------------------------------------------------------------


def tab_conversations(viewer: Viewer, tab: str) -> QuerySet[Conversation]:
    """The conversations of a tab; everything a list shows comes from here."""
    rows = visible_conversations(viewer)
    if tab == "all":
        return rows
    if tab == "mine":
        # Each part by its own index: together they would be looked for in all of history.
        owned = rows.filter(owner=viewer.user_id).exclude(state=_S.CLOSED).values("pk")
        held = Assignment.objects.filter(agent__user=viewer.user_id).exclude(state=AssignmentState.DONE)
        thanked = ShownThanks.objects.filter(user=viewer.user_id, conversation__state=_S.CLOSED)
        return rows.filter(pk__in=owned.union(held.values("conversation"), thanked.values("conversation")))
    rows = rows.exclude(state=_S.CLOSED)
    return rows.filter(state__in=WAITING) if tab == "queue" else rows


def _held_by(viewer: Viewer) -> QuerySet[Assignment]:
    return Assignment.objects.filter(conversation=OuterRef("pk"), agent__user=viewer.user_id)


def filtered(rows: QuerySet[Conversation], query: ListQuery) -> QuerySet[Conversation]:
    """Those that pass every filter of the query."""
    if query.channel:
        rows = rows.filter(channel__in=query.channel)
    if query.brand:
        rows = rows.filter(brand__in=[int(pk) for pk in query.brand])
    if query.language:
        rows = rows.filter(language__in=query.language)
    if query.tag:
        rows = rows.filter(tags__overlap=list(query.tag))
    if query.state:
        rows = rows.filter(state__in={state for key in query.state for state in STATES[key][1]})
    if query.promise:
        rows = with_promises_in(rows, query.promise)
    if query.unread:
        rows = rows.filter(unread_count__gt=0)
    if query.queue:
        queues = [int(pk) for pk in query.queue]
        # A conversation belongs to the queue it was in last; those that were never in it are not even looked at.
        stays = QueueEntry.objects.filter(conversation=OuterRef("pk"))
        rows = rows.alias(last_queue=Subquery(stays.order_by("-pk").values("queue")[:1]))
        rows = rows.filter(Exists(stays.filter(queue__in=queues)), last_queue__in=queues)
    return rows


def found_by(viewer: Viewer, query: ListQuery) -> QuerySet[Conversation]:
    return filtered(tab_conversations(viewer, query.tab), query)


def columns_of(query: ListQuery) -> tuple[Column, ...]:
    columns = SORTS[query.order].columns
    return (Column("group", int), *columns) if query.tab == "mine" else columns


def in_order(viewer: Viewer, rows: QuerySet[Conversation], query: ListQuery) -> QuerySet[Conversation]:
    """Sorted by the query's columns, which are there to be read from each row."""
    if query.tab == "mine":
        rows = rows.annotate(group=_group(viewer))
    if query.order == "line":
        entry = FilteredRelation("entries", condition=Q(entries__left_at=None))
        rows = rows.alias(line=entry).filter(line__isnull=False).annotate(rank_key=F("line__rank_key"))
    if query.order == "promise":
        rows = rows.annotate(promise_due_at=Subquery(running_promises().order_by("due_at").values("due_at")[:1]))
    return rows.order_by(*(column.ordering for column in columns_of(query)))


def _group(viewer: Viewer) -> Case:
    """The place of a row among `GROUPS`, for the one whose row it is."""
    wraps_up = Exists(_held_by(viewer).filter(state=AssignmentState.WRAP_UP))
    return Case(
        When(wraps_up, then=Value(1)),
        When(state=_S.SNOOZED, snooze_reason=SnoozeReason.CUSTOMER, then=Value(2)),
        When(state=_S.SNOOZED, then=Value(3)),
        When(waiting_since__isnull=False, then=Value(0)),
        default=Value(2),
        output_field=IntegerField(),
    )
