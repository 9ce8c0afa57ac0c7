"""The customer beside a conversation, each part of the card by itself, and the list of customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.base.text import fold
from contactcenter.conversations.models import (
    BlockedAddress,
    ConsentEntry,
    Conversation,
    Customer,
    CustomerMerge,
    Identity,
    MatchProposal,
    Record,
)
from contactcenter.conversations.searching import Search, search_customers
from contactcenter.conversations.selectors import (
    offered_tags,
    visible_blocked_addresses,
    visible_consents,
    visible_conversations,
    visible_customer_merges,
    visible_customers,
    visible_identities,
    visible_match_proposals,
    visible_records,
)
from contactcenter.conversations.states import LEVEL_RANK, ConversationState, IdentityKind, IdentityLevel
from routing.models import Agent, Assignment
from routing.selectors import visible_agents, visible_assignments
from routing.states import AssignmentRole

PAGE = 50
CONTACTS = 8
# Records of one kind before "show all", and all of them.
FEW_RECORDS, MOST_RECORDS = 3, 300
_TAG_SAMPLE = 500


def customer_conversations(viewer: Viewer, customer_id: int) -> list[Conversation]:
    """All conversations of a customer that the viewer sees: together they are one timeline."""
    rows = visible_conversations(viewer).filter(customer=customer_id)
    return list(rows.select_related("account", "customer", "owner", "team").order_by("pk"))


def last_conversation(viewer: Viewer, customer: Customer) -> Conversation | None:
    """Where to look first: what is open, else what was spoken of last."""
    rows = visible_conversations(viewer).filter(customer=customer)
    still_open = rows.exclude(state=ConversationState.CLOSED)
    return still_open.order_by("-last_message_at", "-pk").first() or rows.order_by("-last_message_at", "-pk").first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An identity with the block that stands on it."""

    identity: Identity
    block: BlockedAddress | None
    can_unblock: bool


def addresses_of(viewer: Viewer, customer: Customer) -> list[Address]:
    """The surest first; visitors' tokens last, since nobody reads them."""
    identities = list(visible_identities(viewer).filter(customer=customer))
    blocks = standing_blocks(viewer, identities)
    identities.sort(
        key=lambda row: (row.kind == IdentityKind.VISITOR, -LEVEL_RANK[IdentityLevel(row.level)], row.kind, row.pk)
    )
    return [
        Address(
            identity=row,
            block=(block := blocks.get((row.kind, row.address))),
            can_unblock=block is not None and (viewer.is_supervisor or block.created_by_id == viewer.user_id),
        )
        for row in identities
    ]


def standing_blocks(viewer: Viewer, identities: Iterable[Identity]) -> dict[tuple[str, str], BlockedAddress]:
    """Blocks in force now, by (kind, address)."""
    places = Q()
    for identity in identities:
        places |= Q(brand=identity.brand_id, kind=identity.kind, address=identity.address)
    if not places:
        return {}
    rows = visible_blocked_addresses(viewer).filter(places).filter(Q(until=None) | Q(until__gt=now()))
    return {(row.kind, row.address): row for row in rows.select_related("created_by")}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordGroup:
    """The records of one kind: the newest few, or all."""

    kind: str
    count: int
    records: list[Record]

    @property
    def has_more(self) -> bool:
        return self.count > len(self.records)


def records_of(viewer: Viewer, customer: Customer, *, all_of: str = "") -> list[RecordGroup]:
    """By kind, orders and invoices first. Those of the kind `all_of` are all there."""
    rows = visible_records(viewer).filter(customer=customer)
    counts = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    kinds = sorted(counts, key=lambda kind: ({"order": 0, "invoice": 1}.get(kind, 2), kind))
    groups = []
    for kind in kinds:
        size = MOST_RECORDS if kind == all_of else FEW_RECORDS
        groups.append(RecordGroup(kind=kind, count=counts[kind], records=list(rows.filter(kind=kind)[:size])))
    return groups


def record_groups(viewer: Viewer, customer: Customer) -> dict[str, int]:
    """How many records of each kind."""
    rows = visible_records(viewer).filter(customer=customer).order_by()
    return dict(rows.values_list("kind").annotate(Count("pk")))


def consents_of(viewer: Viewer, customer: Customer) -> list[ConsentEntry]:
    """The ledger, newest first; `counts` says whether nothing later of the same scope has overruled a line."""
    rows = visible_consents(viewer).filter(customer=customer).select_related("actor", "account").order_by("-pk")[:100]
    seen: set[tuple[str, str, str]] = set()
    found = []
    for row in rows:
        scope = (row.purpose, row.channel, row.address)
        row.counts = scope not in seen  # type: ignore[attr-defined]
        seen.add(scope)
        found.append(row)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A conversation in one line: its last handling says who and how it ended."""

    conversation: Conversation
    handling: Assignment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPage:
    contacts: list[Contact]
    cursor: str = ""


def contacts_of(viewer: Viewer, customer: Customer, *, but: int | None = None, cursor: str = "") -> ContactPage:
    """The customer's conversations besides the one on screen, newest first."""
    rows = visible_conversations(viewer).filter(customer=customer)
    if but is not None:
        rows = rows.exclude(pk=but)
    moment, _sep, pk = cursor.partition("_")
    try:
        if cursor:
            at = datetime.fromisoformat(moment)
            rows = rows.filter(Q(last_message_at__lt=at) | Q(last_message_at=at, pk__lt=int(pk)))
    except ValueError:
        pass
    found = list(rows.select_related("account", "owner").order_by("-last_message_at", "-pk")[: CONTACTS + 1])
    shown = found[:CONTACTS]
    handled = visible_assignments(viewer).filter(conversation__in=shown, role=AssignmentRole.PRIMARY)
    last = {row.conversation_id: row for row in handled.select_related("agent__user", "disposition").order_by("pk")}
    more = f"{shown[-1].last_message_at.isoformat()}_{shown[-1].pk}" if len(found) > CONTACTS else ""
    return ContactPage(
        contacts=[Contact(conversation=row, handling=last.get(row.pk)) for row in shown],
        cursor=more,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Who may be the same person, and who was found to be."""

    proposals: list[tuple[MatchProposal, Customer]]
    merges: list[CustomerMerge]


def duplicates_of(viewer: Viewer, customer: Customer) -> Duplicates:
    rows = visible_match_proposals(viewer).filter(Q(customer=customer) | Q(other=customer))
    found = rows.select_related("customer", "other").order_by("-pk")[:20]
    merges = visible_customer_merges(viewer).filter(kept=customer).select_related("merged", "actor").order_by("-pk")
    return Duplicates(
        proposals=[(row, row.other if row.customer_id == customer.pk else row.customer) for row in found],
        merges=list(merges[:20]),
    )


def known_tags(viewer: Viewer, customer: Customer) -> list[str]:
    """For suggestions: what admins have made, then what the brand's customers have, the usual ones first."""
    rows = visible_customers(viewer).filter(brand=customer.brand_id).exclude(tags=[]).order_by("-pk")
    counts = Counter(tag for tags in rows.values_list("tags", flat=True)[:_TAG_SAMPLE] for tag in tags)
    offered = [tag.name for tag in offered_tags(viewer) if tag.brand_id in {None, customer.brand_id}]
    known = dict.fromkeys([*offered, *(tag for tag, _count in counts.most_common(50))])
    return [tag for tag in known if tag not in customer.tags]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer in the list; `conversation` is the one that opens with them."""

    customer: Customer
    conversation: int | None
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    rows: list[CustomerRow]
    cursor: str = ""


def customer_page(viewer: Viewer, *, query: str = "", cursor: str = "") -> CustomerPage:
    """The newest customers page by page; with a query the best hits, not paged."""
    if len(fold(query)) >= 2:
        return CustomerPage(rows=_rows_of(viewer, search_customers(viewer, Search(text=query), size=PAGE)))
    rows = visible_customers(viewer)
    if cursor.isdecimal():
        rows = rows.filter(pk__lt=int(cursor))
    found = list(rows.select_related("brand").order_by("-pk")[: PAGE + 1])
    more = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    return CustomerPage(rows=_rows_of(viewer, found[:PAGE]), cursor=more)


def _rows_of(viewer: Viewer, customers: list[Customer]) -> list[CustomerRow]:
    """With the last conversation and the surest readable address, in one query each."""
    last = visible_conversations(viewer).filter(customer=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    ids = [customer.pk for customer in customers]
    conversations = dict(
        visible_customers(viewer).filter(pk__in=ids).annotate(last=Subquery(last)).values_list("pk", "last")
    )
    addresses: dict[int, str] = {}
    identities = visible_identities(viewer).filter(customer__in=ids).exclude(kind=IdentityKind.VISITOR)
    for identity in sorted(identities, key=lambda row: LEVEL_RANK[IdentityLevel(row.level)]):
        addresses[identity.customer_id] = str(identity)
    return [
        CustomerRow(
            customer=customer,
            conversation=conversations.get(customer.pk),
            address=addresses.get(customer.pk, ""),
        )
        for customer in customers
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two customers as the comparison shows them."""

    customer: Customer
    addresses: list[Identity]
    records: dict[str, int]
    conversations: int
    consents: int


def side_of(viewer: Viewer, customer: Customer) -> Side:
    identities = visible_identities(viewer).filter(customer=customer).order_by("kind", "pk")
    return Side(
        customer=customer,
        addresses=list(identities),
        records=record_groups(viewer, customer),
        conversations=customer.conversations.count(),
        consents=visible_consents(viewer).filter(customer=customer).count(),
    )


def possible_managers(viewer: Viewer, customer: Customer) -> list[Agent]:
    """Whom a supervisor may name: the agents of the customer's brand, by name. Nobody for who may not."""
    if not viewer.is_supervisor:
        return []
    agents = visible_agents(viewer).filter(user__brands=customer.brand_id).select_related("user")
    return sorted(agents, key=lambda agent: str(agent).casefold())
