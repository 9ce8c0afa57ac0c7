"""What people write on a customer's card: checked, logged with old and new value, safe against each other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contactcenter.accounts.models import AuditEntry, Role, User
from contactcenter.base.clock import now
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.gate import is_blocked
from contactcenter.conversations.models import BlockedAddress, ConsentEntry, Customer, Event, Identity, MatchProposal
from contactcenter.conversations.services import cards
from contactcenter.conversations.services.blocking import block_identity, unblock_identity
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.services.erasing import decide_erasure, request_erasure
from contactcenter.conversations.services.merging import merge_customers
from contactcenter.conversations.states import IdentityKind, IdentityLevel
from routing.services.handling import close
from tests import factories as make
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make.make_user("ada")


@pytest.fixture
def customer() -> Customer:
    return make.make_customer("Līga")


def email_of(customer: Customer, address: str, level: IdentityLevel = IdentityLevel.VERIFIED) -> Identity:
    return find_or_create_identity(
        brand=customer.brand, kind=IdentityKind.EMAIL, address=address, level=level, customer=customer
    )


@pytest.mark.parametrize(
    ("field", "value", "was", "stored"),
    [
        ("name", "  Līga   Bērziņa ", "Līga", "Līga Bērziņa"),
        ("language", "lv", "", "lv"),
        ("time_zone", "America/New York", "", "America/New_York"),
        ("value", "10", "1", 10),
        ("note", "line\r\nline", "", "line\nline"),
    ],
)
def test_a_field_is_cleaned_and_stored(
    customer: Customer, ada: User, field: str, value: str, was: str, stored: object
) -> None:
    cards.change_field(customer_id=customer.pk, field=field, value=value, was=was, actor=ada)
    customer.refresh_from_db()
    assert getattr(customer, field) == stored
    entry = AuditEntry.objects.get(kind="customer.changed")
    assert (entry.actor, entry.data["field"], entry.data["after"]) == (ada, field, str(stored))
    assert entry.data["before"] == was


@pytest.mark.parametrize(
    ("field", "value"), [("time_zone", "Riga"), ("value", "2"), ("language", "l1"), ("note", "x" * 5001)]
)
def test_what_is_wrong_is_named(customer: Customer, ada: User, field: str, value: str) -> None:
    with pytest.raises(Refused):
        cards.change_field(
            customer_id=customer.pk, field=field, value=value, was=str(getattr(customer, field)), actor=ada
        )
    assert not AuditEntry.objects.exists()


def test_somebody_elses_change_is_told_and_not_overwritten(customer: Customer, ada: User) -> None:
    cards.change_field(customer_id=customer.pk, field="name", value="Sue’s", was="Līga", actor=ada)
    with pytest.raises(cards.ChangedMeanwhile, match="Sue’s") as refused:
        cards.change_field(customer_id=customer.pk, field="name", value="Ben’s", was="Līga", actor=ada)
    assert refused.value.current == "Sue’s"
    assert Customer.objects.get(pk=customer.pk).name == "Sue’s"
    cards.change_field(customer_id=customer.pk, field="name", value="Sue’s", was="Līga", actor=ada)
    assert AuditEntry.objects.count() == 1, "the same value again is a double click"


def test_of_two_at_once_one_is_told(customer: Customer, ada: User) -> None:
    def rename(name: str) -> object:
        return cards.change_field(customer_id=customer.pk, field="name", value=name, was="Līga", actor=ada)

    results = together(lambda: rename("one"), lambda: rename("two"))
    assert sum(isinstance(result, cards.ChangedMeanwhile) for result in results) == 1


def test_the_open_conversation_logs_it(ada: User) -> None:
    account = make.make_account(queue=make.make_queue())
    conversation = make.make_waiting(account)
    older = make.make_waiting(account, customer=conversation.customer)
    cards.add_tag(customer_id=conversation.customer_id, tag="Riga", actor=ada, conversation_id=conversation.pk)
    event = Event.objects.get(kind="customer.changed")
    assert (event.conversation, event.actor, event.data["field"]) == (conversation, ada, "tag")
    for row in (conversation, older):
        close(conversation_id=row.pk)
    cards.remove_tag(customer_id=conversation.customer_id, tag="Riga", actor=ada, conversation_id=conversation.pk)
    assert AuditEntry.objects.filter(kind="customer.changed", target=f"customer:{conversation.customer_id}").exists()


def test_tags_are_there_once_whatever_their_case(customer: Customer, ada: User) -> None:
    for tag in ("Riga", "riga ", "VIP  club"):
        cards.add_tag(customer_id=customer.pk, tag=tag, actor=ada)
    assert Customer.objects.get(pk=customer.pk).tags == ["Riga", "VIP club"]
    for wrong in (" ", "x" * 51):
        with pytest.raises(Refused):
            cards.add_tag(customer_id=customer.pk, tag=wrong, actor=ada)


def test_an_address_is_added_as_claimed_and_proposes_its_owner(customer: Customer, ada: User) -> None:
    owner = make.make_customer("Owner")
    email_of(owner, "liga@example.com")
    first = cards.add_address(customer_id=customer.pk, kind=IdentityKind.EMAIL, address="LIGA@example.com", actor=ada)
    again = cards.add_address(customer_id=customer.pk, kind=IdentityKind.EMAIL, address="liga@example.com", actor=ada)
    assert first == again
    assert first.level == IdentityLevel.CLAIMED
    proposal = MatchProposal.objects.get()
    assert {proposal.customer_id, proposal.other_id} == {customer.pk, owner.pk}
    assert AuditEntry.objects.count() == 1


def test_only_a_claimed_address_that_nothing_hangs_on_is_removed(ada: User) -> None:
    account = make.make_account(queue=make.make_queue())
    conversation = make.make_waiting(account)
    customer = conversation.customer
    sure = customer.identities.get()
    with pytest.raises(Refused):
        cards.remove_address(identity=sure, actor=ada)
    claimed = cards.add_address(customer_id=customer.pk, kind=IdentityKind.PHONE, address="26123456", actor=ada)
    assert "26123456" in Customer.objects.get(pk=customer.pk).search_text
    cards.remove_address(identity=claimed, actor=ada)
    cards.remove_address(identity=claimed, actor=ada)
    assert list(customer.identities.all()) == [sure]
    assert "26123456" not in Customer.objects.get(pk=customer.pk).search_text
    used = cards.add_address(customer_id=customer.pk, kind=IdentityKind.PHONE, address="26123457", actor=ada)
    conversation.identity = used
    conversation.save(update_fields=["identity"])
    with pytest.raises(Refused, match="belongs to a conversation"):
        cards.remove_address(identity=used, actor=ada)


def test_consent_needs_proof_and_is_written_once(customer: Customer, ada: User) -> None:
    def record(is_granted: bool, proof: str) -> ConsentEntry:
        return cards.record_consent(
            customer_id=customer.pk, purpose="marketing", channel="", is_granted=is_granted, proof=proof, actor=ada
        )

    with pytest.raises(Refused, match="how you know"):
        record(True, "  ")
    first = record(True, "told me on the phone")
    assert record(True, "told me on the phone") == first
    record(False, "told me on the phone")
    assert list(ConsentEntry.objects.values_list("is_granted", "source", "actor")) == [
        (False, "agent", ada.pk),
        (True, "agent", ada.pk),
    ]


def test_a_new_customer_is_made_once_and_not_beside_a_sure_owner(customer: Customer, ada: User) -> None:
    email_of(customer, "liga@example.com")

    def create(address: str, key: str) -> Customer:
        return cards.create_customer(
            brand=customer.brand,
            name="New",
            language="lv",
            kind=IdentityKind.EMAIL,
            address=address,
            actor=ada,
            key=key,
        )

    with pytest.raises(Refused, match="belongs to Līga"):
        create("liga@example.com", "first-key")
    assert Customer.objects.count() == 1
    new = create("new@example.com", "second-key")
    assert create("new@example.com", "second-key") == new
    assert new.identities.get().level == IdentityLevel.CLAIMED


def test_blocking_with_reason_until_and_by_whom(customer: Customer, ada: User) -> None:
    identity = email_of(customer, "rude@example.com")
    with pytest.raises(Refused, match="why"):
        block_identity(identity=identity, reason=" ", until=None, actor=ada)
    with pytest.raises(Refused, match="future"):
        block_identity(identity=identity, reason="x", until=now() - timedelta(hours=1), actor=ada)
    block = block_identity(identity=identity, reason="Threats", until=now() + timedelta(days=1), actor=ada)
    assert block_identity(identity=identity, reason="again", until=None, actor=ada) == block
    assert is_blocked(brand_id=customer.brand_id, kind="email", address="rude@example.com")
    ben, sue = make.make_user("ben"), make.make_user("sue", role=Role.SUPERVISOR)
    with pytest.raises(Forbidden):
        unblock_identity(identity=identity, actor=ben)
    unblock_identity(identity=identity, actor=sue)
    unblock_identity(identity=identity, actor=ben)
    assert not is_blocked(brand_id=customer.brand_id, kind="email", address="rude@example.com")
    assert [row.kind for row in AuditEntry.objects.order_by("pk")] == ["identity.blocked", "identity.unblocked"]


def test_a_block_that_has_run_out_can_be_set_again(customer: Customer, ada: User) -> None:
    identity = email_of(customer, "rude@example.com")
    BlockedAddress.objects.create(
        brand=customer.brand, kind="email", address="rude@example.com", reason="old", until=now() - timedelta(days=1)
    )
    block = block_identity(identity=identity, reason="new", until=None, actor=ada)
    assert BlockedAddress.objects.get(lifted_at=None) == block


def test_who_is_forgotten_is_forgotten_in_the_log_of_changes_too(customer: Customer, ada: User) -> None:
    cards.change_field(customer_id=customer.pk, field="note", value="Lives alone", was="", actor=ada)
    identity = email_of(customer, "liga@example.com")
    request = request_erasure(identity)
    admin = make.make_user("root", role=Role.ADMIN)
    decide_erasure(request_id=request.pk, actor=admin, approve=True)
    entry = AuditEntry.objects.get(kind="customer.changed")
    assert entry.data == {"field": "note"}
    assert entry.actor == ada


def test_a_merged_card_is_not_written_on(customer: Customer, ada: User) -> None:
    other = make.make_customer("Other")
    merge_customers(kept_id=other.pk, merged_id=customer.pk, actor=ada)
    with pytest.raises(Gone, match="merged into Other"):
        cards.add_tag(customer_id=customer.pk, tag="late", actor=ada)
