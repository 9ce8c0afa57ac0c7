"""What Ctrl K finds: groups of hits that the palette and the page of results show alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.searching import (
    Cursor,
    Search,
    search_conversations,
    search_customers,
    search_messages,
    search_records,
)
from contactcenter.conversations.selectors import visible_conversations
from contactcenter.conversations.states import Channel

FEW = 5
MANY = 20
KINDS: dict[str, Promise] = {
    "customers": _("Customers"),
    "conversations": _("Conversations"),
    "messages": _("Messages"),
    "records": _("Records"),
}
_SEARCHES: dict[str, Callable[..., Sequence[Any]]] = {
    "customers": search_customers,
    "conversations": search_conversations,
    "messages": search_messages,
    "records": search_records,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A row that was found, and the conversation that shows it (None: the customer's card does)."""

    row: Any
    customer_id: int
    conversation_id: int | None
    # The message to open at.
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    kind: str
    label: Promise
    hits: list[Hit]
    # Where the next page begins; empty on the last one.
    cursor: str = ""


def parse_cursor(text: str) -> Cursor | None:
    rank, _sep, pk = text.partition("_")
    return (int(rank), int(pk)) if rank.isdecimal() and pk.isdecimal() else None


def find(viewer: Viewer, search: Search, *, kind: str = "", after: str = "") -> list[Group]:
    """Some of every kind, or a page of one."""
    size = MANY if kind else FEW
    groups = []
    for name in [kind] if kind else list(KINDS):
        rows = list(_SEARCHES[name](viewer, search, after=parse_cursor(after), size=size + 1))
        shown = rows[:size]
        more = f"{shown[-1].rank}_{shown[-1].pk}" if len(rows) > size else ""
        if shown:
            groups.append(Group(kind=name, label=KINDS[name], hits=_hits(viewer, name, shown), cursor=more))
    return groups


def _hits(viewer: Viewer, kind: str, rows: Sequence[Any]) -> list[Hit]:
    if kind == "messages":
        return [
            Hit(
                row=row,
                customer_id=row.conversation.customer_id,
                conversation_id=row.conversation_id,
                seq=row.seq,
            )
            for row in rows
        ]
    if kind == "conversations":
        return [Hit(row=row, customer_id=row.customer_id, conversation_id=row.pk) for row in rows]
    owners = [row.pk if kind == "customers" else row.customer_id for row in rows]
    latest = _latest(viewer, owners)
    return [
        Hit(row=row, customer_id=owner, conversation_id=latest[owner].pk if owner in latest else None)
        for row, owner in zip(rows, owners, strict=True)
    ]


def _latest(viewer: Viewer, customers: Sequence[int]) -> dict[int, Conversation]:
    """The newest conversation of each of these customers that the viewer sees."""
    rows = visible_conversations(viewer).filter(customer__in=customers)
    newest = rows.order_by("customer_id", "-last_message_at", "-pk").distinct("customer_id")
    return {row.customer_id: row for row in newest}


def filter_choices() -> dict[str, Any]:
    """What the filters offer, in the palette and on the page."""
    return {"search_kinds": KINDS, "search_channels": Channel.choices}
