"""PURE: what WhatsApp Cloud tells: `changes[].value` of the fields messages and smb_message_echoes.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels_app.lenient import decimal, items, moment, number, obj, place, text
from channels_app.meta.errors import words_for
from channels_app.types import InboundEvent, InboundFile, InboundKind
from channels_app.whatsapp.people import whatsapp_sender
from contactcenter.conversations.states import Delivery

_DELIVERIES = {
    "sent": Delivery.ACCEPTED,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "played": Delivery.READ,
    "failed": Delivery.FAILED,
}
_FILES = {"image": "jpg", "video": "mp4", "audio": "ogg", "document": "bin", "sticker": "webp"}


def whatsapp_events(changes: Sequence[Mapping[str, Any]], received_at: datetime) -> Iterator[InboundEvent]:
    """The events of an entry's changes."""
    for change in changes:
        field, value = text(change, "field"), obj(change, "value")
        target = ("whatsapp_cloud", text(value, "metadata", "phone_number_id"))
        found = False
        for name, reader in (("messages", _message), ("message_echoes", _echo), ("statuses", _status)):
            for data in items(value, name) if field in {"messages", "smb_message_echoes", ""} else []:
                found = True
                yield reader(target, value, data, received_at)
        if field == "user_preferences":
            for data in items(value, "user_preferences"):
                found = True
                yield _preference(target, value, data, received_at)
        if not found:
            yield InboundEvent(
                kind=InboundKind.UNSUPPORTED,
                external_id="",
                occurred_at=received_at,
                target=target if target[1] else None,
                raw=change,
            )


def _base(
    target: tuple[str, str], value: Mapping[str, Any], data: Mapping[str, Any], received_at: datetime
) -> InboundEvent:
    number_or_id = [text(data, "from"), text(data, "from_user_id")]
    contact = next(
        (
            row
            for row in items(value, "contacts")
            if {text(row, "wa_id"), text(row, "user_id")} & set(filter(None, number_or_id))
        ),
        {},
    )
    return InboundEvent(
        kind=InboundKind.UNSUPPORTED,
        external_id=text(data, "id"),
        occurred_at=moment(data.get("timestamp"), received_at),
        target=target,
        sender=whatsapp_sender(
            *number_or_id,
            text(contact, "wa_id"),
            text(contact, "user_id"),
            name=text(contact, "profile", "name"),
            handle=text(contact, "profile", "username"),
        ),
        reply_to=text(data, "context", "id"),
        raw={**data, "contact": contact} if contact else data,
    )


def _message(
    target: tuple[str, str], value: Mapping[str, Any], data: Mapping[str, Any], received_at: datetime
) -> InboundEvent:
    event, kind = _base(target, value, data, received_at), text(data, "type")
    if kind == "reaction":
        about = text(data, "reaction", "message_id")
        reaction = InboundKind.REACTION if about else InboundKind.UNSUPPORTED
        return replace(event, kind=reaction, about=about, text=text(data, "reaction", "emoji"), reply_to="")
    if kind in {"edit", "revoke"}:
        return _change(event, kind, obj(data, kind), value, received_at)
    if kind == "system":
        return _system(event, obj(data, "system"))
    if not event.external_id or event.sender is None:
        return event
    words, files, unsupported = content_of(kind, data)
    ref = text(data, "referral", "source_id") or text(data, "referral", "ctwa_clid")
    return replace(event, kind=InboundKind.MESSAGE, text=words, files=files, unsupported=unsupported, ref=ref[:200])


def _change(
    event: InboundEvent, kind: str, change: Mapping[str, Any], value: Mapping[str, Any], received_at: datetime
) -> InboundEvent:
    about = text(change, "original_message_id")
    if not about:
        return event
    if kind == "revoke":
        return replace(event, kind=InboundKind.DELETION, about=about)
    edited = obj(change, "message")
    words, _files, _unsupported = content_of(text(edited, "type"), edited)
    return replace(event, kind=InboundKind.EDIT, about=about, text=words)


def _system(event: InboundEvent, system: Mapping[str, Any]) -> InboundEvent:
    """Another number or id of the same person: known as theirs from now on, and nobody is told."""
    others = [text(system, name) for name in ("wa_id", "new_wa_id", "user_id")]
    if event.sender is None or text(system, "type") == "customer_identity_changed":
        return event
    addresses = [event.sender.address, *(address for _kind, address in event.sender.also)]
    sender = whatsapp_sender(*addresses, *others, name=event.sender.name)
    return replace(event, kind=InboundKind.IDENTITY, sender=sender)


def content_of(kind: str, data: Mapping[str, Any]) -> tuple[str, tuple[InboundFile, ...], str]:
    """Words, files, and the provider's name of what can be neither."""
    content = obj(data, kind)
    if kind == "text":
        return text(content, "body"), (), "" if text(content, "body") else kind
    if kind in _FILES:
        return text(content, "caption"), _file(kind, content), "" if text(content, "id") else kind
    words = {
        "button": text(content, "text"),
        "interactive": _chosen(content),
        "location": place(
            decimal(content, "latitude"), decimal(content, "longitude"), text(content, "name"), text(content, "address")
        ),
        "contacts": "\n".join(_card(row) for row in items(data, "contacts")),
        "order": _order(content),
    }.get(kind, "")
    return words, (), "" if words else kind or "message"


def _file(kind: str, content: Mapping[str, Any]) -> tuple[InboundFile, ...]:
    if not text(content, "id"):
        return ()
    name = text(content, "filename") or f"{'voice' if content.get('voice') is True else kind}.{_FILES[kind]}"
    content_type = text(content, "mime_type").partition(";")[0]
    return (
        InboundFile(
            name=name, reference=text(content, "id"), content_type=content_type, size=number(content, "file_size")
        ),
    )


def _chosen(content: Mapping[str, Any]) -> str:
    """What stands on the button or row that was tapped; the answers of a form as they were given."""
    chosen = obj(content, text(content, "type"))
    parts = [text(chosen, "title"), text(chosen, "description")]
    return "\n".join(filter(None, parts)) or text(chosen, "body") or text(chosen, "response_json")


def _card(contact: Mapping[str, Any]) -> str:
    name = text(contact, "name", "formatted_name")
    phones = [text(row, "phone") for row in items(contact, "phones")]
    mails = [text(row, "email") for row in items(contact, "emails")]
    return ", ".join(filter(None, [name, *phones, *mails]))


def _order(content: Mapping[str, Any]) -> str:
    rows = [
        " ".join(
            filter(
                None,
                [
                    f"{number(row, 'quantity') or 1} ×",
                    text(row, "product_retailer_id"),
                    text(row, "item_price"),
                    text(row, "currency"),
                ],
            )
        )
        for row in items(content, "product_items")
    ]
    return "\n".join(filter(None, [text(content, "text"), *rows]))


def _echo(
    target: tuple[str, str], value: Mapping[str, Any], data: Mapping[str, Any], received_at: datetime
) -> InboundEvent:
    """Written in the phone app that shares the number."""
    event = _base(target, value, data, received_at)
    person = whatsapp_sender(text(data, "to"), text(data, "to_user_id"))
    words, files, unsupported = content_of(text(data, "type"), data)
    is_known = bool(event.external_id and person)
    return replace(
        event,
        kind=InboundKind.ECHO if is_known else InboundKind.UNSUPPORTED,
        sender=person,
        text=words,
        files=files,
        unsupported=unsupported,
        by_us=True,
    )


def _status(
    target: tuple[str, str], value: Mapping[str, Any], data: Mapping[str, Any], received_at: datetime
) -> InboundEvent:
    event, status = _base(target, value, data, received_at), text(data, "status")
    delivery = _DELIVERIES.get(status)
    error = next(iter(items(data, "errors")), {})
    details = text(error, "error_data", "details") or text(error, "title") or text(error, "message")
    is_known = delivery is not None and bool(event.external_id)
    return replace(
        event,
        kind=InboundKind.RECEIPT if is_known else InboundKind.UNSUPPORTED,
        external_id=f"{event.external_id}:{status}",
        about=event.external_id,
        own_key=text(data, "biz_opaque_callback_data"),
        sender=None,
        delivery=delivery,
        error=words_for(number(error, "code"), 0, details)[:300],
    )


def _preference(
    target: tuple[str, str], value: Mapping[str, Any], data: Mapping[str, Any], received_at: datetime
) -> InboundEvent:
    """Marketing switched off or on in WhatsApp itself."""
    contact = {**data, "from": text(data, "wa_id"), "from_user_id": text(data, "user_id")}
    event = _base(target, value, contact, received_at)
    kinds = {"stop": InboundKind.OPT_OUT, "resume": InboundKind.OPT_IN}
    kind = kinds.get(text(data, "value"), InboundKind.UNSUPPORTED)
    key = f"preference:{text(data, 'wa_id') or text(data, 'user_id')}:{text(data, 'timestamp')}"
    return replace(event, kind=kind, external_id=key, purpose="marketing", raw=data)
