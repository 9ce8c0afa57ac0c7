"""Whose message it is: the identity behind a sender, and what else the provider says of the same person."""

from __future__ import annotations

from channels_app.types import Sender
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import ChannelAccount, Customer, Identity
from contactcenter.conversations.services.customers import find_or_create_identity, normalise_address
from contactcenter.conversations.states import IdentityKind, IdentityLevel


def identity_of(account: ChannelAccount, sender: Sender) -> Identity:
    """The identity that the sender's address belongs to, or a new one; their other addresses join it.

    Where another address of theirs is known already, a new one is that customer's. An address that belongs to
    somebody else for sure joins nothing: a match is proposed. Raises Refused for an impossible address.
    """
    if not sender.also:
        return _find_or_create(account, sender, sender.kind, sender.address, None)
    addresses = [(sender.kind, sender.address), *sender.also]
    owners = [known_identity(account, kind, address, sender.scope) for kind, address in addresses]
    customer = next((owner.customer for owner in owners if owner is not None), None)
    identity = _find_or_create(account, sender, sender.kind, sender.address, customer)
    for kind, address in sender.also:
        _find_or_create(account, sender, kind, address, identity.customer)
    return identity


def known_identity(account: ChannelAccount, kind: IdentityKind, address: str, scope: str = "") -> Identity | None:
    """The identity that owns an address for sure; None for nobody's."""
    try:
        spelled = normalise_address(kind, address, region=account.brand.phone_region)
    except Refused:
        return None
    rows = Identity.objects.filter(brand=account.brand_id, kind=kind, scope=scope, address=spelled)
    return rows.exclude(level=IdentityLevel.CLAIMED).select_related("customer").first()


def _find_or_create(
    account: ChannelAccount, sender: Sender, kind: IdentityKind, address: str, customer: Customer | None
) -> Identity:
    return find_or_create_identity(
        brand=account.brand,
        kind=kind,
        address=address,
        level=sender.level,
        scope=sender.scope,
        name=sender.name,
        language=sender.language,
        display=_display(kind, address, sender),
        customer=customer,
    )


def _display(kind: IdentityKind, address: str, sender: Sender) -> str:
    """What people read instead of a number that only the provider understands."""
    return "" if kind == IdentityKind.PHONE or address.startswith("+") else sender.handle or sender.name
