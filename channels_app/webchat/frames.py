"""What the customer's page is told, as JSON: their words and ours, never a note, never what happens inside."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core import signing
from django.db.models import Max
from django.urls import reverse

from channels_app.webchat.availability import availability_of
from channels_app.webchat.visitors import Visitor
from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Event, Message
from contactcenter.conversations.states import ConversationState, Delivery, MessageKind
from routing.selectors import open_entry, position_in_queue, queue_is_open, queue_opens_at

FILE_SALT = "webchat.file"
SHOWN_KINDS = (MessageKind.IN, MessageKind.OUT, MessageKind.SYSTEM)
FIRST_MESSAGES = 30
MOST_MESSAGES = 200
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
        "delivery": delivery,
    }
    if kind == MessageKind.IN and message.client_id:
        frame["client"] = message.client_id
    return frame


def read_up_to(conversation: Conversation) -> int:
    """The last event by which we have seen what the customer wrote."""
    rows = Event.objects.filter(conversation=conversation, kind__in=_READ_EVENTS)
    return rows.aggregate(last=Max("seq"))["last"] or 0


def messages_after(conversation: Conversation, seq: int | None) -> list[Message]:
    """The last 30 messages, or those after an event; a page that has missed too much gets the last 30 again."""
    # What came or went by mail is part of the conversation here, and not of what this page shows.
    rows = Message.objects.filter(conversation=conversation, account=conversation.account_id, kind__in=SHOWN_KINDS)
    rows = rows.select_related("author").prefetch_related("attachments")
    if seq is not None:
        missed = list(rows.filter(seq__gt=seq).order_by("pk")[: MOST_MESSAGES + 1])
        if len(missed) <= MOST_MESSAGES:
            return missed
    return list(reversed(rows.order_by("-pk")[:FIRST_MESSAGES]))


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
    elif conversation.owner is not None and shown in {ConversationState.ACTIVE, ConversationState.SNOOZED}:
        frame["agent"] = {"name": conversation.owner.shown_name}
    return frame


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
        "topics": [{"slug": topic.slug, "name": topic.name, "open": topic.is_open} for topic in available.topics],
        "open": available.is_open,
        "opens_at": available.opens_at.isoformat() if available.opens_at else None,
        "known": visitor.claims is not None,
    }
    if conversation is not None:
        read_seq = read_up_to(conversation)
        frame["conversation"] = conversation_json(conversation)
        frame["seq"] = conversation.event_seq
        frame["messages"] = [
            message_json(account, conversation, message, read_seq=read_seq)
            for message in messages_after(conversation, seq)
        ]
        frame["read_seq"] = read_seq
    return frame
