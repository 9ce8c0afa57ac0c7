"""Records: what the company's systems push of a customer's orders, invoices and the like."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.base.clock import now
from contactcenter.base.errors import Gone
from contactcenter.conversations.locking import lock_customer
from contactcenter.conversations.models import Record
from contactcenter.conversations.services.cards import announce_customer
from contactcenter.conversations.services.customers import last_merged_into, refresh_search_text


@transaction.atomic
def push_record(*, customer_id: int, kind: str, external_id: str, **fields: Any) -> tuple[Record, bool]:
    """Write down a record, or what has changed of it; whether it is new. Raises Gone for a merged customer."""
    customer = lock_customer(customer_id)
    if customer.merged_into is not None:
        raise Gone(_("This customer has been merged into %s.") % last_merged_into(customer), code="merged")
    record, is_new = Record.objects.update_or_create(
        customer=customer, kind=kind, external_id=external_id, defaults={**fields, "updated_at": now()}
    )
    if is_new:
        refresh_search_text(customer)
    announce_customer(customer, "records")
    return record, is_new
