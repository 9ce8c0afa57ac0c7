"""Whose message it is: the identity behind a sender, and what else the provider says of the same person."""

from __future__ import annotations

from channels_app.base import DescribesPeople, SendTimedOut, TemporaryFailure
from channels_app.registry import adapter_class, adapter_for
from channels_app.types import Sender
from contactcenter.base.errors import Refused
from contactcenter.conversations.effects import RetryLater, add_effect
from contactcenter.conversations.models import ChannelAccount, Customer, Effect, Identity
from contactcenter.conversations.services.cards import announce_customer
from contactcenter.conversations.services.customers import (
    find_or_create_identity,
    normalise_address,
    update_customer,
)
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


def ask_for_name(account: ChannelAccount, identity: Identity, sender: Sender) -> None:
    """Plan to ask the provider who this is, once, where it says only on request."""
    if sender.name or identity.display or identity.customer.name:
        return
    if issubclass(adapter_class(account.kind), DescribesPeople):
        add_effect("name_person", identity.pk, key=f"name_person:{account.pk}:{identity.pk}")


def name_person(effect: Effect) -> None:
    """The work of a `name_person` effect. Raises RetryLater."""
    account_id = int(effect.key.split(":")[1])
    account = ChannelAccount.objects.select_related("brand").filter(pk=account_id).first()
    identity = Identity.objects.select_related("customer").filter(pk=effect.target_id).first()
    if account is None or identity is None:
        return
    adapter = adapter_for(account)
    assert isinstance(adapter, DescribesPeople)
    try:
        name = adapter.name_of(identity.address)[:200]
    except (TemporaryFailure, SendTimedOut) as error:
        raise RetryLater(str(error)) from error
    if not name:
        return
    Identity.objects.filter(pk=identity.pk).update(display=name)
    if not identity.customer.name:
        update_customer(identity.customer, name=name)
        announce_customer(identity.customer, "profile", "addresses")


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
