"""The block list from the desk: whose messages are kept apart and who is written to no more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.errors import Forbidden, Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import BlockedAddress, Identity
from contactcenter.conversations.services.cards import announce_customer, lock_card, log_change


@transaction.atomic
def block_identity(
    *, identity: Identity, reason: str, until: datetime | None, actor: User, conversation_id: int | None = None
) -> BlockedAddress:
    """Put the address on the brand's block list; blocked already is no error. Raises Refused, Gone."""
    reason = clean_input(reason)[:200]
    if not reason:
        raise Refused(_("Say why: colleagues read it on the card."), code="no_reason")
    if until is not None and until <= now():
        raise Refused(_("Choose a time in the future."), code="bad_time")
    card = lock_card(identity.customer_id, conversation_id)
    known = _standing(identity)
    if known is not None and (known.until is None or known.until > now()):
        return known
    if known is not None:
        known.lifted_at = known.until
        known.save(update_fields=["lifted_at"])
    block = BlockedAddress.objects.create(
        brand=card.customer.brand,
        kind=identity.kind,
        address=identity.address,
        reason=reason,
        until=until,
        created_by=actor,
        created_at=now(),
    )
    ends = until.isoformat() if until is not None else ""
    log_change(card, EventKind.IDENTITY_BLOCKED, actor=actor, address=identity.address, reason=reason, until=ends)
    announce_customer(card.customer, "profile", "addresses")
    return block


@transaction.atomic
def unblock_identity(*, identity: Identity, actor: User, conversation_id: int | None = None) -> None:
    """Lift the block; lifted already is no error. Raises Forbidden for another's block unless a supervisor asks."""
    card = lock_card(identity.customer_id, conversation_id)
    block = _standing(identity)
    if block is None:
        return
    if block.created_by_id != actor.pk and not actor.is_supervisor:
        raise Forbidden(_("A colleague blocked this address; only a supervisor can lift that."), code="not_yours")
    block.lifted_at = now()
    block.save(update_fields=["lifted_at"])
    log_change(card, EventKind.IDENTITY_UNBLOCKED, actor=actor, address=identity.address, reason=block.reason)
    announce_customer(card.customer, "profile", "addresses")


def _standing(identity: Identity) -> BlockedAddress | None:
    rows = BlockedAddress.objects.filter(brand=identity.brand_id, kind=identity.kind, address=identity.address)
    return rows.filter(lifted_at=None).first()
