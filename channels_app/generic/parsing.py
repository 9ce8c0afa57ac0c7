"""PURE: our own format, in which a company tells of what happens in its app or its devices. See docs/channels.md.

One event, or a list of them under `events`: `{"id", "type", "at", "from": {"id", "name", …}, …}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from channels_app.lenient import items, number, obj, text
from channels_app.types import InboundEvent, InboundFile, InboundKind, Sender
from contactcenter.conversations.states import Delivery, IdentityKind, IdentityLevel, Priority

_DELIVERIES = {"delivered": Delivery.DELIVERED, "read": Delivery.READ, "failed": Delivery.FAILED}
_SEVERITIES = {"critical": Priority.URGENT, "major": Priority.HIGH, "warning": Priority.HIGH, "info": Priority.LOW}
_Reader = Callable[[InboundEvent, Mapping[str, Any]], InboundEvent]


def generic_events(body: Any, webhook_id: str, received_at: datetime, scope: str) -> list[InboundEvent]:
    """The events of a body. Where one has no id of its own, the webhook's id and its place stand for it."""
    rows = items(body, "events") or [obj(body)]
    found = []
    for place, data in enumerate(rows):
        at = parse_datetime(text(data, "at")) if text(data, "at") else None
        base = InboundEvent(
            kind=InboundKind.UNSUPPORTED,
            external_id=text(data, "id") or f"{webhook_id}:{place}",
            occurred_at=at if at is not None and at.tzinfo is not None else received_at,
            sender=_sender(obj(data, "from"), scope),
            raw=data or {"body": body},
        )
        reader = _READERS.get(text(data, "type"))
        found.append(reader(base, data) if reader is not None else base)
    return found


def _sender(person: Mapping[str, Any], scope: str) -> Sender | None:
    """`id` is the company's own for the user of its app; mail and phone are what it vouches for."""
    if not text(person, "id"):
        return None
    more = ((IdentityKind.EMAIL, text(person, "email")), (IdentityKind.PHONE, text(person, "phone")))
    return Sender(
        kind=IdentityKind.GENERIC,
        address=text(person, "id")[:254],
        level=IdentityLevel.RECOGNISED,
        scope=scope,
        name=text(person, "name")[:200],
        language=text(person, "language")[:5],
        also=tuple((kind, address) for kind, address in more if address),
    )


def _message(base: InboundEvent, data: Mapping[str, Any]) -> InboundEvent:
    files = tuple(
        InboundFile(
            name=text(row, "name") or "file.bin",
            reference=text(row, "url"),
            content_type=text(row, "content_type"),
            size=number(row, "size"),
        )
        for row in items(data, "files")
        if text(row, "url")
    )
    said = text(data, "text")
    return replace(
        base,
        kind=InboundKind.MESSAGE if base.sender and (said or files) else InboundKind.UNSUPPORTED,
        text=said,
        files=files,
        thread_key=text(data, "thread")[:250],
        reply_to=text(data, "reply_to"),
        subject=text(data, "subject"),
        topic=text(data, "topic")[:50],
        priority=_SEVERITIES.get(text(data, "severity")),
        record=obj(data, "record") or None,
    )


def _alert(base: InboundEvent, data: Mapping[str, Any]) -> InboundEvent:
    """A device speaks for its owner: its words, how pressing it is, and the record of it."""
    words = [text(data, "title"), text(data, "text")]
    event = _message(base, {**data, "text": "\n".join(filter(None, words)), "subject": text(data, "title")})
    return replace(event, topic=event.topic or "alert", is_automatic=False)


def _edit(base: InboundEvent, data: Mapping[str, Any]) -> InboundEvent:
    about = text(data, "message")
    known = {"edit": InboundKind.EDIT, "delete": InboundKind.DELETION, "reaction": InboundKind.REACTION}
    kind = known[text(data, "type")] if about else base.kind
    return replace(base, kind=kind, about=about, text=text(data, "text"))


def _receipt(base: InboundEvent, data: Mapping[str, Any]) -> InboundEvent:
    about, delivery = text(data, "message"), _DELIVERIES.get(text(data, "status"))
    return replace(
        base,
        kind=InboundKind.RECEIPT if about and delivery else InboundKind.UNSUPPORTED,
        about=about,
        own_key=about,
        delivery=delivery,
        error=text(data, "error")[:300],
    )


def _consent(base: InboundEvent, data: Mapping[str, Any]) -> InboundEvent:
    kind = InboundKind.OPT_OUT if text(data, "type") == "opt_out" else InboundKind.OPT_IN
    return replace(base, kind=kind if base.sender else base.kind)


_READERS: Mapping[str, _Reader] = {
    "message": _message,
    "alert": _alert,
    "edit": _edit,
    "delete": _edit,
    "reaction": _edit,
    "receipt": _receipt,
    "opt_out": _consent,
    "opt_in": _consent,
}
