"""From an announcement to the customers' sockets: only messages, states, ticks and typing find their way."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels_app.webchat.frames import SHOWN_KINDS, encode, message_id, message_json, state_frame
from channels_app.webchat.services import Post, Posted
from channels_app.webchat.visitors import Visitor
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Conversation, Event, Message
from contactcenter.conversations.realtime import Announcement, hub, one_by_one
from contactcenter.conversations.states import MessageKind

_MESSAGES = frozenset({EventKind.MESSAGE_RECEIVED, EventKind.MESSAGE_SENT, EventKind.SYSTEM_ADDED})
_STATES = frozenset(
    {
        EventKind.CONVERSATION_QUEUED,
        EventKind.CONVERSATION_CLOSED,
        EventKind.CONVERSATION_MERGED,
        EventKind.CONVERSATION_REOPENED,
        EventKind.CONVERSATION_SNOOZED,
        EventKind.CONVERSATION_WOKEN,
        EventKind.CONVERSATION_ABANDONED,
        EventKind.CONVERSATION_PULLED,
        EventKind.CONVERSATION_GIVEN,
        EventKind.CONVERSATION_STARTED,
        EventKind.OFFER_ACCEPTED,
        EventKind.CONSULT_COMPLETED,
        EventKind.HANDLING_RESUMED,
        EventKind.RATING_GIVEN,
        EventKind.MESSAGE_LEFT,
        EventKind.WAIT_PROMISED,
        EventKind.WAIT_TURNED_AWAY,
    }
)
_MOST_TICKS = 50
# Messages just posted to this process, by (conversation, seq): their announcement need not read them again.
_MOST_REMEMBERED = 256
_remembered: OrderedDict[tuple[int, int], str] = OrderedDict()


@dataclass(slots=True, kw_only=True)
class Page:
    """What deliverers know of one socket. `last_state` keeps a page from hearing the same twice."""

    visitor: Visitor
    conversation_id: int | None = None
    last_state: str = ""


def register() -> None:
    """Tell the hub where customers' frames go; called once, when the app is ready."""
    hub.register("conversation:", "widget:{topic}", one_by_one(deliver_event))
    hub.register("typing:", "widget:{topic}", one_by_one(deliver_typing))


def deliver_event(announcement: Announcement, pages: Sequence[Page]) -> list[str | None]:
    """The frame of one event, made once for all pages of its conversation."""
    kind = announcement["kind"]
    if kind in _STATES:
        return _deliver_state(announcement["conversation"], pages)
    frame = None
    if kind in _MESSAGES:
        frame = _message(announcement, pages[0].visitor)
    elif kind == EventKind.MESSAGE_DELIVERY:
        frame = _delivery(announcement)
    elif kind == EventKind.CONVERSATION_READ:
        frame = _read(announcement)
    return [frame] * len(pages)


def _deliver_state(conversation_id: int, pages: Sequence[Page]) -> list[str | None]:
    conversation = Conversation.objects.select_related("owner").get(pk=conversation_id)
    return news_of_state(state_frame(conversation), pages)


def news_of_state(frame: str, pages: Sequence[Page]) -> list[str | None]:
    """The frame for the pages that do not show it yet."""
    news: list[str | None] = []
    for page in pages:
        news.append(None if page.last_state == frame else frame)
        page.last_state = frame
    return news


def show_posted(posted: Posted, post: Post) -> dict[str, Any]:
    """What the writer is told of their message; all pages of the conversation get the same, so it is kept for them."""
    message, account = posted.message, posted.visitor.account
    shown = message_json(account, posted.conversation, message, has_files=bool(post.files))
    _remembered[message.conversation_id, message.seq] = encode({"t": "message", "message": shown})
    if len(_remembered) > _MOST_REMEMBERED:
        _remembered.popitem(last=False)
    return shown


def _message(announcement: Announcement, visitor: Visitor) -> str | None:
    posted = _remembered.pop((announcement["conversation"], announcement["seq"]), None)
    if posted is not None:
        return posted
    rows = Message.objects.filter(conversation=announcement["conversation"], seq=announcement["seq"])
    message = (
        rows.filter(kind__in=SHOWN_KINDS, account=visitor.account).select_related("author", "conversation").first()
    )
    if message is None:
        return None
    return encode({"t": "message", "message": message_json(visitor.account, message.conversation, message)})


def _delivery(announcement: Announcement) -> str | None:
    event = _event(announcement)
    seqs = Message.objects.filter(pk__in=event.data["messages"]).values_list("seq", flat=True)
    return _ticks(event.conversation, list(seqs), event.data["delivery"])


def _read(announcement: Announcement) -> str | None:
    event = _event(announcement)
    rows = Message.objects.filter(conversation=event.conversation, kind=MessageKind.IN, seq__lt=event.seq)
    return _ticks(event.conversation, list(rows.order_by("-pk").values_list("seq", flat=True)[:_MOST_TICKS]), "read")


def _event(announcement: Announcement) -> Event:
    rows = Event.objects.select_related("conversation")
    return rows.get(conversation=announcement["conversation"], seq=announcement["seq"])


def _ticks(conversation: Conversation, seqs: list[int], delivery: str) -> str | None:
    if not seqs:
        return None
    return encode({"t": "delivery", "messages": [message_id(conversation, seq) for seq in seqs], "delivery": delivery})


def deliver_typing(announcement: Announcement, pages: Sequence[Any]) -> list[str | None]:
    """An agent writes; the customer's own typing goes to the console alone."""
    frame = encode({"t": "typing", "who": announcement["who"]}) if announcement.get("side") == "agent" else None
    return [frame] * len(pages)
