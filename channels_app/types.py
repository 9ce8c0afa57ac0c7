"""What adapters and the pipeline hand each other. Provider words end at the adapter; these are ours."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contactcenter.conversations.states import Delivery, IdentityKind, IdentityLevel


class Capability(enum.Flag):
    """What a channel can do; the rest of the product asks this instead of naming channels."""

    NONE = 0
    TEXT = enum.auto()
    FILES = enum.auto()
    CHOICES = enum.auto()
    TYPING = enum.auto()
    DELIVERED = enum.auto()
    READ = enum.auto()
    # Sending the same message twice with the same key is one message at the provider.
    IDEMPOTENT = enum.auto()
    # Words such as STOP withdraw consent here, as the channel's rules demand.
    OPT_OUT_WORDS = enum.auto()
    # An address can be written to that is not writing to us here: mail and SMS can, a widget on a page cannot.
    STARTS = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one message of a channel holds at most; writers see it before they send."""

    text: int = 20_000
    files: int = 10
    file_bytes: int = 10 * 1024 * 1024
    # Long texts go in several messages, each of which is paid for.
    in_segments: bool = False


class InboundKind(enum.StrEnum):
    """What a provider's event means to us."""

    MESSAGE = "message"
    RECEIPT = "receipt"  # what became of a message of ours
    REACTION = "reaction"
    EDIT = "edit"
    RATING = "rating"
    OPT_OUT = "opt_out"  # the provider says that the customer wants nothing more from here
    OPT_IN = "opt_in"
    UNSUPPORTED = "unsupported"  # kept raw, nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who wrote, as far as the provider vouches for it."""

    kind: IdentityKind
    address: str = field(repr=False)
    level: IdentityLevel
    # Where an address means something only inside one page or app, that page's id.
    scope: str = ""
    name: str = field(default="", repr=False)
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundFile:
    """A file of an inbound message; `reference` is what the adapter's `fetch_file` needs to get its bytes."""

    name: str
    reference: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEvent:
    """One thing that a provider told us. `external_id` makes it unique within the account.

    `about` is the provider's id of the message that a receipt, reaction or edit speaks of.
    """

    kind: InboundKind
    external_id: str
    occurred_at: datetime
    sender: Sender | None = None
    text: str = field(default="", repr=False)
    files: tuple[InboundFile, ...] = ()
    thread_key: str = ""
    subject: str = ""
    topic: str = ""
    ref: str = ""
    about: str = ""
    delivery: Delivery | None = None
    error: str = ""
    # Written by a machine: an out-of-office note, a bounce, a list.
    is_automatic: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFile:
    """A file to send; `read` gives its bytes."""

    name: str
    content_type: str
    size: int
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One message to one address. `key` is the same at every attempt: providers that take one send it once."""

    key: str
    recipient: str = field(repr=False)
    text: str = field(repr=False)
    thread_key: str = ""
    # The provider's id of the message that this one answers.
    reply_to: str = ""
    files: tuple[OutboundFile, ...] = ()


class DeliveryStatus(enum.StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """The provider's definite answer. A rejection is a value: the agent reads its `reason`."""

    status: DeliveryStatus
    external_id: str = ""
    reason: str = ""


def event_to_json(event: InboundEvent) -> dict[str, Any]:
    """The event as it is kept until it is processed, without `raw`, which is kept beside it."""
    sender = event.sender
    return {
        "kind": event.kind.value,
        "external_id": event.external_id,
        "occurred_at": event.occurred_at.isoformat(),
        "sender": None
        if sender is None
        else {
            "kind": sender.kind.value,
            "address": sender.address,
            "level": sender.level.value,
            "scope": sender.scope,
            "name": sender.name,
            "language": sender.language,
        },
        "files": [{"name": file.name, "reference": file.reference} for file in event.files],
        "delivery": event.delivery.value if event.delivery else None,
        "is_automatic": event.is_automatic,
        **{name: getattr(event, name) for name in _PLAIN},
    }


_PLAIN = ("text", "thread_key", "subject", "topic", "ref", "about", "error")


def event_from_json(data: Mapping[str, Any]) -> InboundEvent:
    """The twin of `event_to_json`."""
    sender = data["sender"]
    return InboundEvent(
        kind=InboundKind(data["kind"]),
        external_id=data["external_id"],
        occurred_at=datetime.fromisoformat(data["occurred_at"]),
        sender=None
        if sender is None
        else Sender(
            kind=IdentityKind(sender["kind"]),
            address=sender["address"],
            level=IdentityLevel(sender["level"]),
            scope=sender["scope"],
            name=sender["name"],
            language=sender["language"],
        ),
        files=tuple(InboundFile(name=file["name"], reference=file["reference"]) for file in data["files"]),
        delivery=Delivery(data["delivery"]) if data["delivery"] else None,
        is_automatic=data["is_automatic"],
        **{name: data[name] for name in _PLAIN},
    )
