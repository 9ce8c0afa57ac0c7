"""What the customer's page is told, as JSON: their words and ours, never a note, never what happens inside."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core import signing
from django.db.models import Count, OuterRef, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.urls import reverse

from channels_app.inbound import conversations_in
from channels_app.webchat.availability import availability_of, hours_of
from channels_app.webchat.config import WidgetConfig
from channels_app.webchat.models import LeftMessage
from channels_app.webchat.people import fields_to_ask, person_json
from channels_app.webchat.visitors import Visitor, own_conversations
from contactcenter.base.clock import now
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Event, Message, Rating
from contactcenter.conversations.services.ratings import can_rate, changeable_until
from contactcenter.conversations.states import ConversationState, Delivery, IdentityKind, MessageKind
from routing.selectors import open_entry, place_of, waited_in
from routing.waiting_time import Told
from routing.waits import told_wait

FILE_SALT = "webchat.file"
SHOWN_KINDS = (MessageKind.IN, MessageKind.OUT, MessageKind.SYSTEM)
FIRST_MESSAGES = 30
MOST_MESSAGES = 200
MOST_CONVERSATIONS = 20
_FROM = {MessageKind.IN: "you", MessageKind.OUT: "agent", MessageKind.SYSTEM: "system"}
# Being offered to somebody is our affair.
_SHOWN_STATE = {ConversationState.OFFERED: ConversationState.QUEUED, ConversationState.NEW: ConversationState.QUEUED}
_READ_EVENTS = (EventKind.CONVERSATION_READ, EventKind.MESSAGE_SENT)


def encode(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def message_id(conversation: Conversation, seq: int) -> str:
    """What the page calls a message: says nothing about how many there are."""
    return str(uuid.uuid5(conversation.public_id, str(seq)))


def file_json(account: ChannelAccount, attachment: Attachment) -> dict[str, Any]:
    """A file with a link that works for a week and for whoever was given it."""
    public_id = str(attachment.public_id)
    signature = signing.TimestampSigner(salt=FILE_SALT).sign(public_id).split(":", 1)[1]
    address = reverse("webchat-file", args=[account.address, public_id])
    return {
        "id": public_id,
        "name": attachment.name,
        "type": attachment.content_type,
        "size": attachment.size,
        "url": f"{address}?s={signature}",
    }


def message_json(
    account: ChannelAccount,
    conversation: Conversation,
    message: Message,
    *,
    read_seq: int = 0,
    has_files: bool = True,
) -> dict[str, Any]:
    """One message as the customer sees it. Their own are read once somebody here has looked or answered.

    `has_files` false saves the question where it is known that there are none.
    """
    kind = MessageKind(message.kind)
    author = message.author.shown_name if message.author else account.brand.name
    delivery = message.delivery
    if kind == MessageKind.IN:
        delivery = Delivery.READ if read_seq > message.seq else Delivery.ACCEPTED
    frame = {
        "id": message_id(conversation, message.seq),
        "seq": message.seq,
        "from": _FROM[kind],
        "author": None if kind != MessageKind.OUT else {"name": author},
        "text": message.text,
        "at": message.created_at.isoformat(),
        "files": [file_json(account, file) for file in message.attachments.all()] if has_files else [],
        "choices": message.choices,
        "delivery": delivery,
    }
    if kind == MessageKind.IN and message.client_id:
        frame["client"] = message.client_id
    return frame


def read_up_to(conversation: Conversation) -> int:
    """The last event by which we have seen what the customer wrote."""
    rows = _last_read.tuples(conversation.pk)
    return int(rows[0][0]) if rows else 0


_last_read = Prepared(
    lambda pk: Event.objects.filter(conversation=pk, kind__in=_READ_EVENTS).order_by("-seq").values_list("seq")[:1]
)


def _shown_messages(conversation_id: int, account_id: int) -> QuerySet[Message]:
    """What came or went by mail is part of the conversation here, and not of what this page shows."""
    rows = Message.objects.filter(conversation=conversation_id, account=account_id, kind__in=SHOWN_KINDS)
    return rows.select_related("author")


# One more than is shown: it says that there are more.
_last_messages = Prepared(lambda pk, account: _shown_messages(pk, account).order_by("-pk")[: FIRST_MESSAGES + 1])


def _with_files(messages: list[Message]) -> list[Message]:
    prefetch_related_objects(messages, "attachments")
    return messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Messages for a page. `is_gap`: what it shows does not go on with them; `has_more`: others came before them."""

    messages: list[Message]
    is_gap: bool = False
    has_more: bool = False


def messages_after(conversation: Conversation, seq: int | None) -> Shown:
    """The last 30 messages, or those after an event; a page that has missed too much gets the last 30 again."""
    rows = _shown_messages(conversation.pk, conversation.account_id)
    if seq is not None:
        missed = list(rows.filter(seq__gt=seq).order_by("pk")[: MOST_MESSAGES + 1])
        if len(missed) <= MOST_MESSAGES:
            has_more = bool(missed) and rows.filter(seq__lt=missed[0].seq).exists()
            return Shown(messages=_with_files(missed), has_more=has_more)
    last = _last_messages.objects(conversation.pk, conversation.account_id)
    shown = _with_files(last[FIRST_MESSAGES - 1 :: -1])
    return Shown(messages=shown, is_gap=seq is not None, has_more=len(last) > FIRST_MESSAGES)


def conversation_json(conversation: Conversation, *, position: int | None = None) -> dict[str, Any]:
    """State, place and agent. `position` saves the question where it is known."""
    state = ConversationState(conversation.state)
    shown = _SHOWN_STATE.get(state, state)
    frame: dict[str, Any] = {
        "id": str(conversation.public_id),
        "state": shown.value,
        "position": None,
        "wait": None,
        "agent": None,
        "queue_open": True,
        "opens_at": None,
        "late": False,
        "left": False,
        "promised": False,
        "ended_at": conversation.closed_at.isoformat() if conversation.closed_at else None,
        "rating": None,
        "can_rate": False,
    }
    if shown == ConversationState.QUEUED:
        entry = open_entry(conversation)
        if entry is not None:
            frame["position"] = position or place_of(entry)
            frame["wait"] = wait_json(told_wait(entry))
            frame["queue_open"], opens_at = hours_of(entry.queue)
            frame["opens_at"] = opens_at.isoformat() if opens_at else None
            most = entry.queue.max_wait_seconds
            frame["late"] = most is not None and waited_in(entry, now()) >= most
            # The stay goes on after a fallback: the customer was told that the answer comes later.
            frame["promised"] = bool(entry.fallback)
            frame["left"] = bool(_left.tuples(conversation.pk))
        return frame
    if conversation.owner is not None:
        frame["agent"] = {"name": conversation.owner.shown_name}
    if shown == ConversationState.CLOSED:
        rating = Rating.objects.filter(conversation=conversation).first()
        frame["rating"] = rating_json(rating) if rating else None
        frame["can_rate"] = can_rate(conversation, rating)
    return frame


def wait_json(told: Told | None) -> dict[str, Any] | None:
    """Whole minutes or hours for the page to say; `last` 0 is less than a minute."""
    return {"first": told.first, "last": told.last, "hours": told.in_hours} if told else None


def rating_json(rating: Rating) -> dict[str, Any]:
    return {"score": rating.score, "comment": rating.comment, "until": changeable_until(rating).isoformat()}


_left = Prepared(lambda pk: LeftMessage.objects.filter(conversation=pk).values_list("pk"))


def conversations_json(visitor: Visitor) -> list[dict[str, Any]]:
    """The visitor's conversations by their last words, the newest first."""
    identity, account_id = visitor.identity, visitor.account.pk
    if identity is None:
        return []
    if visitor.session is not None:
        return [_listed(row) for row in _with_unseen(own_conversations(visitor), account_id)]
    listed = _listed_of_visitor if identity.kind == IdentityKind.VISITOR else _listed_of_signed
    return [_listed(row) for row in listed.objects(account_id, identity.customer_id, "", identity.pk)]


def _with_unseen(rows: QuerySet[Conversation], account_id: int) -> QuerySet[Conversation]:
    answers = Message.objects.filter(conversation=OuterRef("pk"), kind=MessageKind.OUT, account=account_id)
    unseen = answers.exclude(delivery=Delivery.READ).order_by().values("conversation").annotate(number=Count("pk"))
    shown = rows.annotate(unseen=Coalesce(Subquery(unseen.values("number")), 0)).select_related("owner", "rating")
    return shown[:MOST_CONVERSATIONS]


def _own_listed(account_id: int, *scope: Any, is_visitor: bool) -> QuerySet[Conversation]:
    return _with_unseen(conversations_in(account_id, *scope, is_visitor=is_visitor), account_id)


_listed_of_visitor = Prepared(partial(_own_listed, is_visitor=True))
_listed_of_signed = Prepared(partial(_own_listed, is_visitor=False))


def _listed(conversation: Conversation) -> dict[str, Any]:
    state = ConversationState(conversation.state)
    rating = getattr(conversation, "rating", None)
    return {
        "id": str(conversation.public_id),
        "state": _SHOWN_STATE.get(state, state).value,
        "agent": {"name": conversation.owner.shown_name} if conversation.owner else None,
        "text": conversation.last_message_text,
        "at": conversation.last_message_at.isoformat(),
        "unread": getattr(conversation, "unseen", 0),
        "ended_at": conversation.closed_at.isoformat() if conversation.closed_at else None,
        "rating": rating.score if rating else None,
    }


def history_json(account: ChannelAccount, conversation: Conversation, before: int | None) -> dict[str, Any]:
    """One conversation and the messages before an event, the last 30 of them."""
    rows = _shown_messages(conversation.pk, conversation.account_id).prefetch_related("attachments")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    found = list(rows.order_by("-pk")[: FIRST_MESSAGES + 1])
    read_seq = read_up_to(conversation)
    return {
        "conversation": conversation_json(conversation),
        "messages": [
            message_json(account, conversation, message, read_seq=read_seq)
            for message in reversed(found[:FIRST_MESSAGES])
        ],
        "more": len(found) > FIRST_MESSAGES,
    }


def state_frame(conversation: Conversation, *, position: int | None = None) -> str:
    """`state`: what the page shows above its composer."""
    return encode_state(conversation_json(conversation, position=position))


def encode_state(shown: dict[str, Any]) -> str:
    others = {name: value for name, value in shown.items() if name != "id"}
    return encode({"t": "state", "conversation": shown["id"], **others})


def welcome(visitor: Visitor, conversation: Conversation | None, *, seq: int | None = None) -> dict[str, Any]:
    """All that a page needs to show after a (re)connect; `seq` only where the page already shows this conversation."""
    account = visitor.account
    available = availability_of(account)
    frame: dict[str, Any] = {
        "t": "welcome",
        "conversation": None,
        "messages": [],
        "seq": 0,
        "gap": False,
        "more": False,
        "topics": [{"slug": topic.slug, "name": topic.name, "open": topic.is_open} for topic in available.topics],
        "open": available.is_open,
        "opens_at": available.opens_at.isoformat() if available.opens_at else None,
        "wait": wait_json(available.wait),
        "known": visitor.claims is not None,
        "identity_required": not visitor.may_write,
        "fields": [ask.as_json() for ask in fields_to_ask(visitor, WidgetConfig.of(account))],
        "person": person_json(visitor),
        "conversations": conversations_json(visitor),
    }
    frame["unread"] = sum(row["unread"] for row in frame["conversations"])
    if conversation is not None:
        read_seq = read_up_to(conversation)
        frame["conversation"] = conversation_json(conversation)
        frame["seq"] = conversation.event_seq
        shown = messages_after(conversation, seq)
        frame["messages"] = [
            message_json(account, conversation, message, read_seq=read_seq) for message in shown.messages
        ]
        frame["gap"], frame["more"] = shown.is_gap, shown.has_more
        frame["read_seq"] = read_seq
    return frame
