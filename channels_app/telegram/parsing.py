"""PURE: what Telegram tells of one update. Source: core.telegram.org/bots/api#update.

A message's id is unique within its chat alone: ours is `<chat>:<message>`. A conversation is a chat, with its topic
and, where a bot answers for somebody's own account, that connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels_app.lenient import decimal, items, moment, number, obj, place, text
from channels_app.types import InboundEvent, InboundFile, InboundKind, Sender
from contactcenter.conversations.states import IdentityKind, IdentityLevel

_FILES = {
    "document": "file.bin", "video": "video.mp4", "animation": "animation.mp4", "audio": "audio.mp3",
    "voice": "voice.ogg", "video_note": "video.mp4", "sticker": "sticker.webp",
}  # fmt: skip
# What an update holds besides its number, and what reads it.
_Reader = Callable[[InboundEvent, Mapping[str, Any], str], InboundEvent]


def telegram_events(update: Mapping[str, Any], received_at: datetime, bot: str) -> list[InboundEvent]:
    """The events of one update. `bot` is the scope of chats."""
    update_id = text(update, "update_id")
    base = InboundEvent(
        kind=InboundKind.UNSUPPORTED,
        external_id=f"update:{update_id}" if update_id else "",
        occurred_at=received_at,
        raw=update,
    )
    if deleted := obj(update, "deleted_business_messages"):
        return _deleted(base, deleted, bot)
    for name, reader in _READERS.items():
        if data := obj(update, name):
            return [reader(base, data, bot)]
    return [base]


def _sender(data: Mapping[str, Any], bot: str) -> Sender | None:
    """By the chat: that is what is written to. In a private chat it is the person."""
    chat, person = obj(data, "chat"), obj(data, "from") or obj(data, "user")
    if not text(chat, "id"):
        return None
    names = [text(person or chat, "first_name"), text(person or chat, "last_name")]
    handle = text(chat, "username") or text(person, "username")
    return Sender(
        kind=IdentityKind.TELEGRAM,
        address=text(chat, "id"),
        level=IdentityLevel.RECOGNISED,
        scope=bot,
        name=text(chat, "title") or " ".join(filter(None, names)),
        language=text(person, "language_code").partition("-")[0][:5],
        handle=f"@{handle}" if handle else "",
    )


def message_key(data: Mapping[str, Any]) -> str:
    """Our id of a message; empty where it cannot be told."""
    chat, number_in_chat = text(data, "chat", "id"), text(data, "message_id")
    return f"{chat}:{number_in_chat}" if chat and number_in_chat else ""


def _thread_key(data: Mapping[str, Any]) -> str:
    topic = text(data, "message_thread_id") if data.get("is_topic_message") is True else ""
    parts = {"topic": topic, "business": text(data, "business_connection_id")}
    return ",".join(f"{name}={value}" for name, value in parts.items() if value)


def _message(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    sender, key = _sender(data, bot), message_key(data)
    event = replace(
        base,
        occurred_at=moment(data.get("date"), base.occurred_at),
        sender=sender,
        thread_key=_thread_key(data),
        reply_to=message_key(obj(data, "reply_to_message")),
    )
    if sender is None or not key:
        return event
    said = text(data, "text")
    if said == "/start" or said.startswith("/start "):
        # They have opened the bot, perhaps once more after leaving it; the word after it tells from where.
        return replace(event, kind=InboundKind.OPT_IN, ref=said[7:200].strip(), external_id=key)
    words, files, unsupported = _content(data)
    return replace(event, kind=InboundKind.MESSAGE, external_id=key, text=words, files=files, unsupported=unsupported)


def _content(data: Mapping[str, Any]) -> tuple[str, tuple[InboundFile, ...], str]:
    files = _files(data)
    venue, where, contact = obj(data, "venue"), obj(data, "location"), obj(data, "contact")
    where = obj(venue, "location") or where
    poll = obj(data, "poll")
    parts = [
        text(data, "text") or text(data, "caption"),
        place(decimal(where, "latitude"), decimal(where, "longitude"), text(venue, "title"), text(venue, "address")),
        ", ".join(
            filter(None, [text(contact, "first_name"), text(contact, "last_name"), text(contact, "phone_number")])
        ),
        text(data, "dice", "emoji") and f"{text(data, 'dice', 'emoji')} {text(data, 'dice', 'value')}",
        "\n".join(filter(None, [text(poll, "question"), *(text(row, "text") for row in items(poll, "options"))])),
        text(data, "web_app_data", "data"),
    ]
    words = "\n".join(filter(None, parts))
    known = {"message_id", "from", "chat", "date", "business_connection_id", "message_thread_id", "is_topic_message"}
    kinds = [name for name in data if name not in known]
    return words, files, "" if words or files else next(iter(kinds), "message")


def _files(data: Mapping[str, Any]) -> tuple[InboundFile, ...]:
    """A picture comes in several sizes, the biggest last."""
    sizes = items(data, "photo")
    if sizes and text(sizes[-1], "file_id"):
        return (
            InboundFile(name="photo.jpg", reference=text(sizes[-1], "file_id"), size=number(sizes[-1], "file_size")),
        )
    for kind, name in _FILES.items():
        file = obj(data, kind)
        if text(file, "file_id"):
            return (
                InboundFile(
                    name=text(file, "file_name") or name,
                    reference=text(file, "file_id"),
                    content_type=text(file, "mime_type"),
                    size=number(file, "file_size"),
                ),
            )
    return ()


def _edited(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    key = message_key(data)
    words, _files_of, _unsupported = _content(data)
    event = replace(base, occurred_at=moment(data.get("edit_date"), base.occurred_at), about=key, text=words)
    return replace(event, kind=InboundKind.EDIT) if key and words else event


def _business_message(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    """Of an account that the bot answers for: what its owner writes there by hand went out from elsewhere."""
    event = _message(base, data, bot)
    is_owner = text(data, "from", "id") != text(data, "chat", "id")
    if event.kind != InboundKind.MESSAGE or not is_owner:
        return event
    chat = {"chat": data.get("chat")}
    return replace(event, kind=InboundKind.ECHO, sender=_sender(chat, bot), by_us=True)


def _reaction(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    key = message_key(data)
    emoji = [text(row, "emoji") or "★" for row in items(data, "new_reaction")]
    return replace(
        base,
        kind=InboundKind.REACTION if key else base.kind,
        occurred_at=moment(data.get("date"), base.occurred_at),
        about=key,
        text="".join(emoji),
    )


def _callback(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    """A button below a message of ours: its words are what the customer says."""
    sender = _sender({"chat": obj(data, "message", "chat"), "from": data.get("from")}, bot)
    kind = InboundKind.MESSAGE if sender and text(data, "data") else InboundKind.UNSUPPORTED
    return replace(
        base,
        kind=kind,
        external_id=f"callback:{text(data, 'id')}" if text(data, "id") else base.external_id,
        sender=sender,
        text=text(data, "data"),
        thread_key=_thread_key(obj(data, "message")),
        reply_to=message_key(obj(data, "message")),
    )


def _membership(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    """Blocked, or unblocked again."""
    kinds = {"kicked": InboundKind.OPT_OUT, "left": InboundKind.OPT_OUT, "member": InboundKind.OPT_IN}
    kind = kinds.get(text(data, "new_chat_member", "status"))
    sender = _sender(data, bot)
    return replace(base, kind=kind if kind and sender else base.kind, sender=sender)


def _deleted(base: InboundEvent, data: Mapping[str, Any], bot: str) -> list[InboundEvent]:
    found = data.get("message_ids")
    chat = text(data, "chat", "id")
    numbers = [text(number_in_chat) for number_in_chat in found] if isinstance(found, list) else []
    keys = [f"{chat}:{number_in_chat}" for number_in_chat in numbers if chat and number_in_chat]
    events = [
        replace(base, kind=InboundKind.DELETION, about=key, external_id=f"{base.external_id}:{key}") for key in keys
    ]
    return events or [base]


_READERS: Mapping[str, _Reader] = {
    "message": _message,
    "edited_message": _edited,
    "channel_post": _message,
    "edited_channel_post": _edited,
    "business_message": _business_message,
    "edited_business_message": _edited,
    "message_reaction": _reaction,
    "callback_query": _callback,
    "my_chat_member": _membership,
}
