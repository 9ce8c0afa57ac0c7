"""What providers post when somebody does something: writes, attaches, edits, deletes, reacts, comments, leaves.

Each returns the body and keeps what was done as the provider would, so that the stand-in knows its people.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels_app.sandbox.files import address_of
from channels_app.sandbox.models import SandboxFile, SandboxMessage
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer at a provider: their address there, and their name."""

    address: str
    name: str


def page_entry(account: ChannelAccount, *messaging: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope of Messenger and Instagram."""
    kind = "instagram" if account.kind == "instagram" else "page"
    return {
        "object": kind,
        "entry": [{"id": account.address, "time": milliseconds(now()), "messaging": list(messaging)}],
    }


def whatsapp_value(account: ChannelAccount, **value: Any) -> dict[str, Any]:
    """The envelope of WhatsApp Cloud."""
    metadata = {"display_phone_number": "3726000001", "phone_number_id": account.address}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def write(account: ChannelAccount, person: Person, text: str, file: SandboxFile | None = None) -> Any:
    """Somebody writes, or sends a file with or without words."""
    row = _keep(account, person, text)
    maker = _WRITING[account.kind]
    return maker(row, person, file)


def _keep(account: ChannelAccount, person: Person, text: str, **data: Any) -> SandboxMessage:
    row = SandboxMessage.objects.create(
        account=account,
        external_id="",
        is_outbound=False,
        person=person.address,
        text=text,
        data={"name": person.name, **data},
        status="received",
        created_at=now(),
    )
    row.external_id = _id_of(row)
    row.save(update_fields=["external_id"])
    return row


def _id_of(row: SandboxMessage) -> str:
    kind = row.account.kind
    if kind == "telegram":
        return f"{row.person}:{row.pk}"
    if kind == "viber":
        return str(5_000_000_000_000_000_000 + row.pk)
    prefixes = {"whatsapp_cloud": "wamid.", "generic": "evt-"}
    return f"{prefixes.get(kind, 'm_')}{secrets.token_urlsafe(16)}"


def _messaging(row: SandboxMessage, **event: Any) -> dict[str, Any]:
    account = row.account
    moment = milliseconds(now())
    base = {"sender": {"id": row.person}, "recipient": {"id": account.address}, "timestamp": moment}
    return page_entry(account, {**base, **event})


def _write_page(row: SandboxMessage, person: Person, file: SandboxFile | None) -> dict[str, Any]:
    message: dict[str, Any] = {"mid": row.external_id}
    if row.text:
        message["text"] = row.text
    if file is not None:
        family = file.content_type.partition("/")[0]
        kind = family if family in {"image", "audio", "video"} else "file"
        message["attachments"] = [{"type": kind, "payload": {"url": address_of(file.external_id)}}]
    return _messaging(row, message=message)


def _write_whatsapp(row: SandboxMessage, person: Person, file: SandboxFile | None) -> dict[str, Any]:
    kind, content = "text", {"body": row.text}
    if file is not None:
        family = file.content_type.partition("/")[0]
        kind = family if family in {"image", "audio", "video"} else "document"
        content = {"id": file.external_id, "mime_type": file.content_type, "filename": file.name, "caption": row.text}
    number = row.person.lstrip("+")
    message = {
        "from": number,
        "id": row.external_id,
        "timestamp": str(int(now().timestamp())),
        "type": kind,
        kind: content,
    }
    contacts = [{"profile": {"name": person.name}, "wa_id": number}]
    return whatsapp_value(row.account, contacts=contacts, messages=[message])


def _viber_user(row: SandboxMessage, person: Person) -> dict[str, Any]:
    return {"id": row.person, "name": person.name, "language": "en", "country": "EE", "api_version": 10}


def _write_viber(row: SandboxMessage, person: Person, file: SandboxFile | None) -> dict[str, Any]:
    message: dict[str, Any] = {"type": "text", "text": row.text}
    if file is not None:
        kind = "picture" if file.content_type.startswith("image/") else "file"
        address = address_of(file.external_id)
        message = {
            "type": kind,
            "media": address,
            "file_name": file.name,
            "size": len(bytes(file.content)),
            "text": row.text,
        }
    moment = milliseconds(now())
    user = _viber_user(row, person)
    return {
        "event": "message",
        "timestamp": moment,
        "message_token": int(row.external_id),
        "sender": user,
        "message": message,
    }


def _telegram_chat(row: SandboxMessage, person: Person) -> dict[str, Any]:
    first, _space, last = person.name.partition(" ")
    chat = {"id": int(row.person), "first_name": first, "last_name": last}
    return {"chat": {**chat, "type": "private"}, "from": {**chat, "is_bot": False, "language_code": "en"}}


def _write_telegram(row: SandboxMessage, person: Person, file: SandboxFile | None) -> dict[str, Any]:
    message = {"message_id": row.pk, "date": int(now().timestamp()), **_telegram_chat(row, person)}
    if file is None:
        message["text"] = row.text
    else:
        size = {"file_id": file.external_id, "file_unique_id": file.external_id, "file_size": len(bytes(file.content))}
        message["caption"] = row.text
        if file.content_type.startswith("image/"):
            message["photo"] = [{**size, "width": 1, "height": 1}]
        else:
            message["document"] = {**size, "file_name": file.name, "mime_type": file.content_type}
    return {"update_id": _update_id(), "message": message}


def _update_id() -> int:
    return milliseconds(now()) * 100 + secrets.randbelow(100)


def _write_generic(row: SandboxMessage, person: Person, file: SandboxFile | None) -> dict[str, Any]:
    files = []
    if file is not None:
        size = len(bytes(file.content))
        address = address_of(file.external_id)
        files = [{"name": file.name, "url": address, "content_type": file.content_type, "size": size}]
    sender = {"id": row.person, "name": person.name}
    at = now().isoformat()
    return {"id": row.external_id, "type": "message", "at": at, "from": sender, "text": row.text, "files": files}


_WRITING: Mapping[str, Any] = {
    "messenger": _write_page,
    "instagram": _write_page,
    "whatsapp_cloud": _write_whatsapp,
    "viber": _write_viber,
    "telegram": _write_telegram,
    "generic": _write_generic,
}


def comment(account: ChannelAccount, person: Person, text: str, *, post: str, parent: str = "") -> dict[str, Any]:
    """Somebody comments below a post, for everybody; `parent` is the comment that they answer."""
    row = _keep(account, person, text, public=True, post=post, parent=parent)
    row.external_id = f"{post.rpartition('_')[2]}_{10**9 + row.pk}"
    row.save(update_fields=["external_id"])
    moment = int(now().timestamp())
    if account.kind == "instagram":
        value: dict[str, Any] = {
            "id": row.external_id,
            "from": {"id": row.person, "username": person.name.lower().replace(" ", ".")},
            "text": text,
            "media": {"id": post},
            **({"parent_id": parent} if parent else {}),
        }
        changes = [{"field": "comments", "value": value}]
        return {"object": "instagram", "entry": [{"id": account.address, "time": moment, "changes": changes}]}
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": row.external_id,
        "post_id": post,
        "parent_id": parent or post,
        "message": text,
        "created_time": moment,
        "from": {"id": row.person, "name": person.name},
    }
    changes = [{"field": "feed", "value": value}]
    return {"object": "page", "entry": [{"id": account.address, "time": moment, "changes": changes}]}
