"""Two customers who are one person: what changes hands, by name of row, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import IDENTITY_RANK, lock_conversation, lock_customer, lock_row
from contactcenter.conversations.models import (
    ConsentEntry,
    Conversation,
    ConversationMerge,
    Customer,
    CustomerMerge,
    Identity,
    MatchProposal,
    Record,
)
from contactcenter.conversations.services.cards import announce_customer
from contactcenter.conversations.services.customers import refresh_search_text
from contactcenter.conversations.states import LEVEL_RANK, ConversationState, IdentityLevel

FIELDS = ("name", "language", "time_zone", "value", "note", "tags")
_CARD = ("profile", "addresses", "records", "consents", "contacts", "duplicates")


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge would do: the fields of the kept customer that change, and the rows that change hands.

    Where both have the same address or record, the surer or newer row is the kept customer's and the other one stays
    with the merged customer (`left` of them, `taken_back` from the kept one), since one customer has it once.
    """

    kept: Customer
    merged: Customer
    fields: dict[str, Any]
    identities: list[Identity]
    records: list[Record]
    identities_back: list[Identity]
    records_back: list[Record]


def plan_merge(kept: Customer, merged: Customer) -> MergePlan:
    """Read what would happen, for the preview and for the merge itself."""
    identities, identities_back = _sort_out(
        kept.identities.all(),
        merged.identities.all(),
        key=lambda row: (row.kind, row.scope, row.address),
        rank=lambda row: LEVEL_RANK[IdentityLevel(row.level)],
    )
    records, records_back = _sort_out(
        kept.records.all(),
        merged.records.all(),
        key=lambda row: (row.kind, row.external_id),
        rank=lambda row: row.updated_at,
    )
    return MergePlan(
        kept=kept,
        merged=merged,
        fields=_joined_fields(kept, merged),
        identities=identities,
        records=records,
        identities_back=identities_back,
        records_back=records_back,
    )


def _sort_out(of_kept: Iterable[Any], of_merged: Iterable[Any], *, key: Any, rank: Any) -> tuple[list[Any], list[Any]]:
    """(rows that go to the kept customer, rows of theirs that these push out)."""
    known = {key(row): row for row in of_kept}
    going, pushed = [], []
    for row in of_merged:
        twin = known.get(key(row))
        if twin is None or rank(row) > rank(twin):
            going.append(row)
            pushed += [twin] if twin is not None else []
    return going, pushed


def _joined_fields(kept: Customer, merged: Customer) -> dict[str, Any]:
    """The kept customer's own words win; what they lack comes from the other."""
    tags = {tag.casefold(): tag for tag in [*merged.tags, *kept.tags]}
    # In the order in which they stood, the kept customer's first.
    order = [*kept.tags, *(tag for tag in merged.tags if tag.casefold() not in {own.casefold() for own in kept.tags})]
    joined = {
        "name": kept.name or merged.name,
        "language": kept.language or merged.language,
        "time_zone": kept.time_zone or merged.time_zone,
        "value": max(kept.value, merged.value),
        "note": "\n\n".join(note for note in dict.fromkeys((kept.note, merged.note)) if note),
        "tags": [tags[tag.casefold()] for tag in order],
    }
    return {name: value for name, value in joined.items() if value != getattr(kept, name)}


@transaction.atomic
def merge_customers(*, kept_id: int, merged_id: int, actor: User) -> CustomerMerge:
    """Make two customers one: everything of `merged` is `kept`'s, and `merged` is found no more.

    Locks identities, conversations and customers, so call it before locking any conversation of theirs. The same
    merge again is the first one. Raises Refused, Gone.
    """
    if kept_id == merged_id:
        raise Refused(_("Choose two different customers."), code="same_customer")
    conversations, customers = _lock_all({kept_id, merged_id})
    kept, merged = customers[kept_id], customers[merged_id]
    if merged.merged_into_id == kept.pk:
        return CustomerMerge.objects.get(kept=kept, merged=merged, undone_at=None)
    for customer in (kept, merged):
        if customer.merged_into is not None:
            raise Gone(
                _("%(customer)s has been merged into %(into)s.") % {"customer": customer, "into": customer.merged_into}
            )
    if kept.brand_id != merged.brand_id:
        raise Refused(_("Customers of two brands stay apart."), code="two_brands")
    plan = plan_merge(kept, merged)
    mine = [row for row in conversations if row.customer_id == merged.pk]
    consents = list(merged.consents.values_list("pk", flat=True))
    merge = CustomerMerge.objects.create(
        kept=kept, merged=merged, actor=actor, at=now(), moved=_moved(plan, mine, consents)
    )
    _hand_over(Identity, "scope", plan.identities, kept, plan.identities_back, merged)
    _hand_over(Record, "external_id", plan.records, kept, plan.records_back, merged)
    ConsentEntry.objects.filter(pk__in=consents).update(customer=kept)
    for name, value in plan.fields.items():
        setattr(kept, name, value)
    kept.save(update_fields=list(plan.fields))
    merged.merged_into = kept
    merged.save(update_fields=["merged_into"])
    _decide(kept, merged, is_accepted=True)
    _tell(merge, conversations, mine, kept, EventKind.CUSTOMER_MERGED, actor)
    announce_customer(merged, into=kept.pk)
    return merge


def _moved(plan: MergePlan, conversations: list[Conversation], consents: list[int]) -> dict[str, Any]:
    """The rows and fields of a merge, as `CustomerMerge.moved` keeps them."""
    rows: dict[str, list[Any]] = {
        "identities": plan.identities,
        "identities_back": plan.identities_back,
        "records": plan.records,
        "records_back": plan.records_back,
        "conversations": conversations,
    }
    fields = {name: {"before": getattr(plan.kept, name), "after": value} for name, value in plan.fields.items()}
    return {**{name: [row.pk for row in found] for name, found in rows.items()}, "consents": consents, "fields": fields}


@transaction.atomic
def undo_customer_merge(*, merge_id: int, actor: User) -> CustomerMerge:
    """Put back what a merge moved, with the conversations that have begun since at an address that goes back.

    Fields that somebody has changed since stay as they are. Undone already is no error. Raises Refused, Gone.
    """
    merge = CustomerMerge.objects.get(pk=merge_id)
    conversations, customers = _lock_all({merge.kept_id, merge.merged_id})
    merge.refresh_from_db()
    if merge.undone_at is not None:
        return merge
    kept, merged = customers[merge.kept_id], customers[merge.merged_id]
    moved = merge.moved
    going = Q(pk__in=moved["conversations"]) | Q(identity__in=moved["identities"])
    ids = set(Conversation.objects.filter(going, customer=kept).values_list("pk", flat=True))
    _require_undoable(merge, kept, ids)
    merge.undone_at = now()
    merge.save(update_fields=["undone_at"])
    _hand_over_ids(Identity, "scope", moved["identities"], merged, moved["identities_back"], kept)
    _hand_over_ids(Record, "external_id", moved["records"], merged, moved["records_back"], kept)
    ConsentEntry.objects.filter(pk__in=moved["consents"]).update(customer=merged)
    fields = {
        name: change["before"]
        for name, change in moved["fields"].items()
        if name != "tags" and getattr(kept, name) == change["after"]
    }
    if "tags" in moved["fields"]:
        came = set(moved["fields"]["tags"]["after"]) - set(moved["fields"]["tags"]["before"])
        fields["tags"] = [tag for tag in kept.tags if tag not in came]
    for name, value in fields.items():
        setattr(kept, name, value)
    kept.save(update_fields=list(fields))
    merged.merged_into = None
    merged.save(update_fields=["merged_into"])
    _decide(kept, merged, is_accepted=False)
    back = [row for row in conversations if row.pk in ids]
    _tell(merge, conversations, back, merged, EventKind.CUSTOMER_UNMERGED, actor)
    announce_customer(merged, *_CARD)
    refresh_search_text(merged)
    return merge


def _require_undoable(merge: CustomerMerge, kept: Customer, going: set[int]) -> None:
    """Raise Refused with what has to be taken back first."""
    if kept.merged_into is not None:
        raise Refused(
            _("%(customer)s has been merged into %(into)s since: take that back first.")
            % {"customer": kept, "into": kept.merged_into},
            code="merged_since",
        )
    later = CustomerMerge.objects.filter(kept=kept, undone_at=None, pk__gt=merge.pk).select_related("merged").first()
    if later is not None:
        raise Refused(_("%s has been merged here since: take that back first.") % later.merged, code="merged_since")
    joined = ConversationMerge.objects.filter(Q(kept__in=going) | Q(merged__in=going), undone_at=None)
    if any((row.kept_id in going) != (row.merged_id in going) for row in joined):
        raise Refused(
            _("Conversations of the two have been merged: take that merge back first."), code="conversations_merged"
        )


def _lock_all(customer_ids: set[int]) -> tuple[list[Conversation], dict[int, Customer]]:
    """Everything of two customers that others lock too, in the one order. Raises Gone if more came meanwhile."""
    for pk in Identity.objects.filter(customer__in=customer_ids).order_by("pk").values_list("pk", flat=True):
        lock_row(Identity.objects.all(), pk, rank=IDENTITY_RANK)
    theirs = Conversation.objects.filter(customer__in=customer_ids).order_by("pk").values_list("pk", flat=True)
    conversations = [lock_conversation(pk) for pk in theirs]
    customers = {pk: lock_customer(pk) for pk in sorted(customer_ids)}
    if [row.pk for row in conversations] != list(theirs.all()):
        raise Gone(_("A conversation began at this moment. Try again."), code="busy")
    return conversations, customers


def _hand_over(model: Any, spare: str, going: list[Any], to: Customer, coming: list[Any], back: Customer) -> None:
    _hand_over_ids(model, spare, [row.pk for row in going], to, [row.pk for row in coming], back)


def _hand_over_ids(
    model: type[models.Model], spare: str, going: list[int], to: Customer, coming: list[int], back: Customer
) -> None:
    """Exchange rows between two customers. One may have only one of a kind, so each waits under a spare name first."""
    rows = model._default_manager.filter(pk__in=[*going, *coming])
    names = dict(rows.values_list("pk", spare))
    for pk in names:
        owner = to if pk in going else back
        model._default_manager.filter(pk=pk).update(customer=owner, **{spare: f"~{pk}"})
    for pk, name in names.items():
        model._default_manager.filter(pk=pk).update(**{spare: name})


def _decide(kept: Customer, merged: Customer, *, is_accepted: bool) -> None:
    """What was proposed about the two has been answered."""
    first, second = sorted((kept, merged), key=lambda row: row.pk)
    MatchProposal.objects.filter(customer=first, other=second).update(is_accepted=is_accepted, decided_at=now())


def _tell(
    merge: CustomerMerge,
    conversations: list[Conversation],
    moving: list[Conversation],
    to: Customer,
    kind: EventKind,
    actor: User,
) -> None:
    """Log it in what changes hands, and once for all to read: in each open conversation, else in the newest."""
    names: dict[str, Any] = {"merged": str(merge.merged), "kept": str(merge.kept), "merge": merge.pk}
    refresh_search_text(merge.kept)
    for conversation in moving:
        conversation.customer = to
        record_event(conversation, EventKind.CUSTOMER_MOVED, actor=actor, customer=str(to), merge=merge.pk)
        save_conversation(conversation, "customer")
    is_open = [row for row in conversations if row.state != ConversationState.CLOSED]
    for conversation in is_open or conversations[-1:]:
        record_event(conversation, kind, actor=actor, **names)
        save_conversation(conversation)
    if not conversations:
        record_audit(kind.value, actor=actor, target=f"customer:{merge.kept_id}", data=names)
    announce_customer(merge.kept, *_CARD, again=True)


@transaction.atomic
def dismiss_match(*, proposal: MatchProposal, actor: User) -> None:
    """They are not the same person; it is not proposed again. Decided already is no error."""
    changed = MatchProposal.objects.filter(pk=proposal.pk, decided_at=None).update(is_accepted=False, decided_at=now())
    if not changed:
        return
    data = {"customer": str(proposal.customer), "other": str(proposal.other), "evidence": proposal.evidence}
    record_audit("match.dismissed", actor=actor, target=f"customer:{proposal.customer_id}", data=data)
    for customer in (proposal.customer, proposal.other):
        announce_customer(customer, "duplicates")
