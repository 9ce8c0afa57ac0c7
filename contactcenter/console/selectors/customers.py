"""The customer beside a conversation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import Conversation, Customer, Identity, Record
from contactcenter.conversations.selectors import (
    visible_conversations,
    visible_identities,
    visible_records,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCard:
    customer: Customer
    identities: list[Identity]
    records: dict[str, list[Record]] = field(default_factory=dict)
    contacts: list[Conversation] = field(default_factory=list)


def customer_card(viewer: Viewer, conversation: Conversation) -> CustomerCard:
    """The customer beside a conversation: addresses with their level, records by kind, other contacts."""
    customer = conversation.customer
    records: dict[str, list[Record]] = defaultdict(list)
    for record in visible_records(viewer).filter(customer=customer)[:30]:
        records[record.kind].append(record)
    others = visible_conversations(viewer).filter(customer=customer).exclude(pk=conversation.pk)
    return CustomerCard(
        customer=customer,
        identities=list(visible_identities(viewer).filter(customer=customer).order_by("kind", "pk")),
        records=dict(records),
        contacts=list(others.select_related("account", "owner").order_by("-last_message_at", "-pk")[:10]),
    )


def customer_conversations(viewer: Viewer, customer_id: int) -> list[Conversation]:
    """All conversations of a customer that the viewer sees: together they are one timeline."""
    rows = visible_conversations(viewer).filter(customer=customer_id)
    return list(rows.select_related("account", "customer", "owner", "team").order_by("pk"))
