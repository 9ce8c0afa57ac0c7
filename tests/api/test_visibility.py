"""A token sees what its user sees: by role, team and brand."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contactcenter.conversations.services.records import push_record
from tests.api.conftest import API, Program
from tests.permissions.world import ROLES, World, build_world

pytestmark = pytest.mark.django_db

TEAM = {"handler", "teammate", "supervisor", "admin"}
BRAND = TEAM | {"other_team"}
PEOPLE = [role for role in ROLES if role != "anonymous"]


@pytest.fixture
def world() -> World:
    world = build_world()
    push_record(customer_id=world.customer.pk, kind="order", external_id="A-1", title="Lamp")
    return world


def program(world: World, role: str) -> Program:
    user = world.people[role]
    assert user is not None
    return Program(user)


@pytest.mark.parametrize("role", PEOPLE)
def test_lists_and_rows_by_everybody(world: World, role: str) -> None:
    caller = program(world, role)
    conversation, customer = world.conversation.public_id, world.customer.pk
    for path, allowed in {
        "conversations/": TEAM,
        "customers/": BRAND,
        "records/": BRAND,
        "events/": TEAM,
    }.items():
        assert bool(caller.get(path).json()["results"]) == (role in allowed), path
    for path, allowed in {
        f"conversations/{conversation}/": TEAM,
        f"conversations/{conversation}/messages/": TEAM,
        f"customers/{customer}/": BRAND,
        f"customers/{customer}/identities/": BRAND,
        "queues/service/": TEAM,
    }.items():
        response = caller.get(path)
        assert response.status_code == (200 if role in allowed else 404), path
        assert role in allowed or b"secret" not in response.content


@pytest.mark.parametrize("role", PEOPLE)
def test_nothing_is_written_beyond_what_one_sees(world: World, role: str) -> None:
    caller, seen = program(world, role), role in BRAND
    customer = world.customer.pk
    assert caller.patch(f"customers/{customer}/", {"note": f"by {role}"}).status_code == (200 if seen else 404)
    address = {"kind": "email", "address": "carl@example.com"}
    assert caller.post(f"customers/{customer}/identities/", address).status_code == (201 if seen else 404)
    record = {"customer": customer, "kind": "order", "external_id": "A-1", "title": "Lamp"}
    assert caller.post("records/", record).status_code == (200 if seen else 422)
    assert caller.post("customers/", {"brand": "nordwind", "name": "New"}).status_code == (201 if seen else 422)
    note = {"kind": "note", "text": "hello"}
    response = caller.post(f"conversations/{world.conversation.public_id}/messages/", note)
    assert response.status_code == (201 if role in TEAM else 404)


def test_agents_and_queues_by_brand(world: World) -> None:
    answers = {role: program(world, role).get("agents/").json() for role in PEOPLE}
    names = {role: {row["username"] for row in answer["results"]} for role, answer in answers.items()}
    assert names["handler"] == {"handler", "teammate", "other_team"}
    assert names["other_brand"] == {"other_brand"} == names["other_supervisor"]
    assert program(world, "handler").get("agents/handler/").json()["handling"] == 1
    queues = {row["slug"] for row in program(world, "other_team").get("queues/").json()["results"]}
    assert queues == {"sales"}


def test_replies_are_for_those_who_handle_it(world: World) -> None:
    path = f"conversations/{world.conversation.public_id}/messages/"
    assert program(world, "handler").post(path, {"text": "Hello"}).status_code == 201
    refused = program(world, "teammate").post(path, {"text": "Hello"})
    assert refused.status_code == 403 and refused.json()["code"] == "not_yours"


@pytest.mark.parametrize("path", ["schema/", "docs/"])
def test_the_schema_is_for_people_signed_in_and_token_holders(world: World, path: str) -> None:
    anonymous = Client(SERVER_NAME="127.0.0.1").get(f"{API}/{path}")
    assert anonymous.status_code == (302 if path == "docs/" else 401)
    assert program(world, "handler").get(path).status_code == 200
    bad: dict[str, Any] = {"headers": {"Authorization": "Bearer cct_no"}}
    assert Client(SERVER_NAME="127.0.0.1").get(f"{API}/{path}", **bad).status_code in {302, 401}


def test_the_docs_page_loads_nothing_from_elsewhere(world: World) -> None:
    page = program(world, "handler").get("docs/")
    body = page.content.decode()
    assert "https://" not in body and "<style" not in body and "<script>" not in body
    assert "script-src 'self';" in page["Content-Security-Policy"]
