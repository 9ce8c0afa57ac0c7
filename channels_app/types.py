"""What adapters and the pipeline hand each other. Provider words end at the adapter; these are ours."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contactcenter.conversations.states import Delivery, IdentityKind, IdentityLevel

# How the thread key of what is said below a post begins; the provider's id of the post follows.
POST = "post:"


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
    # Approved texts open a conversation, or go on with one whose window has closed.
    TEMPLATES = enum.auto()
    # What the customer deletes may not be kept.
    ERASES = enum.auto()
    # Comments below a post can be hidden, liked, and answered once in private.
    COMMENTS = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one message of a channel holds at most; writers see it before they send.

    `text` is the most that can be written at once, in characters, or in UTF-8 bytes where `in_bytes`; what is longer
    than `text_each` goes as several messages, and so do files beyond `files_each`. `together`: text and files can be
    one message.
    """

    text: int = 20_000
    text_each: int = 20_000
    in_bytes: bool = False
    files: int = 10
    files_each: int = 10
    file_bytes: int = 10 * 1024 * 1024
    together: bool = True
    # The biggest file that is fetched from the provider, in bytes.
    receive_bytes: int = 25 * 1024 * 1024
    # Long texts go in several messages, each of which is paid for.
    in_segments: bool = False
    # Hours after the customer's last message in which answers are taken; 0 for always. Beyond them, `person_hours`
    # are for answers that a person wrote.
    window_hours: int = 0
    person_hours: int = 0
    # Messages a second that one account may send; 0 for as many as there are.
    per_second: float = 0


class InboundKind(enum.StrEnum):
    """What a provider's event means to us."""

    MESSAGE = "message"
    ECHO = "echo"  # sent by us, but not from here: from the provider's own inbox or phone app
    OWN_COMMENT = "own_comment"  # the same below a post, for everybody
    RECEIPT = "receipt"  # what became of a message of ours
    REACTION = "reaction"
    EDIT = "edit"
    DELETION = "deletion"
    HIDDEN = "hidden"  # a comment that others no longer see
    SHOWN = "shown"
    RATING = "rating"
    OPT_OUT = "opt_out"  # the provider says that the customer wants nothing more from here
    OPT_IN = "opt_in"
    IDENTITY = "identity"  # another address of the same person
    POST = "post"  # what others comment on
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
    # The name by which others see them there: @somebody.
    handle: str = field(default="", repr=False)
    # Other addresses of the same person, as (kind, address): the provider says that they are one.
    also: tuple[tuple[IdentityKind, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundFile:
    """A file of an inbound message; `reference` is what the adapter's `fetch_file` needs to get its bytes.

    `content_type` and `size` (bytes, 0 for unknown) are the provider's word.
    """

    name: str
    reference: str = field(repr=False)
    content_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEvent:
    """One thing that a provider told us. `external_id` makes it unique within the account.

    `about` is the provider's id of the message that a receipt, reaction or edit speaks of, `own_key` our own key of
    it where the provider hands that back. A receipt with `up_to` speaks of all that was sent until then.
    """

    kind: InboundKind
    external_id: str
    occurred_at: datetime
    # The account that it is for, as (kind, address), where one door serves several.
    target: tuple[str, str] | None = None
    sender: Sender | None = None
    text: str = field(default="", repr=False)
    files: tuple[InboundFile, ...] = ()
    # The provider's word for content that cannot be shown here.
    unsupported: str = ""
    thread_key: str = ""
    # The provider's id of the message that this one answers.
    reply_to: str = ""
    # Everybody can read it: a comment.
    is_public: bool = False
    subject: str = ""
    topic: str = ""
    ref: str = ""
    about: str = ""
    own_key: str = ""
    up_to: datetime | None = None
    # Tells edits of one moment apart.
    revision: int = 0
    # Done from our side, elsewhere.
    by_us: bool = False
    # What consent was given or withdrawn for, where it is not for everything.
    purpose: str = ""
    delivery: Delivery | None = None
    error: str = ""
    # How pressing the sender says it is, and the thing that it is about, as the company's systems push records.
    priority: int | None = None
    record: Mapping[str, Any] | None = field(default=None, repr=False)
    # Written by a machine: an out-of-office note, a bounce, a list.
    is_automatic: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFile:
    """A file to send; `read` gives its bytes, `link` an address at which the provider can fetch them for an hour."""

    name: str
    content_type: str
    size: int
    read: Callable[[], bytes] = field(repr=False)
    link: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundTemplate:
    """An approved text, by its name at the provider, and what its places are filled with."""

    name: str
    language: str
    values: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One message to one address. `key` is the same at every attempt: providers that take one send it once."""

    key: str
    recipient: str = field(repr=False)
    text: str = field(repr=False)
    thread_key: str = ""
    # The provider's id of the message that this one answers; for a comment that of the comment.
    reply_to: str = ""
    files: tuple[OutboundFile, ...] = ()
    choices: tuple[str, ...] = ()
    template: OutboundTemplate | None = None
    # Below a post, for everybody.
    is_public: bool = False
    # The comment that is answered in private, where the author has not written in private yet.
    private_to: str = ""
    # When the customer last wrote from this address to this account.
    last_inbound_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDescription:
    """What a post says and where it is."""

    text: str = ""
    link: str = ""
    picture: str = ""
    published_at: datetime | None = None


class DeliveryStatus(enum.StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """The provider's definite answer. A rejection is a value: the agent reads its `reason`.

    `blames_account`: not this message but the account's data or standing are the reason. `reached`: the address that
    the provider delivered to, where it is another one than was given, as (kind, address, scope).
    """

    status: DeliveryStatus
    external_id: str = ""
    reason: str = ""
    blames_account: bool = False
    reached: tuple[IdentityKind, str, str] | None = None


_PLAIN = (
    "external_id", "text", "unsupported", "thread_key", "reply_to", "is_public", "subject", "topic", "ref", "about",
    "own_key", "revision", "by_us", "purpose", "priority", "record", "error", "is_automatic",
)  # fmt: skip


def event_to_json(event: InboundEvent) -> dict[str, Any]:
    """The event as it is kept until it is processed, without `raw`, which is kept beside it."""
    sender = event.sender
    return {
        "kind": event.kind.value,
        "occurred_at": event.occurred_at.isoformat(),
        "up_to": event.up_to.isoformat() if event.up_to else None,
        "sender": None
        if sender is None
        else {
            "kind": sender.kind.value,
            "address": sender.address,
            "level": sender.level.value,
            "scope": sender.scope,
            "name": sender.name,
            "language": sender.language,
            "handle": sender.handle,
            "also": [[kind.value, address] for kind, address in sender.also],
        },
        "files": [
            {"name": file.name, "reference": file.reference, "content_type": file.content_type, "size": file.size}
            for file in event.files
        ],
        "delivery": event.delivery.value if event.delivery else None,
        **{name: getattr(event, name) for name in _PLAIN},
    }


def event_from_json(data: Mapping[str, Any]) -> InboundEvent:
    """The twin of `event_to_json`."""
    sender = data["sender"]
    return InboundEvent(
        kind=InboundKind(data["kind"]),
        occurred_at=datetime.fromisoformat(data["occurred_at"]),
        up_to=datetime.fromisoformat(data["up_to"]) if data["up_to"] else None,
        sender=None
        if sender is None
        else Sender(
            kind=IdentityKind(sender["kind"]),
            address=sender["address"],
            level=IdentityLevel(sender["level"]),
            scope=sender["scope"],
            name=sender["name"],
            language=sender["language"],
            handle=sender["handle"],
            also=tuple((IdentityKind(kind), address) for kind, address in sender["also"]),
        ),
        files=tuple(InboundFile(**file) for file in data["files"]),
        delivery=Delivery(data["delivery"]) if data["delivery"] else None,
        **{name: data[name] for name in _PLAIN},
    )
