"""PURE: what Messenger and Instagram tell of private messages, `entry[].messaging[]`.

Sources: developers.facebook.com/docs/messenger-platform/reference/webhook-events and
developers.facebook.com/docs/instagram-platform/webhooks/examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from channels_app.lenient import decimal, items, moment, number, obj, place, text
from channels_app.types import InboundEvent, InboundFile, InboundKind, Sender
from contactcenter.conversations.states import Delivery, IdentityKind, IdentityLevel

# Attachments that are files, and the ending that a name gets where the address tells none.
_FILES = {"image": "jpg", "audio": "mp4", "video": "mp4", "file": "bin", "ig_reel": "mp4", "reel": "mp4"}
# Attachments that point to something of the provider's: their address is all that can be shown.
_LINKS = frozenset({"share", "fallback", "post", "ig_post"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Whose events are read: the kind of account, the provider's id of it, and our app's id if known."""

    kind: str
    identity_kind: IdentityKind
    id: str
    app_id: str
    received_at: datetime


def messaging_events(page: Page, entry: Mapping[str, Any]) -> Iterator[InboundEvent]:
    """The events of one entry, those of a conversation that another app holds included."""
    for data in [*items(entry, "messaging"), *items(entry, "standby")]:
        yield _event(page, data)


def _event(page: Page, data: Mapping[str, Any]) -> InboundEvent:
    readers = {
        "message": _message,
        "message_edit": _edit,
        "reaction": _reaction,
        "read": _read,
        "delivery": _delivery,
        "postback": _postback,
    }
    for name, reader in readers.items():
        if obj(data, name):
            return reader(page, data, obj(data, name))
    return _base(page, data, "")


def _base(page: Page, data: Mapping[str, Any], external_id: str) -> InboundEvent:
    return InboundEvent(
        kind=InboundKind.UNSUPPORTED,
        external_id=external_id,
        occurred_at=moment(data.get("timestamp"), page.received_at),
        target=(page.kind, page.id),
        sender=_sender(page, text(data, "sender", "id")),
        raw=data,
    )


def _sender(page: Page, person: str) -> Sender | None:
    if not person or person == page.id:
        return None
    return Sender(kind=page.identity_kind, address=person, level=IdentityLevel.RECOGNISED, scope=page.id)


def _message(page: Page, data: Mapping[str, Any], message: Mapping[str, Any]) -> InboundEvent:
    mid = text(message, "mid")
    event = replace(_base(page, data, mid), text=text(message, "text"), reply_to=text(message, "reply_to", "mid"))
    if message.get("is_deleted") is True:
        return replace(event, kind=InboundKind.DELETION, external_id=f"deleted:{mid}", about=mid, text="")
    if message.get("is_echo") is True or text(data, "sender", "id") == page.id:
        return _echo(page, data, message, event)
    files, words, unsupported = _attachments(message)
    if story := text(message, "reply_to", "story", "url"):
        words.insert(0, f"↩ {story}")
    return replace(
        event,
        kind=InboundKind.MESSAGE if mid and event.sender else InboundKind.UNSUPPORTED,
        text="\n".join(part for part in (*words, event.text) if part),
        files=files,
        unsupported="" if event.text or files or words else unsupported,
        ref=text(message, "referral", "ref")[:200],
    )


def _echo(page: Page, data: Mapping[str, Any], message: Mapping[str, Any], event: InboundEvent) -> InboundEvent:
    """What went out from here comes back with our app's id; everything else was written elsewhere."""
    files, words, unsupported = _attachments(message)
    is_own = bool(page.app_id) and text(message, "app_id") == page.app_id
    return replace(
        event,
        kind=InboundKind.UNSUPPORTED if is_own else InboundKind.ECHO,
        external_id=event.external_id,
        sender=_sender(page, text(data, "recipient", "id")),
        text="\n".join(part for part in (*words, event.text) if part),
        files=files,
        unsupported="" if event.text or files or words else unsupported,
        by_us=True,
    )


def _attachments(message: Mapping[str, Any]) -> tuple[tuple[InboundFile, ...], list[str], str]:
    """Files, words for what is no file, and the provider's name of what can be neither."""
    files: list[InboundFile] = []
    words: list[str] = []
    unknown = "unsupported" if message.get("is_unsupported") is True else ""
    for attachment in items(message, "attachments"):
        kind, url = text(attachment, "type"), text(attachment, "payload", "url")
        title = text(attachment, "payload", "title") or text(attachment, "title")
        where = obj(attachment, "payload", "coordinates")
        if where:
            words.append(place(decimal(where, "lat"), decimal(where, "long"), title) or kind)
        elif kind in _LINKS or kind == "template":
            words += [part for part in (title, url) if part]
            unknown = unknown or kind
        elif url:
            files.append(InboundFile(name=_file_name(kind, url, len(files) + 1), reference=url))
        else:
            unknown = unknown or kind
    return tuple(files), words, unknown or ("message" if not text(message, "text") else "")


def _file_name(kind: str, url: str, number: int) -> str:
    last = url.partition("?")[0].rpartition("/")[2]
    return last if "." in last[-6:] and len(last) < 80 else f"{kind or 'file'}-{number}.{_FILES.get(kind, 'bin')}"


def _edit(page: Page, data: Mapping[str, Any], edit: Mapping[str, Any]) -> InboundEvent:
    mid, count = text(edit, "mid"), number(edit, "num_edit")
    event = replace(_base(page, data, f"edit:{mid}:{count}"), text=text(edit, "text"))
    if not mid:
        return event
    if count == 0:
        # Some accounts in development get new messages in this form.
        return replace(event, kind=InboundKind.MESSAGE, external_id=mid, unsupported="" if event.text else "message")
    return replace(event, kind=InboundKind.EDIT, about=mid, revision=count)


def _reaction(page: Page, data: Mapping[str, Any], reaction: Mapping[str, Any]) -> InboundEvent:
    mid, is_taken_back = text(reaction, "mid"), text(reaction, "action") == "unreact"
    by_us = text(data, "sender", "id") == page.id
    event = _base(page, data, f"reaction:{mid}:{text(data, 'sender', 'id')}:{text(data, 'timestamp')}")
    emoji = "" if is_taken_back else text(reaction, "emoji") or text(reaction, "reaction")
    kind = InboundKind.REACTION if mid else InboundKind.UNSUPPORTED
    return replace(event, kind=kind, about=mid, text=emoji, by_us=by_us)


def _read(page: Page, data: Mapping[str, Any], read: Mapping[str, Any]) -> InboundEvent:
    """Messenger names the moment up to which all is read, Instagram the message."""
    mid = text(read, "mid")
    person = text(data, "sender", "id")
    event = replace(_base(page, data, f"read:{mid or person}:{text(read, 'watermark')}"), delivery=Delivery.READ)
    if mid:
        return replace(event, kind=InboundKind.RECEIPT, about=mid)
    if not number(read, "watermark"):
        return event
    return replace(event, kind=InboundKind.RECEIPT, up_to=moment(read.get("watermark"), page.received_at))


def _delivery(page: Page, data: Mapping[str, Any], delivery: Mapping[str, Any]) -> InboundEvent:
    person, watermark = text(data, "sender", "id"), text(delivery, "watermark")
    event = replace(_base(page, data, f"delivered:{person}:{watermark}"), delivery=Delivery.DELIVERED)
    if not number(delivery, "watermark"):
        return event
    return replace(event, kind=InboundKind.RECEIPT, up_to=moment(delivery.get("watermark"), page.received_at))


def _postback(page: Page, data: Mapping[str, Any], postback: Mapping[str, Any]) -> InboundEvent:
    """A button that the customer tapped: what stands on it is what they say."""
    said = text(postback, "title") or text(postback, "payload")
    mid = text(postback, "mid") or f"postback:{text(data, 'sender', 'id')}:{text(data, 'timestamp')}"
    event = _base(page, data, mid)
    kind = InboundKind.MESSAGE if said and event.sender else InboundKind.UNSUPPORTED
    return replace(event, kind=kind, text=said, ref=text(postback, "referral", "ref")[:200])
