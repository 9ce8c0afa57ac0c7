"""Who writes: one spelling of an address, sure ones find their customer, claimed ones only propose."""

from __future__ import annotations

import pytest
from django.db import connection

from contactcenter.base.crypto import SecretUnreadable
from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input, fold, preview
from contactcenter.conversations.models import ChannelAccount, Customer, Identity, MatchProposal
from contactcenter.conversations.services.customers import find_or_create_identity, normalise_address, update_customer
from contactcenter.conversations.states import IdentityKind, IdentityLevel
from tests import factories as make
from tests.concurrency.together import together

CLAIMED, RECOGNISED, VERIFIED = IdentityLevel.CLAIMED, IdentityLevel.RECOGNISED, IdentityLevel.VERIFIED


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("phone", "26 123 456", "+37126123456"),
        ("phone", "0037126123456", "+37126123456"),
        ("phone", "+372 5123 4567", "+37251234567"),
        ("email", " Anna.BERZINA@Example.COM ", "anna.berzina@example.com"),
        ("visitor", "v-1", "v-1"),
        ("telegram", "@Anna", "@Anna"),
    ],
)
def test_one_spelling(kind: str, given: str, kept: str) -> None:
    assert normalise_address(kind, given, region="LV") == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("phone", "12"),
        ("phone", "call me"),
        ("email", "anna"),
        ("email", "@x.lv"),
        ("email", "a b@x.lv"),
        ("email", "a@x"),
        ("visitor", ""),
        ("visitor", "x" * 255),
        ("email", "x" * 250 + "@x.lv"),
    ],
)
def test_what_is_no_address(kind: str, given: str) -> None:
    with pytest.raises(Refused):
        normalise_address(kind, given, region="LV")


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ("  Jānis   BĒRZIŅŠ ", "janis berzins"),
        ("Łódź Øl Straße", "lodz ol strasse"),
        ("Ёлка й", "елка й"),
        ("Õhtusöök žüõäö", "ohtusook zuoao"),
    ],
)
def test_folding(given: str, folded: str) -> None:
    assert fold(given) == folded == fold(folded)


def test_previews_and_input() -> None:
    assert preview("one\n two") == "one two"
    assert preview("alpha beta, gamma", 13) == "alpha beta…"
    assert clean_input("a\x00b\x1b[0m\ud800") == "ab[0m?"


def identity(level: IdentityLevel, address: str = "anna@example.com", **fields) -> Identity:
    keys = {"brand": make.make_brand(), "kind": IdentityKind.EMAIL, "address": address, "level": level, **fields}
    return find_or_create_identity(**keys)


@pytest.mark.django_db
def test_a_sure_address_finds_its_customer() -> None:
    first = identity(RECOGNISED, name="Anna")
    assert identity(RECOGNISED, "ANNA@example.com") == first
    assert identity(RECOGNISED, brand=make.make_brand("other")).customer != first.customer, "brands share nothing"
    risen = identity(VERIFIED)
    assert (risen.pk, risen.level) == (first.pk, VERIFIED) and risen.verified_at is not None
    assert identity(RECOGNISED).level == VERIFIED, "it never falls"


@pytest.mark.django_db
def test_a_claimed_address_joins_nothing_and_proposes() -> None:
    sure = identity(VERIFIED, name="Anna")
    claimed = identity(CLAIMED, name="Somebody")
    assert claimed.customer != sure.customer
    proposal = MatchProposal.objects.get()
    assert {proposal.customer, proposal.other} == {sure.customer, claimed.customer}
    assert proposal.evidence["address"] == "anna@example.com"
    assert identity(CLAIMED, customer=claimed.customer) == claimed
    assert MatchProposal.objects.count() == 1, "proposed once"
    again = identity(CLAIMED)
    assert again.customer not in {sure.customer, claimed.customer}


@pytest.mark.django_db
def test_a_claim_made_earlier_is_proposed_when_somebody_is_sure() -> None:
    claimed = identity(CLAIMED)
    sure = identity(RECOGNISED)
    assert sure.customer != claimed.customer and MatchProposal.objects.count() == 1


@pytest.mark.django_db
def test_a_customer_who_proves_somebody_elses_address_keeps_their_own_history() -> None:
    owner = identity(VERIFIED)
    other = make.make_customer("Other")
    assert identity(VERIFIED, customer=other) == owner
    assert MatchProposal.objects.count() == 1 and other.identities.filter(kind="email").count() == 0


@pytest.mark.django_db
def test_their_own_claim_becomes_sure_when_proved() -> None:
    claimed = identity(CLAIMED)
    assert identity(VERIFIED, customer=claimed.customer).pk == claimed.pk
    assert MatchProposal.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_new_address_at_once_is_one_customer() -> None:
    make.make_brand()
    for number in range(6):
        found = together(*[lambda: identity(RECOGNISED, f"new{number}@example.com")] * 4, seed=number)  # noqa: B023
        assert len(set(found)) == 1
    assert Customer.objects.count() == Identity.objects.count() == 6, "who was slower leaves nobody behind"


@pytest.mark.django_db
def test_changes_are_found() -> None:
    customer = make.make_customer("Anna")
    update_customer(customer, name="Anna Bērziņa", language="lv", value=10)
    customer.refresh_from_db()
    assert (customer.language, customer.value) == ("lv", 10) and "anna berzina" in customer.search_text


@pytest.mark.django_db
def test_secrets_are_encrypted_at_rest(settings) -> None:
    account = make.make_account(secret="s3cret-ž")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM conversations_channelaccount WHERE id = %s", [account.pk])
        (stored,) = cursor.fetchone()
    assert "s3cret" not in stored and ChannelAccount.objects.get().secret == "s3cret-ž"
    assert make.make_account("plain").secret == ""
    settings.SECRET_KEY = "another key of this installation"
    with pytest.raises(SecretUnreadable):
        ChannelAccount.objects.get(pk=account.pk)
