"""Every way of asking wrongly is told as a problem, in the caller's language, and never as a failure of ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import API, Floor, Program
from tests.api.test_customers import problem_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "field", "code"),
    [
        ("customers/?nam=x", "nam", "unknown_filter"),
        ("queues/?limit=5", "limit", "unknown_filter"),
        ("events/?cursor=1", "cursor", "unknown_filter"),
        ("customers/?cursor=abc", "cursor", "bad_number"),
        ("customers/?cursor=-1", "cursor", "bad_number"),
        ("customers/?cursor=99999999999999999999", "cursor", "bad_number"),
        ("customers/?limit=0", "limit", "bad_number"),
        ("customers/?limit=201", "limit", "bad_number"),
        ("events/?after=x", "after", "bad_number"),
        ("records/?customer=x", "customer", "invalid"),
        ("records/?customer=9223372036854775808", "customer", "max_value"),
        ("customers/?created_since=yesterday", "created_since", "invalid"),
        ("conversations/?state=asleep", "state", "invalid_choice"),
        ("customers/?q=%00", "q", "null_characters_not_allowed"),
    ],
)
def test_what_is_asked_wrongly(ada: Program, path: str, field: str, code: str) -> None:
    assert problem_of(ada.get(path), 400) == [(field, code)]


def test_an_unknown_filter_is_told_what_exists(ada: Program) -> None:
    message = ada.get("records/?what=1").json()["errors"][0]["message"]
    assert "cursor, customer, external_id, kind, limit, status, updated_since" in message


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"brand": NaN}', "application/json", 400),
        (b'{"note": 1e999}', "application/json", 400),
        (b'{"note": "\\ud800"}', "application/json", 400),
        (b'{"\\u0000": 1}', "application/json", 400),
        (b"[" * 100_000 + b"]" * 100_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"null", "application/json", 400),
        (b"", "application/json", 400),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b"<x/>", "text/xml", 415),
        (b'{"note": "' + b"x" * 1_100_000 + b'"}', "application/json", 413),
        (b"x" * 12_000_000, "application/json", 413),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_bodies_that_cannot_be_read(ada: Program, body: bytes, content_type: str, status: int, headers: Any) -> None:
    headers = {"Authorization": f"Bearer {ada.text}", **headers}
    response = ada.client.generic("POST", f"{API}/customers/", body, content_type=content_type, headers=headers)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json" and response.json()["status"] == status


def test_nul_deep_inside_a_record_is_refused(floor: Floor, ada: Program) -> None:
    record = {"customer": floor.conversation.customer_id, "kind": "order", "external_id": "1", "title": "x"}
    assert ada.post("records/", {**record, "data": {"a": [{"b": "\u0000"}]}}).status_code == 400
    assert ada.post("records/", {**record, "data": {"a": "\\u0000"}}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing/", 404),
        ("GET", "customers", 404),
        ("GET", "", 404),
        ("GET", "customers/99999999999999999999999/", 404),
        ("GET", "conversations/not-a-uuid/", 404),
        ("GET", "agents/%00/", 404),
        ("PUT", "customers/", 405),
        ("DELETE", "queues/", 405),
        ("OPTIONS", "customers/", 405),
    ],
)
def test_addresses_and_methods_that_do_not_exist(ada: Program, method: str, path: str, status: int) -> None:
    response = ada.ask(method, path)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["instance"].startswith(f"{API}/")


def test_an_answer_in_another_form_is_refused(ada: Program) -> None:
    response = ada.get("customers/", Accept="text/html")
    assert response.status_code == 406 and response.json()["code"] == "not_acceptable"


@pytest.mark.parametrize("language", ["et", "lv", "ru", "pl"])
def test_errors_are_in_the_callers_language(ada: Program, language: str) -> None:
    def message(accepted: str) -> str:
        response = ada.post("customers/", {"brand": "nordwind", "name": ""}, Accept_Language=accepted)
        text: str = response.json()["errors"][0]["message"]
        return text

    assert message(language) != message("en") and message("xx") == message("en")


def test_a_session_needs_its_csrf_token(floor: Floor) -> None:
    client = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    client.force_login(floor.ada.user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    assert client.get(f"{API}/customers/").status_code == 200
    refused = client.post(f"{API}/customers/", {"brand": "nordwind", "name": "x"}, content_type="application/json")
    assert refused.status_code == 403 and refused["Content-Type"] == "application/problem+json"
