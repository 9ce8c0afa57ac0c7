"""The words and tables of a conversation's life. The first thing to read here."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    """How people reach each other; one conversation may use several."""

    VOICE = "voice", _("Phone")
    VIDEO = "video", _("Video")
    CALLBACK = "callback", _("Callback")
    CHAT = "chat", _("Web chat")
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", "WhatsApp"
    MESSENGER = "messenger", "Messenger"
    FACEBOOK = "facebook", "Facebook"
    INSTAGRAM = "instagram", "Instagram"
    VIBER = "viber", "Viber"
    TELEGRAM = "telegram", "Telegram"
    GENERIC = "generic", _("Own channel")
    # Contacts that agents log by hand; nothing comes or goes by itself.
    IN_PERSON = "in_person", _("In person")
    LETTER = "letter", _("Letter")
    OTHER = "other", pgettext_lazy("channel", "Other")


LOGGED_CHANNELS = frozenset({Channel.IN_PERSON, Channel.LETTER, Channel.OTHER})
# The customer is there and waits: a lost agent's conversation returns to the queue at once.
LIVE_CHANNELS = frozenset({Channel.VOICE, Channel.VIDEO, Channel.CHAT})


class ConversationState(models.TextChoices):
    NEW = "new", _("New")
    SELF_SERVICE = "self_service", _("Self-service")
    QUEUED = "queued", _("Waiting")
    OFFERED = "offered", _("Offered")
    ACTIVE = "active", _("Active")
    SNOOZED = "snoozed", _("Snoozed")
    CLOSED = "closed", _("Closed")


_S = ConversationState
ALLOWED: dict[ConversationState, frozenset[ConversationState]] = {
    _S.NEW: frozenset({_S.SELF_SERVICE, _S.QUEUED, _S.ACTIVE, _S.CLOSED}),
    _S.SELF_SERVICE: frozenset({_S.QUEUED, _S.CLOSED}),
    _S.QUEUED: frozenset({_S.OFFERED, _S.ACTIVE, _S.SELF_SERVICE, _S.SNOOZED, _S.CLOSED}),
    _S.OFFERED: frozenset({_S.ACTIVE, _S.QUEUED, _S.CLOSED}),
    _S.ACTIVE: frozenset({_S.QUEUED, _S.SNOOZED, _S.CLOSED}),
    _S.SNOOZED: frozenset({_S.ACTIVE, _S.QUEUED, _S.CLOSED}),
    # Only inside the account's reopen window, or while the last assignment is in wrap-up.
    _S.CLOSED: frozenset({_S.QUEUED, _S.ACTIVE}),
}


class SnoozeReason(models.TextChoices):
    UNTIL = "until", _("Until a time")
    CUSTOMER = "customer", _("Waiting for the customer")
    ATTEMPT = "attempt", _("Next attempt")


class Priority(models.IntegerChoices):
    """How pressing agents say it is."""

    LOW = -1, pgettext_lazy("priority", "Low")
    NORMAL = 0, pgettext_lazy("priority", "Normal")
    HIGH = 1, pgettext_lazy("priority", "High")
    URGENT = 2, pgettext_lazy("priority", "Urgent")


class IdentityLevel(models.TextChoices):
    """How sure we are that an address is this customer's."""

    CLAIMED = "claimed", _("Claimed")  # form field, caller id, unauthenticated From
    RECOGNISED = "recognised", _("Recognised")  # the provider authenticated the sender
    VERIFIED = "verified", _("Verified")  # signed token, code, PIN, sign-in


LEVEL_RANK = {IdentityLevel.CLAIMED: 0, IdentityLevel.RECOGNISED: 1, IdentityLevel.VERIFIED: 2}


class IdentityKind(models.TextChoices):
    """What an address is an address of."""

    CUSTOMER_ID = "customer_id", _("Customer number")
    VISITOR = "visitor", _("Website visitor")
    PHONE = "phone", _("Phone number")
    EMAIL = "email", _("Email address")
    WHATSAPP = "whatsapp", "WhatsApp"
    MESSENGER = "messenger", "Messenger"
    FACEBOOK = "facebook", "Facebook"
    INSTAGRAM = "instagram", "Instagram"
    VIBER = "viber", "Viber"
    TELEGRAM = "telegram", "Telegram"
    GENERIC = "generic", _("Own channel")


class MessageKind(models.TextChoices):
    IN = "in", _("From the customer")
    OUT = "out", _("To the customer")
    NOTE = "note", _("Note")
    SYSTEM = "system", _("System")


class Delivery(models.TextChoices):
    """What became of an outgoing message. It moves forward only; FAILED and UNKNOWN are ends."""

    PENDING = "pending", _("Sending")
    ACCEPTED = "accepted", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Seen")
    FAILED = "failed", _("Not delivered")
    UNKNOWN = "unknown", _("Perhaps delivered")


DELIVERY_RANK = {
    Delivery.PENDING: 0,
    Delivery.UNKNOWN: 1,
    Delivery.FAILED: 1,
    Delivery.ACCEPTED: 2,
    Delivery.DELIVERED: 3,
    Delivery.READ: 4,
}


class InvalidTransition(Exception):
    """A state change that the table forbids: a bug of the caller, never shown to people."""


def check_transition(table: dict, current: str, to: str) -> None:  # type: ignore[type-arg]
    """Raise InvalidTransition unless `table` allows `current` -> `to`."""
    if to not in table.get(current, frozenset()):
        raise InvalidTransition(f"{current} -> {to} is not allowed")
