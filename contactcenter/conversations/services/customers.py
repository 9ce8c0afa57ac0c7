"""Customers and their identities. Claimed addresses never join histories: they propose a match."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
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


def last_merged_into(customer: Customer) -> Customer:
    """The customer as whom this one goes on; itself unless it was merged."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """An address in its one spelling, and what is known of whose it is."""

    brand: Brand
    kind: IdentityKind
    scope: str
    address: str

    def known(self) -> QuerySet[Identity]:
        return Identity.objects.filter(brand=self.brand, kind=self.kind, scope=self.scope, address=self.address)

    def sure(self) -> Identity | None:
        """The one identity that owns the address for sure."""
        return self.known().exclude(level=IdentityLevel.CLAIMED).select_related("customer").first()


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
    display: str = "",
    customer: Customer | None = None,
) -> Identity:
    """The identity behind a sure address, or a new one.

    A recognised or verified address finds its customer. A claimed one is always added to `customer` (or to a new
    one), and a match with whoever owns the address for sure is proposed to a person. Raises Refused.
    """
    spelled = normalise_address(kind, address, region=brand.phone_region)
    where = _Address(brand=brand, kind=kind, scope=scope, address=spelled)
    sure = where.sure()
    if level == IdentityLevel.CLAIMED:
        return _add_claimed(where, sure, customer or _new_customer(brand, name, language))
    if sure is None:
        try:
            with transaction.atomic():
                sure = _add_sure(where, level, customer or _new_customer(brand, name, language))
        except IntegrityError:
            # Somebody else's message from the same address was quicker.
            sure = where.known().exclude(level=IdentityLevel.CLAIMED).select_related("customer").get()
    if customer is not None and sure.customer_id != customer.pk:
        propose_match(customer, sure.customer, {"kind": kind, "address": spelled, "level": level})
    if display and sure.display != display:
        sure.display = display[:254]
        sure.save(update_fields=["display"])
    if LEVEL_RANK[level] > LEVEL_RANK[IdentityLevel(sure.level)]:
        sure.level = level
        sure.verified_at = now() if level == IdentityLevel.VERIFIED else None
        sure.save(update_fields=["level", "verified_at"])
    return sure


@transaction.atomic
def confirm_identity(identity: Identity) -> Identity:
    """The customer has shown that an address they claimed is theirs: VERIFIED from now on.

    Where the brand knows it as somebody else's, it stays a claim that was confirmed (`verified_at`): it may be written
    to, and a person decides whether the two are one.
    """
    region = identity.brand.phone_region
    spelled = normalise_address(identity.kind, identity.address, region=region)
    kind = IdentityKind(identity.kind)
    sure = _Address(brand=identity.brand, kind=kind, scope=identity.scope, address=spelled).sure()
    if sure is None or sure.customer_id == identity.customer_id:
        return find_or_create_identity(
            brand=identity.brand,
            kind=kind,
            address=spelled,
            level=IdentityLevel.VERIFIED,
            scope=identity.scope,
            customer=identity.customer,
        )
    identity.verified_at = now()
    identity.save(update_fields=["verified_at"])
    evidence = {"kind": kind, "address": spelled, "level": IdentityLevel.VERIFIED}
    propose_match(identity.customer, sure.customer, evidence)
    return identity


def mail_address(customer_id: int) -> Identity | None:
    """Where mail with words of theirs may go: an address that they have shown to be theirs, the last one."""
    shown = Q(level=IdentityLevel.VERIFIED) | Q(verified_at__isnull=False)
    rows = Identity.objects.filter(shown, customer=customer_id, kind=IdentityKind.EMAIL)
    return rows.order_by(F("verified_at").desc(nulls_last=True), "-pk").first()


def _new_customer(brand: Brand, name: str, language: str) -> Customer:
    return Customer.objects.create(brand=brand, name=clean_input(name)[:200], language=language)


def _add_sure(where: _Address, level: IdentityLevel, owner: Customer) -> Identity:
    """Write a sure identity; whoever has only claimed the address may be the same person. Raises IntegrityError."""
    identity, _is_new = Identity.objects.update_or_create(
        customer=owner,
        kind=where.kind,
        scope=where.scope,
        address=where.address,
        defaults={
            "brand": where.brand,
            "level": level,
            "verified_at": now() if level == IdentityLevel.VERIFIED else None,
        },
    )
    refresh_search_text(owner)
    same = Q(kind=where.kind, scope=where.scope, level=IdentityLevel.CLAIMED)
    if where.kind in _BY_NUMBER:
        same |= Q(kind__in=_BY_NUMBER - {where.kind})
    others = Identity.objects.filter(same, brand=where.brand, address=where.address).exclude(customer=owner)
    for other in others.select_related("customer")[:5]:
        evidence = {"kind": other.kind, "address": other.address, "level": other.level}
        propose_match(other.customer, owner, evidence)
    return identity


# The same telephone number, whichever way it is used.
_BY_NUMBER = frozenset({IdentityKind.PHONE, IdentityKind.WHATSAPP})


def _add_claimed(where: _Address, sure: Identity | None, owner: Customer) -> Identity:
    identity, is_new = Identity.objects.get_or_create(
        customer=owner, kind=where.kind, scope=where.scope, address=where.address, defaults={"brand": where.brand}
    )
    if is_new:
        refresh_search_text(owner)
    if sure is not None and sure.customer_id != owner.pk:
        evidence = {"kind": where.kind, "address": where.address, "level": IdentityLevel.CLAIMED}
        propose_match(owner, sure.customer, evidence)
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
