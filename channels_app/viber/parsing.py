"""PURE: what Viber tells of one event. Source: creators.viber.com/docs/bots-api/resources/callbacks.

`message_token` is bigger than a JavaScript number holds: it is kept as a string of figures throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels_app.lenient import decimal, moment, number, obj, place, text
from channels_app.types import InboundEvent, InboundFile, InboundKind, Sender
from contactcenter.conversations.states import Delivery, IdentityKind, IdentityLevel

_DELIVERIES = {"delivered": Delivery.DELIVERED, "seen": Delivery.READ, "failed": Delivery.FAILED}
_FILES = {"picture": "picture.jpg", "video": "video.mp4", "file": "file.bin", "audio": "audio.mp4"}


def viber_event(data: Mapping[str, Any], received_at: datetime, bot: str) -> InboundEvent:
    """One callback. `bot` is the scope of user ids: the same person has another one at another bot."""
    name, token = text(data, "event"), text(data, "message_token")
    base = InboundEvent(
        kind=InboundKind.UNSUPPORTED,
        external_id=f"{name}:{token}:{text(data, 'user_id') or text(data, 'sender', 'id')}" if token else "",
        occurred_at=moment(data.get("timestamp"), received_at),
        raw=data,
    )
    reader = _READERS.get(name)
    return reader(base, data, bot) if reader is not None else base


def _sender(user: Mapping[str, Any], bot: str) -> Sender | None:
    if not text(user, "id"):
        return None
    return Sender(
        kind=IdentityKind.VIBER,
        address=text(user, "id"),
        level=IdentityLevel.RECOGNISED,
        scope=bot,
        name=text(user, "name"),
        language=text(user, "language").partition("-")[0][:5],
    )


def _message(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    message, sender = obj(data, "message"), _sender(obj(data, "sender"), bot)
    kind = text(message, "type")
    files = _files(kind, message)
    words = "\n".join(filter(None, [text(message, "text"), _more_words(kind, message)]))
    return replace(
        base,
        kind=InboundKind.MESSAGE if sender and text(data, "message_token") else InboundKind.UNSUPPORTED,
        external_id=text(data, "message_token"),
        sender=sender,
        text=words,
        files=files,
        unsupported="" if words or files else kind or "message",
    )


def _files(kind: str, message: Mapping[str, Any]) -> tuple[InboundFile, ...]:
    url = text(message, "media")
    if kind not in _FILES or not url:
        return ()
    name = text(message, "file_name") or _FILES[kind]
    return (InboundFile(name=name, reference=url, size=number(message, "size")),)


def _more_words(kind: str, message: Mapping[str, Any]) -> str:
    if kind == "url":
        return text(message, "media")
    if kind == "location":
        where = obj(message, "location")
        return place(decimal(where, "lat"), decimal(where, "lon"))
    if kind == "contact":
        contact = obj(message, "contact")
        return ", ".join(filter(None, [text(contact, "name"), text(contact, "phone_number")]))
    return ""


def _receipt(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    token = text(data, "message_token")
    return replace(
        base,
        kind=InboundKind.RECEIPT if token else InboundKind.UNSUPPORTED,
        about=token,
        delivery=_DELIVERIES[text(data, "event")],
        error=text(data, "desc")[:300],
    )


def _unsubscribed(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    """They have left the bot: nothing may be sent until they come back."""
    sender = _sender({"id": data.get("user_id")}, bot)
    return replace(base, kind=InboundKind.OPT_OUT if sender else base.kind, sender=sender)


def _subscribed(base: InboundEvent, data: Mapping[str, Any], bot: str) -> InboundEvent:
    sender = _sender(obj(data, "user"), bot)
    return replace(base, kind=InboundKind.OPT_IN if sender else base.kind, sender=sender)


_READERS: Mapping[str, Callable[[InboundEvent, Mapping[str, Any], str], InboundEvent]] = {
    "message": _message,
    "delivered": _receipt,
    "seen": _receipt,
    "failed": _receipt,
    "unsubscribed": _unsubscribed,
    "subscribed": _subscribed,
}
