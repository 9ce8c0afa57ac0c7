"""Customers, addresses and records: found, made, changed, pushed."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.accounts.models import AuditEntry, Role
from contactcenter.conversations.models import Customer, Event, Identity, Record
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.states import IdentityKind, IdentityLevel
from tests import factories as make
from tests.api.conftest import Floor, Program

pytestmark = pytest.mark.django_db


def problem_of(response: Any, status: int = 422) -> list[tuple[str, str]]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return [(error["field"], error["code"]) for error in response.json().get("errors", [])]


def test_a_customer_is_made_changed_and_found(ada: Program) -> None:
    given = {"brand": "nordwind", "name": "Anna Bērziņa", "language": "lv", "tags": ["wholesale"], "value": 3}
    address = {"kind": "email", "address": "Anna@Example.com"}
    made = ada.post("customers/", {**given, "identity": address})
    assert made.status_code == 201, made.content
    customer = made.json()
    assert {name: customer[name] for name in given} == given
    changed = ada.patch(
        f"customers/{customer['id']}/", {"time_zone": "Europe/Riga", "tags": ["vip", "new"], "note": "x"}
    )
    assert changed.status_code == 200, changed.content
    assert changed.json() == {**customer, "time_zone": "Europe/Riga", "tags": ["vip", "new"], "note": "x"}
    assert ada.get(f"customers/{customer['id']}/").json() == changed.json()
    for asked in ("q=berzina", "q=anna@ex", "address=Anna@example.com", "tag=vip", "language=lv", "brand=nordwind"):
        found = ada.get(f"customers/?{asked}").json()["results"]
        assert customer["id"] in {row["id"] for row in found}, asked
    for asked in ("q=nobody", "address=anna", "tag=VIP", "language=et", "brand=otherwind", "created_since=2999-01-01"):
        assert ada.get(f"customers/?{asked}").json()["results"] == [], asked
    logged = AuditEntry.objects.filter(kind="customer.changed", target=f"customer:{customer['id']}")
    assert {entry.data["field"] for entry in logged} == {"language", "value", "tags", "time_zone", "note", "tag"} - {
        "tags"
    }
    assert {entry.actor for entry in logged} == {ada.user}


def test_changes_of_who_is_spoken_with_are_in_the_log_of_the_conversation(floor: Floor, ada: Program) -> None:
    ada.patch(f"customers/{floor.conversation.customer_id}/", {"name": "Carl Gustav"})
    event = Event.objects.get(kind="customer.changed")
    assert event.conversation == floor.conversation and event.data["after"] == "Carl Gustav"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"time_zone": "Mars/Base"}, ("time_zone", "bad_zone")),
        ({"language": "12"}, ("language", "bad_language")),
        ({"tags": [""]}, ("tags.0", "blank")),
        ({"value": 2}, ("value", "invalid_choice")),
        ({"name": ""}, ("name", "blank")),
        ({"name": "x" * 201}, ("name", "max_length")),
        ({"nam": "x"}, ("nam", "unknown_field")),
        ({"note": "\u0000"}, None),
    ],
)
def test_what_is_wrong_names_its_field(floor: Floor, ada: Program, data: Any, field: Any) -> None:
    response = ada.patch(f"customers/{floor.conversation.customer_id}/", data)
    assert problem_of(response, response.status_code) == ([field] if field else [])
    assert response.status_code == (422 if field and field[1].startswith("bad_") else 400)


def test_nothing_is_left_of_a_customer_refused_half_way(ada: Program) -> None:
    before = Customer.objects.count()
    response = ada.post("customers/", {"brand": "nordwind", "name": "New", "time_zone": "Mars/Base"})
    assert problem_of(response) == [("time_zone", "bad_zone")]
    assert problem_of(ada.post("customers/", {"brand": "nowhere", "name": "New"})) == [("brand", "unknown_brand")]
    assert Customer.objects.count() == before


def test_addresses(floor: Floor, ada: Program) -> None:
    path = f"customers/{floor.conversation.customer_id}/identities/"
    made = ada.post(path, {"kind": "phone", "address": "20 000 000"})
    assert made.status_code == 201 and made.json()["address"] == "+37120000000" and made.json()["level"] == "claimed"
    assert ada.post(path, {"kind": "phone", "address": "+371 20000000"}).json()["id"] == made.json()["id"]
    assert [row["kind"] for row in ada.get(path).json()["results"]] == ["phone", "visitor"]
    assert problem_of(ada.post(path, {"kind": "phone", "address": "x"})) == [("address", "bad_phone")]
    assert problem_of(ada.post(path, {"kind": "visitor", "address": "x"}), 400) == [("kind", "invalid_choice")]
    assert ada.delete(f"{path}{made.json()['id']}/").status_code == 204
    assert ada.delete(f"{path}{made.json()['id']}/").status_code == 404
    sure = Identity.objects.get(customer=floor.conversation.customer_id)
    refused = ada.delete(f"{path}{sure.pk}/")
    assert refused.status_code == 422 and refused.json()["code"] == "not_claimed"


def test_an_address_of_somebody_else_is_refused(floor: Floor, ada: Program) -> None:
    mail: dict[str, Any] = {"kind": IdentityKind.EMAIL, "address": "carl@example.com", "level": IdentityLevel.VERIFIED}
    find_or_create_identity(brand=floor.account.brand, customer=floor.conversation.customer, **mail)
    identity = {"kind": "email", "address": "carl@example.com"}
    response = ada.post("customers/", {"brand": "nordwind", "name": "Carl", "identity": identity})
    assert problem_of(response) == [("identity.address", "known_address")]


def test_records_are_pushed_again_and_again(floor: Floor, ada: Program) -> None:
    carl = floor.conversation.customer
    order = {"customer": carl.pk, "kind": "order", "external_id": "A-1204", "title": "Two lamps", "amount": "89.90"}
    made = ada.post("records/", {**order, "data": {"carrier": {"name": "Omniva"}}})
    assert made.status_code == 201, made.content
    again = ada.post("records/", {**order, "title": "Three lamps", "status": "shipped"})
    assert again.status_code == 200 and again.json()["id"] == made.json()["id"]
    assert again.json() | {"title": "Three lamps", "status": "shipped", "amount": "89.90"} == again.json()
    assert Record.objects.count() == 1
    assert [row["id"] for row in ada.get("customers/?q=a-1204").json()["results"]] == [carl.pk]
    ada.post("records/", {**order, "kind": "invoice", "external_id": "F-1"})
    assert len(ada.get(f"records/?customer={carl.pk}").json()["results"]) == 2
    only = ada.get(f"records/?customer={carl.pk}&kind=invoice&updated_since=2020-01-01").json()["results"]
    assert [row["external_id"] for row in only] == ["F-1"]
    assert ada.get(f"records/?customer={carl.pk + 1}").json()["results"] == []


def test_a_record_finds_its_customer_by_a_sure_address_only(floor: Floor, ada: Program) -> None:
    carl, brand = floor.conversation.customer, floor.account.brand
    mail: dict[str, Any] = {"brand": brand, "kind": IdentityKind.EMAIL, "address": "carl@example.com"}
    claimed = find_or_create_identity(level=IdentityLevel.CLAIMED, customer=carl, **mail)
    order = {"brand": "nordwind", "kind": "order", "external_id": "1", "title": "Lamp"}
    order |= {"identity": {"kind": "email", "address": "Carl@Example.com"}}
    assert problem_of(ada.post("records/", order)) == [("identity.address", "unknown_customer")]
    find_or_create_identity(level=IdentityLevel.VERIFIED, customer=carl, **mail)
    assert ada.post("records/", order).json()["customer"] == carl.pk == claimed.customer_id


@pytest.mark.parametrize(
    "whose", [{}, {"customer": 1, "brand": "nordwind", "identity": {"kind": "email", "address": "x"}}]
)
def test_a_record_names_its_customer_once(ada: Program, whose: Any) -> None:
    response = ada.post("records/", {**whose, "kind": "order", "external_id": "1", "title": "Lamp"})
    assert problem_of(response, 400) == [("customer", "no_customer")]


def test_a_merged_customer_is_gone(floor: Floor, ada: Program) -> None:
    other = make.make_customer("Other")
    Customer.objects.filter(pk=other.pk).update(merged_into=floor.conversation.customer)
    assert ada.get(f"customers/{other.pk}/").status_code == 404
    record = {"customer": other.pk, "kind": "order", "external_id": "1", "title": "Lamp"}
    assert problem_of(ada.post("records/", record)) == [("customer", "unknown_customer")]


def test_pages_by_cursor(ada: Program) -> None:
    made = [make.make_customer(f"C{number}").pk for number in range(5)]
    seen: list[int] = []
    cursor = ""
    while True:
        page = ada.get(f"customers/?limit=2{cursor}").json()
        seen += [row["id"] for row in page["results"]]
        make.make_customer("newer, and no bother")
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen[:5] == made[::-1] and len(seen) == len(set(seen)) == 6


def test_supervisors_name_the_account_manager(floor: Floor, ada: Program) -> None:
    customer = make.make_customer("Carl")
    path = f"customers/{customer.pk}/manager/"
    assert ada.get(path).json() == {"agent": None}
    assert ada.patch(path, {"agent": "ada"}).status_code == 403
    sue = Program(make.make_user("sue2", role=Role.SUPERVISOR))
    assert sue.patch(path, {"agent": "ada"}).json() == {"agent": "ada"} == ada.get(path).json()
    assert problem_of(sue.patch(path, {"agent": "nobody"})) == [("agent", "unknown_agent")]
    assert sue.patch(path, {"agent": None}).json() == {"agent": None}
