"""The timeline: messages and what happened between them, read from the event log in its order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.prepared import Prepared
from contactcenter.console.customer_words import CUSTOMER_ICONS, customer_line
from contactcenter.console.handling_words import HANDLING_ICONS, handling_line
from contactcenter.console.selectors.past import Past, past_of
from contactcenter.console.waiting_words import WAITING_ICONS, waiting_line
from contactcenter.console.words import DECLINE_REASONS
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Attachment, Conversation, Event, Message
from contactcenter.conversations.realtime import MOST_AT_ONCE
from contactcenter.conversations.selectors import visible_events, visible_messages
from contactcenter.conversations.states import MessageKind, SnoozeReason

PAGE = 50
_K = EventKind
MESSAGE_KINDS = frozenset({_K.MESSAGE_RECEIVED, _K.MESSAGE_SENT, _K.NOTE_ADDED, _K.SYSTEM_ADDED})
# Kinds that are a line of their own, and the icon before it.
LINE_ICONS: dict[str, str] = {
    _K.CONVERSATION_CREATED: "chat",
    _K.CONVERSATION_QUEUED: "inbox",
    _K.CONVERSATION_CLOSED: "check",
    _K.CONVERSATION_REOPENED: "refresh",
    _K.CONVERSATION_SNOOZED: "snooze",
    _K.CONVERSATION_WOKEN: "bell",
    _K.CONVERSATION_ABANDONED: "close",
    _K.CONVERSATION_PULLED: "headset",
    _K.CONVERSATION_GIVEN: "headset",
    _K.CONVERSATION_TRANSFERRED: "transfer",
    _K.ANSWER_NOT_NEEDED: "check",
    _K.CONVERSATION_STARTED: "send",
    _K.CONVERSATION_CHANGED: "edit",
    _K.OFFER_ACCEPTED: "headset",
    _K.OFFER_DECLINED: "close",
    _K.OFFER_EXPIRED: "alert",
    _K.CONSULT_REQUESTED: "users",
    _K.CONSULT_STARTED: "users",
    _K.CONSULT_ENDED: "users",
    _K.CONSULT_COMPLETED: "transfer",
    _K.WRAP_UP_ENDED: "edit",
    _K.HANDLING_RESUMED: "headset",
    _K.ASSIGNMENT_PAUSED: "pause",
    _K.ASSIGNMENT_RESUMED: "play",
    _K.AGENT_LOST: "link",
    _K.CUSTOMER_LEFT: "eye",
    _K.CUSTOMER_RETURNED: "eye",
    _K.IDENTITY_CHANGED: "shield",
    **CUSTOMER_ICONS,
    **HANDLING_ICONS,
    **WAITING_ICONS,
}
SHOWN_KINDS = frozenset({kind.value for kind in MESSAGE_KINDS} | {str(kind) for kind in LINE_ICONS})
# After these the pane's head, its actions and the place for writing may be others.
HANDLING_KINDS = frozenset(kind.value for kind in _K) - {
    kind.value
    for kind in (
        *MESSAGE_KINDS,
        _K.MESSAGE_DELIVERY,
        _K.MESSAGE_CHANGED,
        _K.CONVERSATION_READ,
        _K.CONVERSATION_UNREAD,
        _K.CUSTOMER_LEFT,
        _K.CUSTOMER_RETURNED,
        _K.RATING_GIVEN,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of the timeline: a message, a line (`message` is None), or a whole contact folded into one (`past`)."""

    conversation: Conversation
    event: Event
    message: Message | None = None
    past: Past | None = None

    @property
    def key(self) -> str:
        return f"{self.conversation.pk}-{self.event.seq}"

    @property
    def moment(self) -> datetime:
        return self.message.created_at if self.message is not None else self.event.at

    @property
    def is_start(self) -> bool:
        return self.event.kind == EventKind.CONVERSATION_CREATED

    @property
    def visit(self) -> dict[str, Any]:
        """From where on the web the conversation began, as far as the page told."""
        data = self.event.data
        return {"page": data.get("page", ""), **data.get("visit", {})} if data.keys() & {"page", "visit"} else {}

    @property
    def icon(self) -> str:
        return LINE_ICONS.get(self.event.kind, "history")

    @property
    def note(self) -> str:
        """What a person wrote with the act: to the receiver of a transfer, or in wrap-up."""
        return str(self.event.data.get("note") or "")

    @property
    def until(self) -> datetime | None:
        text = self.event.data.get("until")
        return parse_datetime(text) if isinstance(text, str) else None


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def line_text(item: Item, *, for_supervisor: bool) -> str:
    """The line in the present language. Why a colleague declined is for supervisors."""
    event = item.event
    kind = EventKind(event.kind)
    data = _Words(event.data)
    data["actor"] = event.actor.shown_name if event.actor is not None else _("the customer")
    if kind == EventKind.OFFER_DECLINED:
        if not for_supervisor or data.get("reason") not in DECLINE_REASONS:
            return _("%(agent)s declined") % {"agent": data["agent"]}
        data["reason"] = DECLINE_REASONS[data["reason"]]
    if kind == EventKind.CONVERSATION_SNOOZED and data.get("reason") == SnoozeReason.CUSTOMER:
        return _("Snoozed by %(actor)s until the customer writes") % {"actor": data["actor"]}
    if kind == EventKind.CONVERSATION_SNOOZED and item.until is not None:
        return _("Snoozed by %(actor)s until") % {"actor": data["actor"]}
    if kind == EventKind.WRAP_UP_ENDED and data.get("disposition"):
        return _("%(agent)s finished the wrap-up: %(disposition)s") % data
    told = customer_line(kind, data) or handling_line(kind, data) or waiting_line(kind, data)
    return told or str(kind.label).format_map(data)


# A place in the order of time: a moment, and the key of an event among those of the same moment.
Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """Entries, oldest first, and the cursors of the pages before and after; empty where there is nothing more."""

    items: list[Item]
    earlier: str = ""
    later: str = ""
    # The entry that was asked for.
    focus: str = ""


def timeline_page(
    viewer: Viewer,
    conversations: Sequence[Conversation],
    *,
    folded: Collection[int] = (),
    before: str = "",
    after: str = "",
    around: Place | None = None,
) -> TimelinePage:
    """The newest entries of these conversations, those before or after a cursor, or those around a place.

    Of a folded conversation there is one entry, where it began.
    """
    by_id = {conversation.pk: conversation for conversation in conversations}
    whole = Q(conversation__in=[pk for pk in by_id if pk not in folded], kind__in=SHOWN_KINDS)
    rows = visible_events(viewer).filter(whole | Q(conversation__in=list(folded), seq=1)).select_related("actor")
    if around is not None:
        older, earlier = _run(rows, before=around, size=PAGE // 2)
        newer, later = _run(rows, after=(around[0], around[1] - 1), size=PAGE // 2)
        focus = f"{newer[0].conversation_id}-{newer[0].seq}" if newer else ""
    elif start := _place(after):
        (older, earlier), (newer, later), focus = ([], ""), _run(rows, after=start, size=PAGE), ""
    else:
        (older, earlier), (newer, later), focus = _run(rows, before=_place(before), size=PAGE), ([], ""), ""
    items = items_of(viewer, by_id, [*older, *newer], folded=folded)
    return TimelinePage(items=items, earlier=earlier, later=later, focus=focus)


def _place(cursor: str) -> Place | None:
    moment, _sep, pk = cursor.partition("_")
    try:
        return datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return None


def _run(
    rows: QuerySet[Event], *, before: Place | None = None, after: Place | None = None, size: int
) -> tuple[list[Event], str]:
    """So many entries next to a place, oldest first, and the cursor at their far end if there are more."""
    if after is not None:
        at, pk = after
        found = list(rows.filter(Q(at__gt=at) | Q(at=at, pk__gt=pk)).order_by("at", "pk")[: size + 1])
    else:
        if before is not None:
            at, pk = before
            rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
        found = list(rows.order_by("-at", "-pk")[: size + 1])
    shown = found[:size]
    more = f"{shown[-1].at.isoformat()}_{shown[-1].pk}" if len(found) > size else ""
    return (shown if after is not None else shown[::-1]), more


def items_of(
    viewer: Viewer | None,
    conversations: dict[int, Conversation],
    events: Iterable[Event],
    *,
    folded: Collection[int] = (),
) -> list[Item]:
    """Events with their messages. Without a viewer the caller decides who gets them, and nothing is folded."""
    events = [event for event in events if event.kind in SHOWN_KINDS]
    wanted: dict[int, list[int]] = defaultdict(list)
    for event in events:
        if event.kind in MESSAGE_KINDS:
            wanted[event.conversation_id].append(event.seq)
    messages = messages_by_seq(viewer, wanted)
    closed = [event.conversation_id for event in events if event.conversation_id in folded]
    past = past_of(viewer, [conversations[pk] for pk in closed]) if viewer is not None and closed else {}
    return [
        Item(
            conversation=conversations[event.conversation_id],
            event=event,
            message=messages.get((event.conversation_id, event.seq)),
            past=past.get(event.conversation_id),
        )
        for event in events
        if event.kind not in MESSAGE_KINDS or (event.conversation_id, event.seq) in messages
    ]


def messages_by_seq(viewer: Viewer | None, wanted: dict[int, list[int]]) -> dict[tuple[int, int], Message]:
    """Messages by (conversation, seq), with author and files."""
    if not wanted:
        return {}
    if viewer is None and sum(map(len, wanted.values())) <= MOST_AT_ONCE:
        found = _messages.objects(*(place for pk, seqs in wanted.items() for seq in seqs for place in (pk, seq)))
    else:
        rows = Message.objects.all() if viewer is None else visible_messages(viewer)
        places = Q()
        for pk, seqs in wanted.items():
            places |= Q(conversation=pk, seq__in=seqs)
        found = list(_with_author(rows.filter(places)))
    # Most messages have none, and then there is nothing to ask.
    with_files = [message for message in found if getattr(message, "has_files")]  # noqa: B009  (an annotation)
    prefetch_related_objects(with_files, Prefetch("attachments", Attachment.objects.order_by("pk")))
    prefetch_related_objects([message for message in found if message.is_public], "account")
    calling = [message for message in found if message.kind == MessageKind.NOTE and "@" in message.text]
    prefetch_related_objects(calling, "mentions__user")
    return {(message.conversation_id, message.seq): message for message in found}


def at_places(places: Sequence[int]) -> Q:
    """(conversation, seq, conversation, seq, …), as prepared queries take them."""
    found = Q()
    for pk, seq in zip(places[::2], places[1::2], strict=True):
        found |= Q(conversation=pk, seq=seq)
    return found


def _with_author(messages: QuerySet[Message]) -> QuerySet[Message, Any]:
    has_files = Exists(Attachment.objects.filter(message=OuterRef("pk")))
    return messages.select_related("author", "reply_to").annotate(has_files=has_files)


_messages = Prepared(lambda *places: _with_author(Message.objects.filter(at_places(places))))
