"""The customer's card part by part, what is changed on it, duplicates, contacts by hand, the page of customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from contactcenter.base.clock import now
from contactcenter.console.customer_words import customer_line, status_look
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import (
    BlockedAddress,
    ConsentEntry,
    Customer,
    CustomerMerge,
    MatchProposal,
    Record,
)
from contactcenter.conversations.services.cards import add_address, change_field
from contactcenter.conversations.services.customers import find_or_create_identity, propose_match, update_customer
from contactcenter.conversations.states import IdentityKind, IdentityLevel
from routing.models import Disposition
from routing.services.handling import close
from routing.services.wrapping import finish_wrap_up
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)
LIGA = "liga@example.com"


@pytest.fixture
def liga(floor: Floor) -> Customer:
    """Verified by mail, claims a phone, waits in the queue of ada and ben."""
    customer = make.make_customer("Līga")
    email = {"kind": IdentityKind.EMAIL, "address": LIGA, "level": IdentityLevel.VERIFIED}
    find_or_create_identity(brand=customer.brand, customer=customer, **email)
    add_address(customer_id=customer.pk, kind=IdentityKind.PHONE, address="26123456", actor=floor.ben.user)
    make.make_waiting(floor.account, customer=customer)
    return customer


def part(client: Client, customer: Customer, name: str, query: str = "") -> str:
    answer = client.get(f"/console/customers/{customer.pk}/part/{name}/{query}")
    assert answer.status_code == 200
    return answer.text


def trigger_of(answer: Any) -> str:
    return str(answer.headers.get("HX-Trigger", ""))


# -- the card ----------------------------------------------------------------------------------


def test_the_column_is_a_shell_whose_parts_come_by_themselves(floor: Floor, liga: Customer) -> None:
    conversation = liga.conversations.get()
    html = floor.client(floor.ben).get(f"/console/c/{conversation.pk}/context/").text
    for name in ("profile", "addresses", "records", "contacts", "consents", "duplicates"):
        assert f'hx-get="/console/customers/{liga.pk}/part/{name}/"' in html
    assert "Try again" in html
    assert "liga@example.com" not in html


def test_addresses_show_their_level_in_words_with_an_icon(floor: Floor, liga: Customer) -> None:
    html = part(floor.client(floor.ben), liga, "addresses")
    for words, icon in (("Verified", "shield"), ("Recognised", "check"), ("Claimed", "alert")):
        assert words in html
        assert f"#i-{icon}" in html
    assert html.index("Verified") < html.index("Claimed") < html.index("Website visitor"), "the surest first"
    assert "Verified: proved who they are" in part(floor.client(floor.ben), liga, "profile")


def test_the_card_of_another_brand_or_of_nobody_is_not_there(floor: Floor, liga: Customer) -> None:
    assert floor.client(floor.other_brand).get(f"/console/customers/{liga.pk}/part/profile/").status_code == 404
    assert floor.client(floor.ben).get(f"/console/customers/{liga.pk}/part/secrets/").status_code == 404
    assert floor.client(floor.other_team).get(f"/console/customers/{liga.pk}/part/profile/").status_code == 200


def test_records_are_grouped_with_a_few_of_each_and_all_on_demand(floor: Floor, liga: Customer) -> None:
    for number in range(5):
        Record.objects.create(
            customer=liga,
            kind="order",
            external_id=f"1048{number}",
            title="Lamp",
            status="Delayed",
            amount=Decimal("49.9"),
            currency="EUR",
            occurred_at=now(),
            url="https://shop.example/o/1",
            data={"items": ["lamp", "bulb"], "tracking_no": "<DPD>"},
        )
    Record.objects.create(customer=liga, kind="loan_case", external_id="L1", title="Loan")
    client = floor.client(floor.ben)
    html = part(client, liga, "records")
    assert html.count('class="record"') == 4
    assert html.index("Orders") < html.index("Loan case")
    for words in ("Show all 5", "€ 49.90", "lamp, bulb", "Tracking no", "&lt;DPD&gt;", "noopener noreferrer"):
        assert words in html
    assert part(client, liga, "records", "?all=order").count('class="record"') == 6


@pytest.mark.parametrize(
    ("status", "look"),
    [("Delivered", "ok"), ("in_transit", ""), ("Payment overdue", "bad"), ("DELAYED", "warn"), ("Returned", "")],
)
def test_a_status_looks_as_it_is(status: str, look: str) -> None:
    assert status_look(status)[0] == look


def test_contacts_are_one_line_each_paged_and_only_those_one_sees(
    floor: Floor, liga: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contactcenter.console.selectors.customers.CONTACTS", 2)
    carol = make.make_customer("Carol")
    disposition = Disposition.objects.create(name="Explained")
    made = []
    for number in range(5):
        row = make.make_active(floor.account, floor.ada, customer=carol, text=f"question {number}")
        close(conversation_id=row.pk, actor=floor.ada.user)
        finish_wrap_up(assignment_id=row.assignments.get().pk, agent_id=floor.ada.pk, disposition=disposition, note="")
        made.append(row)
    client = floor.client(floor.ben)
    seen: list[int] = []
    query = f"?conversation={made[0].pk}"
    while query:
        html = part(client, carol, "contacts", query)
        seen += [row.pk for row in made if f'data-open="{row.pk}"' in html]
        assert html.count("Explained") == html.count("data-open=")
        more = html.split("contacts/?")[1].split('"')[0] if "contacts/?" in html else ""
        query = f"?{more}&conversation={made[0].pk}" if more else ""
    assert sorted(seen) == [row.pk for row in made[1:]]
    assert "data-open=" not in part(floor.client(floor.other_team), carol, "contacts")
    assert client.get(f"/console/customers/{carol.pk}/part/contacts/?before=rubbish_x").status_code == 200


def test_the_parts_need_few_queries(
    floor: Floor,
    liga: Customer,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = floor.client(floor.ben)
    for name in ("profile", "addresses", "records", "contacts", "consents", "duplicates"):
        with django_assert_max_num_queries(13):
            part(client, liga, name)


# -- changes -----------------------------------------------------------------------------------


def test_a_field_is_saved_where_it_stands(floor: Floor, liga: Customer) -> None:
    conversation = liga.conversations.get()
    fields = {"field": "name", "value": "Līga Bērziņa", "was": "Līga", "conversation": conversation.pk}
    answer = floor.client(floor.ben).post(f"/console/customers/{liga.pk}/field/", fields)
    assert "Līga Bērziņa" in answer.text
    html = floor.client(floor.ben).get(f"/console/c/{conversation.pk}/").text
    assert "Ben changed the customer: name “Līga Bērziņa”, was “Līga”" in html


def test_a_change_in_between_is_told_with_what_it_is_now(floor: Floor, liga: Customer) -> None:
    change_field(customer_id=liga.pk, field="note", value="Ada’s", was="", actor=floor.ada.user)
    url = f"/console/customers/{liga.pk}/field/"
    answer = floor.client(floor.ben).post(url, {"field": "note", "value": "Ben’s", "was": ""})
    assert answer.status_code == 409
    assert answer.json()["current"] == "Ada’s"
    assert "HX-Trigger" not in answer.headers, "shown beside the field, not in the corner"
    again = {"field": "note", "value": "Ben’s", "was": answer.json()["current"]}
    assert floor.client(floor.ben).post(url, again).status_code == 200
    wrong = floor.client(floor.ben).post(url, {"field": "brand", "value": "2", "was": "1"})
    assert wrong.status_code == 400


def test_who_does_not_see_the_conversation_does_not_write_in_its_log(floor: Floor, liga: Customer) -> None:
    fields = {"add": "x", "conversation": liga.conversations.get().pk}
    assert floor.client(floor.other_team).post(f"/console/customers/{liga.pk}/tags/", fields).status_code == 404
    del fields["conversation"]
    assert floor.client(floor.other_team).post(f"/console/customers/{liga.pk}/tags/", fields).status_code == 200


def test_tags_with_suggestions(floor: Floor, liga: Customer) -> None:
    update_customer(make.make_customer("Other"), tags=["Riga", "it's <b>"])
    client = floor.client(floor.ben)
    url = f"/console/customers/{liga.pk}/tags/"
    assert '<option value="Riga">' in client.get(url).text
    html = client.post(url, {"add": "it's <b>"}).text
    assert "\\u0027s \\u003cb" in html, "the removing button carries it safely"
    assert "it&#x27;s &lt;b&gt;" in html
    client.post(url, {"remove": "it's <b>"})
    assert Customer.objects.get(pk=liga.pk).tags == []


def test_addresses_are_added_as_claimed_and_removed(floor: Floor, liga: Customer) -> None:
    client = floor.client(floor.ben)
    refused = client.post(f"/console/customers/{liga.pk}/addresses/", {"kind": "email", "address": "nonsense"})
    assert refused.status_code == 400
    assert "nonsense" in refused.json()["text"]
    client.post(f"/console/customers/{liga.pk}/addresses/", {"kind": "email", "address": "second@example.com"})
    second = liga.identities.get(address="second@example.com")
    assert second.level == IdentityLevel.CLAIMED
    assert client.post(f"/console/addresses/{second.pk}/remove/").status_code == 200
    sure = liga.identities.get(address=LIGA)
    assert client.post(f"/console/addresses/{sure.pk}/remove/").status_code == 400
    assert floor.client(floor.other_brand).post(f"/console/addresses/{sure.pk}/remove/").status_code == 404


def test_blocking_says_first_what_will_happen(floor: Floor, liga: Customer) -> None:
    identity = liga.identities.get(address=LIGA)
    ben = floor.client(floor.ben)
    asked = ben.get(f"/console/addresses/{identity.pk}/block/").text
    assert "kept apart" in asked
    assert not BlockedAddress.objects.exists()
    ben.post(f"/console/addresses/{identity.pk}/block/", {"reason": "Threats", "lasts": "7"})
    block = BlockedAddress.objects.get()
    assert block.until is not None
    assert 6 < (block.until - now()).total_seconds() / 86_400 < 7.1
    html = part(floor.client(floor.ada), liga, "addresses")
    assert "Blocked until" in html
    assert "Threats" in html
    assert "Only a supervisor can lift" in html
    assert "Blocked" in part(floor.client(floor.ada), liga, "profile")
    assert floor.client(floor.ada).post(f"/console/addresses/{identity.pk}/unblock/").status_code == 403
    assert floor.client(floor.sue).post(f"/console/addresses/{identity.pk}/unblock/").status_code == 200
    assert "Blocked" not in part(ben, liga, "profile")
    late = ben.post(f"/console/addresses/{identity.pk}/block/", {"reason": "x", "lasts": "until"})
    assert late.status_code == 400


def test_consent_is_a_ledger(floor: Floor, liga: Customer) -> None:
    client = floor.client(floor.ben)
    url = f"/console/customers/{liga.pk}/consents/"
    assert "How we know" in client.get(url).text
    assert client.post(url, {"purpose": "marketing", "is_granted": "yes"}).status_code == 400
    client.post(url, {"purpose": "marketing", "is_granted": "yes", "proof": "said so at the counter"})
    html = client.post(url, {"purpose": "marketing", "is_granted": "no", "proof": "called back"}).text
    assert html.index("Withdrawn") < html.index("Given")
    assert "said so at the counter" in html
    assert ConsentEntry.objects.filter(actor=floor.ben.user).count() == 2


@pytest.mark.parametrize("kind", [EventKind.CONSENT_GIVEN, EventKind.CONSENT_WITHDRAWN])
def test_lines_about_consent_are_whole(kind: EventKind) -> None:
    told = {"actor": "Ada", "purpose": "marketing"}
    assert customer_line(kind, told) is None
    assert str(kind.label).format(**told).endswith("Marketing")


@pytest.mark.parametrize(
    ("field", "before", "after", "line"),
    [
        ("value", "1", "10", "Ada changed the customer: value “VIP”, was “Ordinary”"),
        ("language", "", "lv", "Ada changed the customer: language “Latvian”"),
        ("note", "x", "", "Ada changed the customer: note empty, was “x”"),
        ("tag", "", "Riga", "Ada tagged the customer Riga"),
        ("address", "a@b.lv", "", "Ada removed the address a@b.lv"),
    ],
)
def test_lines_about_changes_say_what_was_and_is(field: str, before: str, after: str, line: str) -> None:
    told = {"actor": "Ada", "field": field, "before": before, "after": after}
    assert customer_line(EventKind.CUSTOMER_CHANGED, told) == line


# -- duplicates --------------------------------------------------------------------------------


def test_duplicates_are_compared_merged_and_parted_again(floor: Floor, liga: Customer) -> None:
    twin = make.make_customer("L. Berzina")
    add_address(customer_id=twin.pk, kind=IdentityKind.EMAIL, address=LIGA, actor=floor.ada.user)
    client = floor.client(floor.ben)
    html = part(client, liga, "duplicates")
    assert "Same email address: liga@example.com (claimed)" in html
    shown = client.get(f"/console/customers/{liga.pk}/compare/{twin.pk}/").text
    for words in ("Līga stays", "L. Berzina stays", "1 conversation moves", "Who stays?"):
        assert words in shown
    url = f"/console/customers/{liga.pk}/merge/{twin.pk}/"
    assert client.post(url, {}).status_code == 400
    for _twice in range(2):
        assert "Merged with L. Berzina" in client.post(url, {"kept": liga.pk}).text
    assert client.get(f"/console/customers/{twin.pk}/part/profile/").status_code == 404
    assert "L. Berzina" not in client.get("/console/customers/?q=berzina").text
    merge = CustomerMerge.objects.get()
    assert floor.client(floor.other_brand).post(f"/console/customer-merges/{merge.pk}/undo/").status_code == 404
    client.post(f"/console/customer-merges/{merge.pk}/undo/")
    assert client.get(f"/console/customers/{twin.pk}/part/profile/").status_code == 200
    assert not MatchProposal.objects.filter(decided_at=None).exists()


def test_the_other_one_may_stay(floor: Floor, liga: Customer) -> None:
    twin = make.make_customer("L. Berzina")
    answer = floor.client(floor.ben).post(f"/console/customers/{liga.pk}/merge/{twin.pk}/", {"kept": twin.pk})
    assert answer.status_code == 200
    assert Customer.objects.get(pk=liga.pk).merged_into == twin
    assert f'"into": {twin.pk}' in trigger_of(answer), "the browser that did it follows without a socket"


def test_not_the_same_is_said_once(floor: Floor, liga: Customer) -> None:
    twin = make.make_customer("L. Berzina")
    proposal = propose_match(liga, twin, {"kind": "phone", "address": "+371", "level": "claimed"})
    client = floor.client(floor.ben)
    html = client.post(f"/console/matches/{proposal.pk}/dismiss/", {"customer": twin.pk}).text
    assert "Nobody else looks like this customer" in html
    assert client.post(f"/console/matches/{proposal.pk}/dismiss/", {"customer": twin.pk}).status_code == 404


def test_another_customer_is_found_to_merge_with(floor: Floor, liga: Customer) -> None:
    twin = make.make_customer("Liga Berzina")
    make.make_customer("Liga Foreign", brand=make.make_brand("suedwind"))
    html = floor.client(floor.admin).get(f"/console/customers/{liga.pk}/duplicate/?q=liga").text
    assert f"/console/customers/{liga.pk}/compare/{twin.pk}/" in html
    assert "Foreign" not in html
    assert f"compare/{liga.pk}/" not in html
