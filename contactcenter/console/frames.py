"""What goes over the console's socket: fragments rendered once for everybody who may see the same, and small JSON.

Registers the deliverers of the hub; `sockets.py` imports this.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.prepared import Prepared
from contactcenter.console.handling_words import REORDERING_KINDS
from contactcenter.console.selectors.lists import Row, rows_of
from contactcenter.console.timeline import HANDLING_KINDS, MESSAGE_KINDS, Item, at_places, items_of, messages_by_seq
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Conversation, ConversationAccess, Event, Message
from contactcenter.conversations.realtime import Announcement, hub, one_by_one
from contactcenter.conversations.selectors import Audience, audience_of, sees, visible_conversations, visible_events

# Every console socket of the process.
CONSOLES = "console"
# A client that is further behind fetches everything again.
MOST_REPLAYED = 500
RESET = '{"t":"reset"}'
# These change how messages look that are shown already.
_CHANGING = frozenset({EventKind.MESSAGE_DELIVERY, EventKind.MESSAGE_CHANGED})
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What events made of a conversation, read once for every class of viewers."""

    row: Row
    events: Sequence[Event]
    items: Sequence[Item]
    # Entries shown before that look different now.
    changed: Sequence[Item]


def read_scenes(runs: Sequence[tuple[Conversation, Sequence[Event]]]) -> list[Scene]:
    """A scene for each run of events, all of them in the same few queries."""
    conversations = {conversation.pk: conversation for conversation, _events in runs}
    rows = dict(zip(conversations, rows_of(list(conversations.values())), strict=True))
    items = items_of(None, conversations, [event for _conversation, events in runs for event in events])
    by_place = {(item.conversation.pk, item.event.seq): item for item in items}
    scenes = []
    for conversation, events in runs:
        shown = [by_place[place] for event in events if (place := (conversation.pk, event.seq)) in by_place]
        changed = _changed_items(conversation, events, shown)
        scenes.append(Scene(row=rows[conversation.pk], events=events, items=shown, changed=changed))
    return scenes


def render_scene(scene: Scene, of: FrameClass) -> str:
    """One html frame: the list row as it is now, and the timeline entries that these events made or changed."""
    language, for_supervisor = of
    with translation.override(language):
        html = render_to_string(
            "console/frame.html",
            {"row": scene.row, "items": scene.items, "changed": scene.changed, "for_supervisor": for_supervisor},
        )
    frame: dict[str, Any] = {
        "v": 1,
        "t": "html",
        "conversation": scene.row.conversation.pk,
        # Complete for a screen that shows everything up to `after`; leaves it at `seq`.
        "after": scene.events[0].seq - 1,
        "seq": scene.events[-1].seq,
        "html": html,
    }
    if any(event.kind in HANDLING_KINDS for event in scene.events):
        frame["handling"] = True
    if any(event.kind in REORDERING_KINDS for event in scene.events):
        frame["reload"] = True
    return encode(frame)


def _changed_items(conversation: Conversation, events: Sequence[Event], items: Sequence[Item]) -> list[Item]:
    moved = {pk for event in events if event.kind in _CHANGING for pk in event.data["messages"]}
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
    if len(events) > MOST_REPLAYED:
        return RESET
    return render_scene(read_scenes([(conversation, events)])[0], frame_class(viewer))


_RELATED = ("customer", "account", "owner", "team")
_conversations = Prepared(lambda ids: Conversation.objects.select_related(*_RELATED).filter(pk__in=ids))


def deliver_events(announcements: Sequence[Announcement], viewers: Sequence[Viewer]) -> list[list[str]]:
    """Events of conversations, to the consoles whose people see them; `gone` to those who no longer do."""
    announced: dict[int, list[Announcement]] = defaultdict(list)
    for announcement in announcements:
        announced[announcement["conversation"]].append(announcement)
    found = {conversation.pk: conversation for conversation in _conversations.objects(list(announced))}
    audiences = _audiences(found.values(), viewers)
    watched = [pk for pk, audience in audiences.items() if any(sees(viewer, audience) for viewer in viewers)]
    scenes: dict[int, list[Scene]] = defaultdict(list)
    for scene in read_scenes(_runs({pk: announced[pk] for pk in watched}, found)):
        scenes[scene.row.conversation.pk].append(scene)
    given: list[list[str]] = [[] for _viewer in viewers]
    for pk, audience in audiences.items():
        rendered: dict[FrameClass, list[str]] = {}
        before = [was for entry in announced[pk] if (was := _audience_before(entry, audience)) is not None]
        for viewer, frames in zip(viewers, given, strict=True):
            if sees(viewer, audience):
                of = frame_class(viewer)
                if of not in rendered:
                    rendered[of] = [render_scene(scene, of) for scene in scenes[pk]]
                frames += rendered[of]
            elif any(sees(viewer, was) for was in before):
                frames.append(encode({"t": "gone", "conversation": pk}))
    return given


def _audiences(conversations: Iterable[Conversation], viewers: Sequence[Viewer]) -> dict[int, Audience]:
    """Who sees them. Who was let in by name is asked only where somebody is not let in by brand, team or role."""
    found = {conversation.pk: audience_of(conversation, user_ids=()) for conversation in conversations}
    unsure = [pk for pk, audience in found.items() if not all(sees(viewer, audience) for viewer in viewers)]
    let_in: dict[int, set[int]] = {pk: set() for pk in unsure}
    if unsure:
        accesses = ConversationAccess.objects.filter(conversation__in=unsure)
        for pk, user_id in accesses.values_list("conversation_id", "user_id"):
            let_in[pk].add(user_id)
    return {
        pk: replace(audience, user_ids=frozenset(let_in[pk])) if pk in let_in else audience
        for pk, audience in found.items()
    }


def audiences_of(conversation_ids: Sequence[int], viewers: Sequence[Viewer]) -> dict[int, Audience]:
    """Who sees these conversations, as far as these viewers are concerned."""
    return _audiences(_conversations.objects(list(conversation_ids)), viewers)


def _runs(
    announced: Mapping[int, Sequence[Announcement]], conversations: Mapping[int, Conversation]
) -> list[tuple[Conversation, list[Event]]]:
    """The announced events, those without a gap between them together: what lies in a gap is still to come."""
    events = {(event.conversation_id, event.seq): event for event in _events(announced, conversations)}
    runs: list[tuple[Conversation, list[Event]]] = []
    for pk, entries in announced.items():
        last = None
        for seq in sorted({entry["seq"] for entry in entries}):
            event = events.get((pk, seq))
            if event is None:
                continue
            if last is None or seq != last + 1:
                runs.append((conversations[pk], []))
            runs[-1][1].append(event)
            last = seq
    return runs


def _events(announced: Mapping[int, Sequence[Announcement]], conversations: Mapping[int, Conversation]) -> list[Event]:
    """Of a message its announcement says all that is shown of the event; every other event is read."""
    events, places = [], []
    for pk, entries in announced.items():
        for entry in entries:
            if entry.get("kind") in MESSAGE_KINDS:
                events.append(Event(conversation=conversations[pk], seq=entry["seq"], kind=entry["kind"]))
            else:
                places += [pk, entry["seq"]]
    return events + _other_events.objects(*places) if places else events


_other_events = Prepared(lambda *places: Event.objects.filter(at_places(places)).select_related("actor"))


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
    "bell.changed": encode({"t": "bell"}),
}
# Promises to the customers of one's own work.
_TOLD_OF = {EventKind.SLA_WARNED.value: "due_soon", EventKind.SLA_BREACHED.value: "overdue"}


def deliver_user(announcement: Announcement, viewers: Sequence[Viewer]) -> list[str | None]:
    """What concerns one person: their offers, their state, work given to them, their rights."""
    kind = announcement["kind"]
    if kind == "work.given":
        frame = encode({"t": "given", "conversation": announcement["conversation"]})
    elif kind == "mention":
        frame = encode({"t": "mention", **{name: announcement[name] for name in ("conversation", "who", "text")}})
    elif kind in _TOLD_OF:
        told = {name: announcement[name] for name in ("conversation", "who")}
        frame = encode({"t": "promise", "say": _TOLD_OF[kind], **told})
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
    told = {name: announcement[name] for name in ("parts", "into", "again") if announcement[name]}
    frame = encode({"t": "customer", "customer": customer_id, **told})
    brand = announcement["brand"]
    return [frame if viewer.is_admin or brand in viewer.brand_ids else None for viewer in viewers]


def deliver_alerts(announcement: Announcement, viewers: Sequence[Viewer]) -> list[str | None]:
    """Alerts about waiting work were raised or ended: the brand's supervisors fetch the bell again."""
    brand, frame = announcement["brand"], encode({"t": "bell"})
    return [
        frame if viewer.is_admin or (viewer.is_supervisor and brand in viewer.brand_ids) else None for viewer in viewers
    ]


def deliver_accounts(announcement: Announcement, viewers: Sequence[Viewer]) -> list[str | None]:
    """An account of the brand can no longer send, or can again."""
    brand, frame = announcement["brand"], encode({"t": "accounts"})
    return [frame if viewer.is_admin or brand in viewer.brand_ids else None for viewer in viewers]


hub.register("conversation:", CONSOLES, deliver_events)
hub.register("typing:", "console:{topic}", one_by_one(deliver_typing))
hub.register("user:", "{topic}", one_by_one(deliver_user))
hub.register("customer:", CONSOLES, one_by_one(deliver_customer))
hub.register("alerts:", CONSOLES, one_by_one(deliver_alerts))
hub.register("accounts:", CONSOLES, one_by_one(deliver_accounts))
