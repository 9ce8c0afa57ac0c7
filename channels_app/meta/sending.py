"""Private messages of Messenger and Instagram: one shape, posted to `/{page}/messages`.

Source: developers.facebook.com/docs/messenger-platform/reference/send-api. One request holds a text or one file.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from channels_app.lenient import text
from channels_app.meta.graph import GraphClient, rejection
from channels_app.types import DeliveryResult, DeliveryStatus, OutboundFile, OutboundMessage
from contactcenter.base.clock import now
from contactcenter.conversations.states import IdentityKind

WINDOW_HOURS, PERSON_HOURS = 24, 7 * 24
_MOST_CHOICES, _CHOICE_LENGTH = 13, 20


def send_private(client: GraphClient, page_id: str, message: OutboundMessage, *, kind: IdentityKind) -> DeliveryResult:
    """Send one message to a person, or the one private answer to a comment. Raises TemporaryFailure, SendTimedOut."""
    body: dict[str, Any] = {
        "recipient": _recipient(message),
        "message": _content(message),
        "messaging_type": "RESPONSE",
    }
    if _needs_tag(message):
        body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    answer = client.post(f"{page_id}/messages", json=body)
    refused = rejection(answer)
    if refused is not None:
        return refused
    person = text(answer.data, "recipient_id")
    reached = (kind, person, page_id) if person and person != message.recipient else None
    external_id = text(answer.data, "message_id")
    return DeliveryResult(status=DeliveryStatus.ACCEPTED, external_id=external_id, reached=reached)


def _recipient(message: OutboundMessage) -> dict[str, str]:
    """By the comment as long as the person has not written in private: only then are they known by their id there."""
    if message.private_to and message.last_inbound_at is None:
        return {"comment_id": message.private_to}
    return {"id": message.recipient}


def _needs_tag(message: OutboundMessage) -> bool:
    """After the ordinary window answers that a person wrote are taken for a week, by their name."""
    last = message.last_inbound_at
    return last is not None and now() - last > timedelta(hours=WINDOW_HOURS)


def _content(message: OutboundMessage) -> dict[str, Any]:
    if message.files:
        return {"attachment": _attachment(message.files[0])}
    content: dict[str, Any] = {"text": message.text}
    if message.choices:
        content["quick_replies"] = [
            {"content_type": "text", "title": choice[:_CHOICE_LENGTH], "payload": choice}
            for choice in message.choices[:_MOST_CHOICES]
        ]
    if message.reply_to:
        content["reply_to"] = {"mid": message.reply_to}
    return content


def _attachment(file: OutboundFile) -> dict[str, Any]:
    family = file.content_type.partition("/")[0]
    kind = family if family in {"image", "audio", "video"} else "file"
    return {"type": kind, "payload": {"url": file.link(), "is_reusable": False}}
