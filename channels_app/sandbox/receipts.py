"""PURE: what providers tell of a message of ours: in odd order, and more than once, as they do."""

from __future__ import annotations

from typing import Any

from channels_app.sandbox.models import SandboxMessage
from channels_app.sandbox.people import milliseconds, page_entry, whatsapp_value
from contactcenter.base.clock import now


def receipts_of(message: SandboxMessage, *, fails: bool) -> list[Any]:
    """Bodies in the order in which they are posted. Telegram tells nothing."""
    makers = {
        "messenger": _messenger,
        "instagram": _instagram,
        "facebook": _own_comment,
        "whatsapp_cloud": _whatsapp,
        "viber": _viber,
        "generic": _generic,
    }
    maker = makers.get(message.account.kind)
    return maker(message, fails) if maker is not None else []


def _messenger(message: SandboxMessage, fails: bool) -> list[Any]:
    account, moment = message.account, milliseconds(now()) + 1000
    person = {"sender": {"id": message.person}, "recipient": {"id": account.address}, "timestamp": moment}
    echo = {
        "sender": {"id": account.address},
        "recipient": {"id": message.person},
        "timestamp": moment,
        "message": {"mid": message.external_id, "text": message.text, "is_echo": True},
    }
    read = {**person, "read": {"watermark": moment}}
    delivery = {**person, "delivery": {"mids": [message.external_id], "watermark": moment}}
    return [page_entry(account, row) for row in ([] if fails else [read, echo, delivery, read])]


def _instagram(message: SandboxMessage, fails: bool) -> list[Any]:
    if message.data.get("public"):
        return _own_comment(message, fails)
    account = message.account
    person = {"sender": {"id": message.person}, "recipient": {"id": account.address}, "timestamp": milliseconds(now())}
    read = {**person, "read": {"mid": message.external_id}}
    return [] if fails else [page_entry(account, read)]


def _own_comment(message: SandboxMessage, fails: bool) -> list[Any]:
    """Our own comment comes back like everybody's."""
    account, data = message.account, message.data
    if account.kind == "instagram":
        value = {
            "id": message.external_id,
            "from": {"id": account.address, "username": account.slug},
            "text": message.text,
            "media": {"id": data["post"]},
            "parent_id": data["parent"],
        }
        changes = [{"field": "comments", "value": value}]
        return [{"object": "instagram", "entry": [{"id": account.address, "time": _seconds(), "changes": changes}]}]
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": message.external_id,
        "post_id": data["post"],
        "parent_id": data["parent"],
        "message": message.text,
        "created_time": _seconds(),
        "from": {"id": account.address, "name": account.name},
    }
    changes = [{"field": "feed", "value": value}]
    return [{"object": "page", "entry": [{"id": account.address, "time": _seconds(), "changes": changes}]}]


def _seconds() -> int:
    return int(now().timestamp())


def _whatsapp(message: SandboxMessage, fails: bool) -> list[Any]:
    order = ["sent", "failed"] if fails else ["read", "sent", "delivered", "sent"]
    errors = [{"code": 131026, "title": "Message undeliverable"}]
    bodies = []
    for status in order:
        row: dict[str, Any] = {
            "id": message.external_id,
            "status": status,
            "timestamp": str(_seconds()),
            "recipient_id": message.person.lstrip("+"),
            "biz_opaque_callback_data": message.data.get("biz_opaque_callback_data", ""),
        }
        bodies.append(
            whatsapp_value(message.account, statuses=[{**row, "errors": errors} if status == "failed" else row])
        )
    return bodies


def _viber(message: SandboxMessage, fails: bool) -> list[Any]:
    moment, token = milliseconds(now()), int(message.external_id)
    events = ["failed"] if fails else ["seen", "delivered", "seen"]
    return [
        {"event": event, "timestamp": moment, "message_token": token, "user_id": message.person, "desc": ""}
        for event in events
    ]


def _generic(message: SandboxMessage, fails: bool) -> list[Any]:
    statuses = ["failed"] if fails else ["read", "delivered"]
    about = message.external_id
    return [
        {"id": f"{about}-{status}", "type": "receipt", "at": now().isoformat(), "message": about, "status": status}
        for status in statuses
    ]
