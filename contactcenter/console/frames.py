"""What goes over the console's socket: fragments rendered once for everybody who may see the same, and small JSON.

Registers the deliverers of the hub; `sockets.py` imports this.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from contactcenter.accounts.selectors import Viewer
from contactcenter.console.handling_words import REORDERING_KINDS
from contactcenter.console.selectors.lists import rows_of
from contactcenter.console.timeline import HANDLING_KINDS, Item, items_of, messages_by_seq
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Conversation, Event, Message
from contactcenter.conversations.realtime import Announcement, hub
from contactcenter.conversations.selectors import Audience, audience_of, sees, visible_conversations, visible_events

# Every console socket of the process.
CONSOLES = "console"
# A client that is further behind fetches everything again.
MOST_REPLAYED = 500
RESET = '{"t":"reset"}'
# Never leaves the process: the socket reads its viewer again and tells the client to fetch everything.
ACCESS_CHANGED = '{"t":"access"}'

FrameClass = tuple[str, bool]


def typing_topic(conversation_id: int) -> str:
    """What a socket joins to see who writes in a conversation that it has open."""
    return f"console:typing:{conversation_id}"


def frame_class(viewer: Viewer) -> FrameClass:
    """Viewers of one class get the same bytes: their language, and whether the template shows supervisors' details."""
    return viewer.language, viewer.is_supervisor


def encode(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def render_events(conversation: Conversation, events: Sequence[Event], of: FrameClass) -> str:
    """One html frame: the list row as it is now, and the timeline entries that these events made or changed."""
    language, for_supervisor = of
    row = rows_of([conversation])[0]
    items = items_of(None, {conversation.pk: conversation}, events)
    with translation.override(language):
        html = render_to_string(
            "console/frame.html",
            {
                "row": row,
                "items": items,
                "changed": _delivered_items(conversation, events, items),
                "for_supervisor": for_supervisor,
            },
        )
    frame: dict[str, Any] = {
        "v": 1,
        "t": "html",
        "conversation": conversation.pk,
        # Complete for a screen that shows everything up to `after`; leaves it at `seq`.
        "after": events[0].seq - 1,
        "seq": events[-1].seq,
        "html": html,
    }
    if any(event.kind in HANDLING_KINDS for event in events):
        frame["handling"] = True
    if any(event.kind in REORDERING_KINDS for event in events):
        frame["reload"] = True
    return encode(frame)


def _delivered_items(conversation: Conversation, events: Sequence[Event], items: Sequence[Item]) -> list[Item]:
    """Entries shown before whose delivery moved."""
    moved = {pk for event in events if event.kind == EventKind.MESSAGE_DELIVERY for pk in event.data["messages"]}
    moved -= {item.message.pk for item in items if item.message is not None}
    if not moved:
        return []
    seqs = list(Message.objects.filter(pk__in=moved, conversation=conversation).values_list("seq", flat=True))
    messages = messages_by_seq(None, {conversation.pk: seqs})
    sent = Event.objects.filter(conversation=conversation, seq__in=seqs).select_related("actor")
    return [
        Item(conversation=conversation, event=event, message=messages.get((conversation.pk, event.seq)))
        for event in sent
    ]


def replay(viewer: Viewer, conversation_id: int, after: int) -> str | None:
    """What this viewer has missed of a conversation since event `after`; None if nothing."""
    conversation = visible_conversations(viewer).select_related(*_RELATED).filter(pk=conversation_id).first()
    if conversation is None:
        return encode({"t": "gone", "conversation": conversation_id})
    events = list(
        visible_events(viewer)
        .filter(conversation=conversation, seq__gt=after)
        .select_related("actor")
        .order_by("seq")[: MOST_REPLAYED + 1]
    )
    if not events:
        return None
    return RESET if len(events) > MOST_REPLAYED else render_events(conversation, events, frame_class(viewer))


_RELATED = ("customer", "account", "owner", "team")


def deliver_event(announcement: Announcement, viewers: Sequence[Viewer]) -> list[str | None]:
    """An event of a conversation, to the consoles whose people see it; `gone` to those who no longer do."""
    row = Conversation.objects.select_related(*_RELATED).filter(pk=announcement["conversation"]).first()
    if row is None:
        return [None] * len(viewers)
    audience = audience_of(row)
    before = _audience_before(announcement, audience)
    event = Event.objects.select_related("actor").filter(conversation=row, seq=announcement["seq"])
    rendered: dict[FrameClass, str] = {}
    frames: list[str | None] = []
    for viewer in viewers:
        if sees(viewer, audience):
            of = frame_class(viewer)
            if of not in rendered:
                rendered[of] = render_events(row, list(event), of)
            frames.append(rendered[of])
        elif before is not None and sees(viewer, before):
            frames.append(encode({"t": "gone", "conversation": row.pk}))
        else:
            frames.append(None)
    return frames


def _audience_before(announcement: Announcement, now: Audience) -> Audience | None:
    was = announcement.get("was")
    if was is None:
        return None
    team_id, owner_id = was
    return Audience(brand_id=now.brand_id, team_id=team_id, owner_id=owner_id, user_ids=now.user_ids)


def deliver_typing(announcement: Announcement, viewers: Sequence[Viewer]) -> list[str | None]:
    """Somebody writes: to all who have the conversation open, but not to the writer."""
    conversation_id = int(announcement["topic"].partition(":")[2])
    frame = encode(
        {
            "t": "typing",
            "conversation": conversation_id,
            "who": announcement.get("who", ""),
            "side": announcement["side"],
        }
    )
    writer = announcement.get("user") if announcement["side"] == "agent" else None
    return [None if viewer.user_id == writer else frame for viewer in viewers]


_USER_FRAMES = {
    "offer.changed": encode({"t": "offer"}),
    "agent.changed": encode({"t": "agent"}),
    "access.changed": ACCESS_CHANGED,
}


def deliver_user(announcement: Announcement, viewers: Sequence[Viewer]) -> list[str | None]:
    """What concerns one person: their offers, their state, work given to them, their rights."""
    kind = announcement["kind"]
    if kind == "work.given":
        frame = encode({"t": "given", "conversation": announcement["conversation"]})
    elif kind == "mention":
        frame = encode({"t": "mention", **{name: announcement[name] for name in ("conversation", "who", "text")}})
    elif kind == "reply.changed":
        # A reply that waited: gone out, taken back or refused, for all screens of its author.
        told = {name: announcement[name] for name in ("conversation", "client", "state", "text")}
        frame = encode({"t": "reply", **told})
    else:
        frame = _USER_FRAMES.get(kind, "")
    return [frame or None] * len(viewers)


def deliver_customer(announcement: Announcement, viewers: Sequence[Viewer]) -> list[str | None]:
    """Parts of a customer's card changed: consoles of the brand that show it fetch them again."""
    customer_id = int(announcement["topic"].partition(":")[2])
    told = {name: announcement[name] for name in ("parts", "into") if announcement[name]}
    frame = encode({"t": "customer", "customer": customer_id, **told})
    brand = announcement["brand"]
    return [frame if viewer.is_admin or brand in viewer.brand_ids else None for viewer in viewers]


hub.register("conversation:", CONSOLES, deliver_event)
hub.register("typing:", "console:{topic}", deliver_typing)
hub.register("user:", "{topic}", deliver_user)
hub.register("customer:", CONSOLES, deliver_customer)
