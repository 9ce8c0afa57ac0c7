"""Tokens: what opens, what does not, what they leave behind."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from contactcenter.accounts.models import ApiToken, AuditEntry, Role, Scope
from contactcenter.accounts.tokens import revoke_token
from contactcenter.base.clock import now
from tests import factories as make
from tests.api.conftest import API, Floor, Program

pytestmark = pytest.mark.django_db


def assert_refused(response: Any) -> None:
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_token_opens_and_its_text_is_stored_nowhere(ada: Program) -> None:
    assert ada.get("customers/").status_code == 200
    assert ada.text.startswith("cct_") and ada.text[:12] == ada.token.prefix
    assert ada.text not in str(ApiToken.objects.values().get()) + str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.filter(kind="api_token.created").exists()


@pytest.mark.parametrize(
    "header", ["Bearer cct_wrong", "Bearer wrong", "Bearer", "Bearer a b", "Bearer \xff", "Basic eA=="]
)
def test_what_is_no_token_is_refused(header: str, db: None) -> None:
    assert_refused(Client().get(f"{API}/customers/", headers={"Authorization": header}))


def test_without_a_token_one_is_asked_for_it() -> None:
    response = Client().get(f"{API}/customers/")
    assert_refused(response)
    assert response.json()["code"] == "not_authenticated"


def test_an_expired_token_is_refused() -> None:
    program = Program(make.make_user(), expires_at=now() + timedelta(days=1))
    assert program.get("customers/").status_code == 200
    with time_machine.travel(make.later(86401)):
        assert_refused(program.get("customers/"))


def test_a_revoked_token_is_refused_and_stays_revoked() -> None:
    program = Program(user := make.make_user())
    assert revoke_token(program.token, actor=user) and not revoke_token(program.token, actor=user)
    assert_refused(program.get("customers/"))


def test_an_inactive_user_is_refused() -> None:
    program = Program(user := make.make_user())
    user.is_active = False
    user.save()
    assert_refused(program.get("customers/"))


def test_a_demo_person_is_refused_without_the_demo(settings: Any) -> None:
    program = Program(make.make_user(is_demo=True))
    assert_refused(program.get("customers/"))
    settings.DEMO = True
    assert program.get("customers/").status_code == 200


def test_use_is_noted_once_a_minute() -> None:
    program = Program(make.make_user())
    with time_machine.travel(start := now(), tick=False) as clock:
        program.get("customers/")
        clock.shift(59)
        program.get("customers/")
        assert program.revoked().last_used_at == start
        clock.shift(1)
        program.get("customers/")
        assert program.revoked().last_used_at == start + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "customers/", Scope.CUSTOMERS_READ),
        ("POST", "customers/", Scope.CUSTOMERS_WRITE),
        ("PATCH", "customers/1/", Scope.CUSTOMERS_WRITE),
        ("GET", "customers/1/identities/", Scope.CUSTOMERS_READ),
        ("DELETE", "customers/1/identities/1/", Scope.CUSTOMERS_WRITE),
        ("GET", "records/", Scope.RECORDS_READ),
        ("POST", "records/", Scope.RECORDS_WRITE),
        ("GET", "conversations/", Scope.CONVERSATIONS_READ),
        ("GET", "conversations/0b9c9a56-7c39-4b7e-9f0d-1f1f0a5e2b11/messages/", Scope.MESSAGES_READ),
        ("POST", "conversations/0b9c9a56-7c39-4b7e-9f0d-1f1f0a5e2b11/messages/", Scope.MESSAGES_WRITE),
        ("GET", "queues/", Scope.QUEUES_READ),
        ("GET", "agents/", Scope.AGENTS_READ),
        ("GET", "events/", Scope.EVENTS_READ),
    ],
)
def test_a_missing_scope_is_named(method: str, path: str, scope: Scope) -> None:
    user = make.make_user()
    without = Program(user, *(other for other in Scope.values if other != scope))
    response = without.ask(method, path, {} if method != "GET" else None)
    assert response.status_code == 403
    problem = response.json()
    assert problem["code"] == "missing_scope" and problem["scope"] == scope.value and scope.value in problem["detail"]
    assert Program(user, scope).ask(method, path, {} if method != "GET" else None).status_code != 403


def test_the_command_prints_a_token_once() -> None:
    make.make_user("grace")
    out = StringIO()
    call_command("create_api_token", "grace", "--name", "CRM", "--scopes", "events:read", "--days", "7", stdout=out)
    token = ApiToken.objects.get()
    assert (token.name, token.scopes, token.user.username) == ("CRM", ["events:read"], "grace")
    assert token.expires_at is not None and token.expires_at.date() == (now() + timedelta(days=7)).date()
    response = Client().get(f"{API}/events/", headers={"Authorization": f"Bearer {out.getvalue().strip()}"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "words", [["nobody"], ["grace", "--scopes", "all"], ["grace", "--scopes", ""], ["grace", "--days", "0"]]
)
def test_the_command_says_what_is_wrong(words: list[str]) -> None:
    make.make_user("grace")
    with pytest.raises(CommandError):
        call_command("create_api_token", *words)
    assert not ApiToken.objects.exists()


def test_admins_make_and_revoke_tokens() -> None:
    admin, agent = make.make_user("root", role=Role.ADMIN), make.make_user("grace")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(admin, backend="contactcenter.accounts.backends.DemoAwareBackend")
    form = {"user": agent.pk, "name": "CRM", "scopes": ["events:read", "customers:read"]}
    past = {"expires_at_0": "2020-01-01", "expires_at_1": "10:00"}
    assert b"still to come" in client.post(reverse("admin:accounts_apitoken_add"), {**form, **past}).content
    page = client.post(reverse("admin:accounts_apitoken_add"), form, follow=True)
    assert page.status_code == 200
    token = ApiToken.objects.get()
    text = next(word for word in page.content.decode().replace("<", " ").split() if word.startswith("cct_"))
    assert text.startswith(token.prefix) and token.scopes == ["customers:read", "events:read"]
    assert AuditEntry.objects.get(kind="api_token.created").actor == admin
    again = client.get(reverse("admin:accounts_apitoken_changelist"))
    assert again.status_code == 200 and text not in again.content.decode() and b"Valid" in again.content
    client.post(reverse("admin:accounts_apitoken_changelist"), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert AuditEntry.objects.get(kind="api_token.revoked").actor == admin
    assert_refused(Client().get(f"{API}/events/", headers={"Authorization": f"Bearer {text}"}))


def test_each_token_has_its_rate(floor: Floor, settings: Any) -> None:
    settings.API_RATE = (3, 0.5)
    program, other = Program(floor.ada.user), Program(floor.ada.user)
    with time_machine.travel(now(), tick=False) as clock:
        assert [program.get("queues/").status_code for _number in range(4)] == [200, 200, 200, 429]
        response = program.get("queues/")
        assert response["Retry-After"] == "2" and response["RateLimit-Policy"] == '"token";q=3;w=6'
        assert response["RateLimit"] == '"token";r=0;t=2' and response.json()["code"] == "throttled"
        assert other.get("queues/").status_code == 200
        clock.shift(2)
        assert program.get("queues/").status_code == 200
