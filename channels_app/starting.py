"""From where a conversation with a customer can be begun, and at which of their addresses."""

from __future__ import annotations

from channels_app.reach import Way
from channels_app.registry import UnknownKind, adapter_class
from channels_app.types import Capability
from contactcenter.conversations.gate import has_consent, is_blocked
from contactcenter.conversations.models import ChannelAccount, Customer, Identity


def ways_to_start(customer: Customer) -> list[Way]:
    """Accounts of the brand that may write first, each with the addresses that it reaches and may write to."""
    identities = list(Identity.objects.filter(customer=customer).order_by("kind", "pk"))
    accounts = ChannelAccount.objects.filter(brand=customer.brand_id, is_active=True)
    return [
        Way(account=account, identity=identity)
        for account in accounts
        for identity in identities
        if _can_start(account, identity) and _is_welcome(customer, account, identity)
    ]


def _can_start(account: ChannelAccount, identity: Identity) -> bool:
    try:
        adapter = adapter_class(account.kind)
    except UnknownKind:
        return False
    is_in_scope = not identity.scope or identity.scope == account.address
    return Capability.STARTS in adapter.capabilities and identity.kind in adapter.identity_kinds and is_in_scope


def _is_welcome(customer: Customer, account: ChannelAccount, identity: Identity) -> bool:
    if is_blocked(brand_id=account.brand_id, kind=identity.kind, address=identity.address):
        return False
    return has_consent(customer, purpose="service", channel=account.channel, address=identity.address)
