"""Two customers become one, and two again: every row goes and comes back, whatever stood on both cards."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from contactcenter.accounts.models import User
from contactcenter.accounts.selectors import viewer_of
from contactcenter.base.errors import Gone, Refused
from contactcenter.conversations.models import (
    ConsentEntry,
    Conversation,
    ConversationMerge,
    Customer,
    CustomerMerge,
    Event,
    Identity,
    MatchProposal,
    Record,
)
from contactcenter.conversations.searching import Search, search_customers
from contactcenter.conversations.selectors import visible_customers, visible_match_proposals
from contactcenter.conversations.services.cards import change_field
from contactcenter.conversations.services.customers import find_or_create_identity, propose_match, update_customer
from contactcenter.conversations.services.merging import (
    dismiss_match,
    merge_customers,
    plan_merge,
    undo_customer_merge,
)
from contactcenter.conversations.services.messages import open_conversation
from contactcenter.conversations.states import IdentityKind, IdentityLevel
from tests import factories as make
from tests.concurrency.together import ROUNDS, together

pytestmark = pytest.mark.django_db(transaction=True)
CLAIMED, VERIFIED = IdentityLevel.CLAIMED, IdentityLevel.VERIFIED


@pytest.fixture
def ada() -> User:
    return make.make_user("ada")


@pytest.fixture
def pair() -> tuple[Customer, Customer]:
    """Kept and merged: with conversations, records, consents, tags, and an address and an order that both have."""
    account = make.make_account(queue=make.make_queue())
    kept, merged = make.make_customer("Līga"), make.make_customer("L. Berzina")
    update_customer(kept, tags=["Riga"], note="calls late", value=1)
    update_customer(merged, tags=["riga", "VIP"], note="likes tea", value=10, language="lv", time_zone="Europe/Riga")
    for customer in (kept, merged):
        make.make_waiting(account, customer=customer)
        ConsentEntry.objects.create(customer=customer, purpose="marketing", is_granted=True, source="agent")
        Record.objects.create(customer=customer, kind="order", external_id="10482", title=customer.name)
        Record.objects.create(customer=customer, kind="order", external_id=f"own-{customer.pk}", title="own")
    for customer, level in ((kept, CLAIMED), (merged, VERIFIED)):
        find_or_create_identity(
            brand=kept.brand, kind=IdentityKind.EMAIL, address="l@example.com", level=level, customer=customer
        )
    return kept, merged


def everything() -> dict[str, Any]:
    """Who owns which row, and what the cards say."""
    rows: dict[str, Any] = {
        model.__name__: sorted(model.objects.values_list("pk", "customer_id"))
        for model in (Identity, Record, ConsentEntry, Conversation)
    }
    columns = ("pk", "name", "language", "time_zone", "value", "note", "merged_into", "search_text")
    rows["cards"] = sorted(Customer.objects.values_list(*columns))
    rows["tags"] = sorted(Customer.objects.values_list("pk", "tags"))
    rows["names"] = sorted(Identity.objects.values_list("pk", "scope", "level"))
    rows["numbers"] = sorted(Record.objects.values_list("pk", "external_id"))
    return rows


def test_everything_that_points_at_a_customer_is_thought_of() -> None:
    """A new relation fails here: say what a merge does with it."""
    found = {
        f"{relation.related_model._meta.label}.{relation.field.name}"
        for relation in Customer._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete
    }
    assert found == {
        "conversations.Customer.merged_into",
        "conversations.Identity.customer",
        "conversations.Record.customer",
        "conversations.ConsentEntry.customer",
        "conversations.Conversation.customer",
        "conversations.MatchProposal.customer",
        "conversations.MatchProposal.other",
        "conversations.CustomerMerge.kept",
        "conversations.CustomerMerge.merged",
        "conversations.ErasureRequest.customer",  # stays: the decision looks for whom they were merged into
        "routing.AccountManager.customer",  # stays: whoever is merged into somebody brings their manager along
    }


def test_all_goes_to_the_one_who_stays(pair: tuple[Customer, Customer], ada: User) -> None:
    kept, merged = pair
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada)
    kept.refresh_from_db()
    assert (kept.name, kept.language, kept.time_zone, kept.value) == ("Līga", "lv", "Europe/Riga", 10)
    assert kept.note == "calls late\n\nlikes tea"
    assert kept.tags == ["Riga", "VIP"]
    assert kept.conversations.count() == 2
    assert kept.consents.count() == 2
    email = kept.identities.get(kind=IdentityKind.EMAIL)
    assert email.level == VERIFIED, "the surer of two equal addresses is the one that counts"
    assert kept.identities.filter(kind=IdentityKind.VISITOR).count() == 2
    assert kept.records.filter(external_id="10482").count() == 1
    assert kept.records.count() == 3
    viewer = viewer_of(ada)
    assert list(visible_customers(viewer)) == [kept]
    assert search_customers(viewer, Search(text="l@example.com")) == [kept]
    assert search_customers(viewer, Search(text="Berzina")) == []


def test_both_sides_log_it_and_the_timeline_tells_it_once(pair: tuple[Customer, Customer], ada: User) -> None:
    kept, merged = pair
    moved = merged.conversations.get()
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada)
    assert list(Event.objects.filter(kind="customer.moved").values_list("conversation", flat=True)) == [moved.pk]
    told = Event.objects.filter(kind="customer.merged")
    assert {event.data["merged"] for event in told} == {"L. Berzina"}
    assert told.count() == 2, "in each open conversation"


def test_it_can_be_taken_back_row_by_row(pair: tuple[Customer, Customer], ada: User) -> None:
    kept, merged = pair
    before = everything()
    merge = merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada)
    assert merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada) == merge, "a double click"
    assert everything() != before
    undo_customer_merge(merge_id=merge.pk, actor=ada)
    undo_customer_merge(merge_id=merge.pk, actor=ada)
    assert everything() == before
    assert CustomerMerge.objects.get().undone_at is not None
    merge_customers(kept_id=merged.pk, merged_id=kept.pk, actor=ada)
    assert Customer.objects.get(pk=merged.pk).conversations.count() == 2, "and the other way round"


def test_what_was_changed_or_begun_since_is_kept_where_it_belongs(pair: tuple[Customer, Customer], ada: User) -> None:
    kept, merged = pair
    merge = merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada)
    change_field(customer_id=kept.pk, field="note", value="new words", was="calls late\n\nlikes tea", actor=ada)
    account = Conversation.objects.first().account  # type: ignore[union-attr]
    moved_identity = Identity.objects.get(pk=merge.moved["identities"][0])
    with transaction.atomic():
        since = open_conversation(customer=kept, account=account, identity=moved_identity)
    undo_customer_merge(merge_id=merge.pk, actor=ada)
    kept.refresh_from_db()
    since.refresh_from_db()
    assert kept.note == "new words"
    assert kept.value == 1
    assert since.customer_id == merged.pk, "it began at an address that went back"


def test_undoing_is_refused_with_what_stands_in_the_way(pair: tuple[Customer, Customer], ada: User) -> None:
    kept, merged = pair
    third = make.make_customer("Third")
    first = merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada)
    second = merge_customers(kept_id=kept.pk, merged_id=third.pk, actor=ada)
    with pytest.raises(Refused, match="Third"):
        undo_customer_merge(merge_id=first.pk, actor=ada)
    undo_customer_merge(merge_id=second.pk, actor=ada)
    upwards = merge_customers(kept_id=third.pk, merged_id=kept.pk, actor=ada)
    with pytest.raises(Refused, match="merged into Third"):
        undo_customer_merge(merge_id=first.pk, actor=ada)
    undo_customer_merge(merge_id=upwards.pk, actor=ada)
    mine, theirs = (Conversation.objects.filter(pk__in=first.moved["conversations"]).get(), kept.conversations.first())
    assert theirs is not None
    joined = ConversationMerge.objects.create(kept=theirs, merged=mine)
    with pytest.raises(Refused, match="Conversations"):
        undo_customer_merge(merge_id=first.pk, actor=ada)
    joined.delete()
    undo_customer_merge(merge_id=first.pk, actor=ada)


def test_what_cannot_be_merged(pair: tuple[Customer, Customer], ada: User) -> None:
    kept, merged = pair
    stranger = make.make_customer("Stranger", brand=make.make_brand("other"))
    with pytest.raises(Refused):
        merge_customers(kept_id=kept.pk, merged_id=kept.pk, actor=ada)
    with pytest.raises(Refused, match="two brands"):
        merge_customers(kept_id=kept.pk, merged_id=stranger.pk, actor=ada)
    third = make.make_customer("Third")
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada)
    with pytest.raises(Gone, match="Berzina has been merged"):
        merge_customers(kept_id=third.pk, merged_id=merged.pk, actor=ada)


def test_proposals_follow(pair: tuple[Customer, Customer], ada: User) -> None:
    kept, merged = pair
    proposal = MatchProposal.objects.get()
    third = make.make_customer("Third")
    other = propose_match(merged, third, {"kind": "phone", "address": "+371", "level": "claimed"})
    merge = merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada)
    proposal.refresh_from_db()
    assert proposal.is_accepted
    assert list(visible_match_proposals(viewer_of(ada))) == [], "nobody is asked about who is gone"
    undo_customer_merge(merge_id=merge.pk, actor=ada)
    proposal.refresh_from_db()
    assert proposal.is_accepted is False
    assert list(visible_match_proposals(viewer_of(ada))) == [other]
    dismiss_match(proposal=other, actor=ada)
    dismiss_match(proposal=other, actor=ada)
    assert list(visible_match_proposals(viewer_of(ada))) == []


def test_the_plan_says_what_the_merge_does(pair: tuple[Customer, Customer]) -> None:
    plan = plan_merge(*pair)
    assert {row.kind for row in plan.identities} == {IdentityKind.EMAIL, IdentityKind.VISITOR}
    assert [row.external_id for row in plan.records] == ["10482", f"own-{pair[1].pk}"] or len(plan.records) == 2
    assert set(plan.fields) == {"language", "time_zone", "value", "note", "tags"}


def test_two_merge_at_once_and_nothing_is_lost(pair: tuple[Customer, Customer], ada: User) -> None:
    kept, merged = pair
    together(
        lambda: merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada),
        lambda: merge_customers(kept_id=merged.pk, merged_id=kept.pk, actor=ada),
    )
    alive = Customer.objects.get(merged_into=None)
    assert alive.conversations.count() == 2
    assert CustomerMerge.objects.filter(undone_at=None).count() == 1


def test_what_begins_while_they_merge_ends_up_with_the_one_who_stays(
    pair: tuple[Customer, Customer], ada: User
) -> None:
    kept, merged = pair
    account = Conversation.objects.first().account  # type: ignore[union-attr]

    def begin() -> Conversation:
        with transaction.atomic():
            return open_conversation(customer=merged, account=account)

    for seed in range(ROUNDS):
        together(
            begin,
            lambda: merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada),
            seed=seed,
        )
        if not Customer.objects.filter(pk=merged.pk, merged_into=kept).exists():
            merge_customers(kept_id=kept.pk, merged_id=merged.pk, actor=ada)
        assert not Conversation.objects.filter(customer=merged).exists()
        undo_customer_merge(merge_id=CustomerMerge.objects.get(undone_at=None).pk, actor=ada)
