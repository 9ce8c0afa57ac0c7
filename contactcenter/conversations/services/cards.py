"""What people change on a customer's card. Each change is locked, logged with old and new value, and announced."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import AuditEntry, Brand, User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation, lock_customer
from contactcenter.conversations.models import ConsentEntry, Conversation, Customer, Identity, Message
from contactcenter.conversations.realtime import announce_on_commit
from contactcenter.conversations.services.customers import (
    find_or_create_identity,
    last_merged_into,
    normalise_address,
    refresh_search_text,
    update_customer,
)
from contactcenter.conversations.states import ConversationState, IdentityKind, IdentityLevel

CREATED = "customer.created"
VALUES = (1, 3, 10)
MOST_TAGS = 30
MOST_NOTE = 5000


class ChangedMeanwhile(Refused):
    """Somebody else has changed the same field since it was shown; `current` is what it holds now."""

    code = "changed_meanwhile"
    status = 409

    def __init__(self, text: str | Promise, *, current: str) -> None:
        super().__init__(text)
        self.current = current


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedCard:
    """A customer whose card is being changed, and the conversation whose log tells of it, if one is open."""

    customer: Customer
    log: Conversation | None


def lock_card(customer_id: int, conversation_id: int | None) -> LockedCard:
    """Lock the customer, before them the conversation that logs the change: the one on screen, else their newest open
    one. Raises Gone for a customer who was merged."""
    is_open = Conversation.objects.filter(customer=customer_id).exclude(state=ConversationState.CLOSED)
    ids = list(is_open.order_by("-pk").values_list("pk", flat=True)[:50])
    log_id = conversation_id if conversation_id in ids else next(iter(ids), None)
    log = lock_conversation(log_id) if log_id is not None else None
    customer = lock_customer(customer_id)
    if customer.merged_into is not None:
        raise Gone(_("This customer has been merged into %s.") % last_merged_into(customer), code="merged")
    return LockedCard(customer=customer, log=log)


def log_change(card: LockedCard, kind: EventKind, *, actor: User, **data: Any) -> None:
    """Into the log of the open conversation, else into the audit log."""
    if card.log is None:
        record_audit(kind.value, actor=actor, target=f"customer:{card.customer.pk}", data=data)
        return
    record_event(card.log, kind, actor=actor, **data)
    save_conversation(card.log)


def announce_customer(customer: Customer, *parts: str, into: int | None = None, again: bool = False) -> None:
    """Tell the consoles that show this card which of its parts to fetch again.

    `again`: their conversations are others now. `into`: it goes on as another customer's.
    """
    told = {"parts": list(parts), "into": into, "again": again}
    announce_on_commit({"topic": f"customer:{customer.pk}", "brand": customer.brand_id, **told})


def _log_field(card: LockedCard, actor: User, field: str, before: object, after: object, *parts: str) -> None:
    log_change(card, EventKind.CUSTOMER_CHANGED, actor=actor, field=field, before=str(before), after=str(after))
    announce_customer(card.customer, *parts)


def _clean_name(text: str) -> str:
    return " ".join(clean_input(text).split())[:200]


def _clean_language(text: str) -> str:
    if len(text) > 5 or (not text.replace("-", "").isalpha() and text):
        raise Refused(_("Choose a language from the list."), code="bad_language")
    return text


def _clean_zone(text: str) -> str:
    zone = text.strip().replace(" ", "_")
    if zone and zone not in zoneinfo.available_timezones():
        raise Refused(
            _("“%s” is not a time zone. Choose one from the list, such as Europe/Riga.") % text, code="bad_zone"
        )
    return zone


def _clean_value(text: str) -> int:
    if text not in {str(value) for value in VALUES}:
        raise Refused(_("Choose ordinary, important or VIP."), code="bad_value")
    return int(text)


def _clean_note(text: str) -> str:
    note = clean_input(text)
    if len(note) > MOST_NOTE:
        raise Refused(_("The note is too long: at most %s characters.") % MOST_NOTE, code="too_long")
    return note


CLEAN = {
    "name": _clean_name,
    "language": _clean_language,
    "time_zone": _clean_zone,
    "value": _clean_value,
    "note": _clean_note,
}


@transaction.atomic
def change_field(
    *, customer_id: int, field: str, value: str, was: str, actor: User, conversation_id: int | None = None
) -> Customer:
    """Write one field. `was` is what the writer saw. Raises ChangedMeanwhile, Refused, Gone."""
    clean = CLEAN[field]
    wanted = clean(value)
    card = lock_card(customer_id, conversation_id)
    current = getattr(card.customer, field)
    if current == wanted:
        return card.customer
    if str(current) != clean_input(was):
        raise ChangedMeanwhile(
            _("Somebody else has changed this to “%s” meanwhile. Save again to write over it.") % current,
            current=str(current),
        )
    update_customer(card.customer, **{field: wanted})
    _log_field(card, actor, field, current, wanted, "profile")
    return card.customer


@transaction.atomic
def add_tag(*, customer_id: int, tag: str, actor: User, conversation_id: int | None = None) -> Customer:
    """Put a tag on the customer; one that is there in other letters stays as it is. Raises Refused, Gone."""
    tag = " ".join(clean_input(tag).split())
    if not tag or len(tag) > 50:
        raise Refused(_("A tag has 1 to 50 characters."), code="bad_tag")
    card = lock_card(customer_id, conversation_id)
    tags = card.customer.tags
    if tag.casefold() in {known.casefold() for known in tags}:
        return card.customer
    if len(tags) >= MOST_TAGS:
        raise Refused(_("A customer has at most %s tags; remove one first.") % MOST_TAGS, code="too_many_tags")
    update_customer(card.customer, tags=[*tags, tag])
    _log_field(card, actor, "tag", "", tag, "profile")
    return card.customer


@transaction.atomic
def remove_tag(*, customer_id: int, tag: str, actor: User, conversation_id: int | None = None) -> Customer:
    """Take a tag off; gone already is no error. Raises Gone for a merged customer."""
    card = lock_card(customer_id, conversation_id)
    if tag in card.customer.tags:
        update_customer(card.customer, tags=[known for known in card.customer.tags if known != tag])
        _log_field(card, actor, "tag", tag, "", "profile")
    return card.customer


@transaction.atomic
def add_address(
    *, customer_id: int, kind: IdentityKind, address: str, actor: User, conversation_id: int | None = None
) -> Identity:
    """What the customer says is theirs: claimed. Whoever owns it for sure is proposed as a duplicate.

    Raises Refused for what is no address, Gone for a merged customer.
    """
    card = lock_card(customer_id, conversation_id)
    brand = card.customer.brand
    spelled = normalise_address(kind, address, region=brand.phone_region)
    known = card.customer.identities.filter(kind=kind, address=spelled).first()
    if known is not None:
        return known
    identity = find_or_create_identity(
        brand=brand, kind=kind, address=spelled, level=IdentityLevel.CLAIMED, customer=card.customer
    )
    _log_field(card, actor, "address", "", spelled, "addresses", "duplicates")
    return identity


@transaction.atomic
def remove_address(*, identity: Identity, actor: User, conversation_id: int | None = None) -> None:
    """Forget an address that was only claimed and never written from or to. Raises Refused, Gone."""
    card = lock_card(identity.customer_id, conversation_id)
    if identity.level != IdentityLevel.CLAIMED:
        raise Refused(_("Only claimed addresses can be removed; this one is sure."), code="not_claimed")
    used = Conversation.objects.filter(identity=identity).exists()
    if used or Message.objects.filter(identity=identity, conversation__customer=identity.customer_id).exists():
        raise Refused(_("This address belongs to a conversation, so it stays."), code="in_use")
    if card.customer.identities.filter(pk=identity.pk).delete()[0]:
        refresh_search_text(card.customer)
        _log_field(card, actor, "address", identity.address, "", "addresses")


@transaction.atomic
def record_consent(
    *,
    customer_id: int,
    purpose: str,
    channel: str,
    is_granted: bool,
    proof: str,
    actor: User,
    conversation_id: int | None = None,
) -> ConsentEntry:
    """A line of the ledger by an agent, who says how they know. The same line again is the first.

    Raises Refused, Gone.
    """
    proof = clean_input(proof)[:2000]
    if not proof:
        raise Refused(_("Say how you know: when and how the customer told you."), code="no_proof")
    card = lock_card(customer_id, conversation_id)
    lines = ConsentEntry.objects.filter(customer=card.customer, purpose=purpose, channel=channel, address="")
    last = lines.order_by("-pk").first()
    if last is not None and (last.is_granted, last.proof, last.actor_id) == (is_granted, proof, actor.pk):
        return last
    entry = ConsentEntry.objects.create(
        customer=card.customer,
        purpose=purpose,
        channel=channel,
        is_granted=is_granted,
        source="agent",
        proof=proof,
        actor=actor,
        at=now(),
    )
    kind = EventKind.CONSENT_GIVEN if is_granted else EventKind.CONSENT_WITHDRAWN
    log_change(card, kind, actor=actor, purpose=purpose, channel=channel, proof=proof)
    announce_customer(card.customer, "consents")
    return entry


@transaction.atomic
def create_customer(
    *, brand: Brand, name: str, language: str, kind: IdentityKind | None, address: str, actor: User, key: str
) -> Customer:
    """Somebody new, with an address as they say it; the same `key` again is the same customer.

    Raises Refused for an address that is surely another's.
    """
    known = AuditEntry.objects.filter(kind=CREATED, actor=actor, data__key=key).first()
    if known is not None:
        return last_merged_into(Customer.objects.get(pk=known.data["customer"]))
    name = _clean_name(name)
    if not name:
        raise Refused(_("Write the customer’s name."), code="no_name")
    customer = Customer(brand=brand, name=name, language=_clean_language(language))
    if kind is None or not address.strip():
        customer.save()
        refresh_search_text(customer)
    else:
        spelled = normalise_address(kind, address, region=brand.phone_region)
        owners = Identity.objects.filter(brand=brand, kind=kind, address=spelled, customer__merged_into=None)
        owner = owners.exclude(level=IdentityLevel.CLAIMED).select_related("customer").first()
        if owner is not None:
            raise Refused(
                _("%(address)s belongs to %(customer)s: choose them from the search.")
                % {"address": spelled, "customer": owner.customer},
                code="known_address",
            )
        customer.save()
        find_or_create_identity(brand=brand, kind=kind, address=spelled, level=IdentityLevel.CLAIMED, customer=customer)
    data = {"name": name, "customer": customer.pk, "key": key}
    record_audit(CREATED, actor=actor, target=f"customer:{customer.pk}", data=data)
    return customer
