"""What the customer's page is told, as JSON: their words and ours, never a note, never what happens inside."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core import signing
from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse

from channels_app.webchat.availability import availability_of
from channels_app.webchat.config import WidgetConfig
from channels_app.webchat.models import LeftMessage
from channels_app.webchat.people import fields_to_ask, person_json
from channels_app.webchat.visitors import Visitor, own_conversations
from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Event, Message, Rating
from contactcenter.conversations.services.ratings import can_rate, changeable_until
from contactcenter.conversations.states import ConversationState, Delivery, MessageKind
from routing.selectors import open_entry, position_in_queue, queue_is_open, queue_opens_at, waited_seconds

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
    rows = Event.objects.filter(conversation=conversation, kind__in=_READ_EVENTS)
    return rows.aggregate(last=Max("seq"))["last"] or 0


def _shown_messages(conversation: Conversation) -> QuerySet[Message]:
    """What came or went by mail is part of the conversation here, and not of what this page shows."""
    rows = Message.objects.filter(conversation=conversation, account=conversation.account_id, kind__in=SHOWN_KINDS)
    return rows.select_related("author").prefetch_related("attachments")


def messages_after(conversation: Conversation, seq: int | None) -> tuple[list[Message], bool]:
    """The last 30 messages, or those after an event; a page that has missed too much gets the last 30 again, and True:
    what it shows does not go on with them."""
    rows = _shown_messages(conversation)
    if seq is not None:
        missed = list(rows.filter(seq__gt=seq).order_by("pk")[: MOST_MESSAGES + 1])
        if len(missed) <= MOST_MESSAGES:
            return missed, False
    return list(reversed(rows.order_by("-pk")[:FIRST_MESSAGES])), seq is not None


def conversation_json(conversation: Conversation, *, position: int | None = None) -> dict[str, Any]:
    """State, place and agent. `position` saves the question where it is known."""
    state = ConversationState(conversation.state)
    shown = _SHOWN_STATE.get(state, state)
    frame: dict[str, Any] = {
        "id": str(conversation.public_id),
        "state": shown.value,
        "position": None,
        "agent": None,
        "queue_open": True,
        "opens_at": None,
        "late": False,
        "left": False,
        "ended_at": conversation.closed_at.isoformat() if conversation.closed_at else None,
        "rating": None,
        "can_rate": False,
    }
    if shown == ConversationState.QUEUED:
        entry = open_entry(conversation)
        if entry is not None:
            moment = now()
            frame["position"] = position or position_in_queue(conversation)
            frame["queue_open"] = queue_is_open(entry.queue, moment)
            if not frame["queue_open"]:
                opens_at = queue_opens_at(entry.queue, moment)
                frame["opens_at"] = opens_at.isoformat() if opens_at else None
            most = entry.queue.max_wait_seconds
            frame["late"] = most is not None and waited_seconds(conversation, moment) >= most
            frame["left"] = LeftMessage.objects.filter(conversation=conversation).exists()
        return frame
    if conversation.owner is not None:
        frame["agent"] = {"name": conversation.owner.shown_name}
    if shown == ConversationState.CLOSED:
        rating = Rating.objects.filter(conversation=conversation).first()
        frame["rating"] = rating_json(rating) if rating else None
        frame["can_rate"] = can_rate(conversation, rating)
    return frame


def rating_json(rating: Rating) -> dict[str, Any]:
    return {"score": rating.score, "comment": rating.comment, "until": changeable_until(rating).isoformat()}


def conversations_json(visitor: Visitor) -> list[dict[str, Any]]:
    """The visitor's conversations by their last words, the newest first."""
    answers = Q(messages__kind=MessageKind.OUT, messages__account=visitor.account)
    rows = own_conversations(visitor).annotate(
        unseen=Count("messages", filter=answers & ~Q(messages__delivery=Delivery.READ))
    )
    return [_listed(row) for row in rows.select_related("owner", "rating")[:MOST_CONVERSATIONS]]


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
    rows = _shown_messages(conversation)
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
    shown = conversation_json(conversation, position=position)
    return encode({"t": "state", "conversation": shown.pop("id"), **shown})


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
        messages, frame["gap"] = messages_after(conversation, seq)
        frame["messages"] = [message_json(account, conversation, message, read_seq=read_seq) for message in messages]
        frame["more"] = bool(messages) and _shown_messages(conversation).filter(seq__lt=messages[0].seq).exists()
        frame["read_seq"] = read_seq
    return frame
