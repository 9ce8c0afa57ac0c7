"""Customers and their identities. Claimed addresses never join histories: they propose a match."""

from __future__ import annotations

import phonenumbers
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import Brand
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input, fold
from contactcenter.conversations.models import Customer, Identity, MatchProposal
from contactcenter.conversations.states import LEVEL_RANK, IdentityKind, IdentityLevel


def normalise_address(kind: str, address: str, *, region: str) -> str:
    """One spelling of an address: E.164 for phones, lower case for mail. Raises Refused on what is neither."""
    address = clean_input(address)
    if kind == IdentityKind.PHONE:
        try:
            number = phonenumbers.parse(address, region)
        except phonenumbers.NumberParseException as error:
            raise Refused(_("“%s” is not a phone number.") % address, code="bad_phone") from error
        if not phonenumbers.is_possible_number(number):
            raise Refused(_("“%s” is not a phone number.") % address, code="bad_phone")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if kind == IdentityKind.EMAIL:
        local, at, host = address.rpartition("@")
        if not (local and at and "." in host) or " " in address or len(address) > 254:
            raise Refused(_("“%s” is not an email address.") % address, code="bad_email")
        return address.lower()
    if not address or len(address) > 254:
        raise Refused(_("The address is empty or too long."), code="bad_address")
    return address


def refresh_search_text(customer: Customer) -> None:
    """Fold name, addresses and record numbers into what search looks through."""
    parts = [customer.name, *customer.identities.values_list("address", flat=True)]
    parts += list(customer.records.values_list("external_id", flat=True)[:50])
    customer.search_text = fold(" ".join(parts))
    customer.save(update_fields=["search_text"])


@transaction.atomic
def find_or_create_identity(
    *,
    brand: Brand,
    kind: IdentityKind,
    address: str,
    level: IdentityLevel,
    scope: str = "",
    name: str = "",
    language: str = "",
    customer: Customer | None = None,
) -> Identity:
    """The identity behind a sure address, or a new one.

    A recognised or verified address finds its customer. A claimed one is always added to `customer` (or to a new
    one), and a match with whoever owns the address for sure is proposed to a person.
    """
    address = normalise_address(kind, address, region=brand.phone_region)
    known = Identity.objects.filter(brand=brand, kind=kind, scope=scope, address=address)
    if level == IdentityLevel.CLAIMED:
        return _add_claimed(known, brand, kind, address, scope, name, language, customer)
    sure = known.exclude(level=IdentityLevel.CLAIMED).select_related("customer").first()
    if sure is None:
        try:
            with transaction.atomic():
                sure = _add_sure(known, brand, kind, address, level, scope, name, language, customer)
        except IntegrityError:
            # Somebody else's message from the same address was quicker.
            sure = known.exclude(level=IdentityLevel.CLAIMED).select_related("customer").get()
    if customer is not None and sure.customer_id != customer.pk:
        propose_match(customer, sure.customer, {"kind": kind, "address": address, "level": level})
    if LEVEL_RANK[level] > LEVEL_RANK[IdentityLevel(sure.level)]:
        sure.level = level
        sure.verified_at = now() if level == IdentityLevel.VERIFIED else None
        sure.save(update_fields=["level", "verified_at"])
    return sure


def _new_customer(brand: Brand, name: str, language: str) -> Customer:
    return Customer.objects.create(brand=brand, name=clean_input(name)[:200], language=language)


def _add_sure(known, brand, kind, address, level, scope, name, language, customer):  # type: ignore[no-untyped-def]
    owner = customer or _new_customer(brand, name, language)
    verified_at = now() if level == IdentityLevel.VERIFIED else None
    identity, _new = Identity.objects.update_or_create(
        customer=owner, kind=kind, scope=scope, address=address,
        defaults={"brand": brand, "level": level, "verified_at": verified_at},
    )
    refresh_search_text(owner)
    for claimed in known.filter(level=IdentityLevel.CLAIMED).exclude(customer=owner).select_related("customer")[:5]:
        propose_match(claimed.customer, owner, {"kind": kind, "address": address, "level": IdentityLevel.CLAIMED})
    return identity


def _add_claimed(known, brand, kind, address, scope, name, language, customer):  # type: ignore[no-untyped-def]
    owner = customer or _new_customer(brand, name, language)
    identity, is_new = Identity.objects.get_or_create(
        customer=owner, kind=kind, scope=scope, address=address, defaults={"brand": brand}
    )
    if is_new:
        refresh_search_text(owner)
    sure = known.exclude(level=IdentityLevel.CLAIMED).select_related("customer").first()
    if sure is not None and sure.customer_id != owner.pk:
        propose_match(owner, sure.customer, {"kind": kind, "address": address, "level": IdentityLevel.CLAIMED})
    return identity


def propose_match(customer: Customer, other: Customer, evidence: dict[str, str]) -> MatchProposal:
    """Say that two customers may be one; proposed once, decided by a person."""
    first, second = sorted((customer, other), key=lambda row: row.pk)
    return MatchProposal.objects.get_or_create(customer=first, other=second, defaults={"evidence": evidence})[0]


@transaction.atomic
def update_customer(customer: Customer, **fields: object) -> Customer:
    """Change name, language, note, tags, value or time zone."""
    for name, value in fields.items():
        setattr(customer, name, value)
    customer.save(update_fields=list(fields))
    refresh_search_text(customer)
    return customer
