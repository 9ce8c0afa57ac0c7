"""The demo's front door: seats without a password, for who sits at this machine and nobody else."""

from __future__ import annotations

import re
from typing import Any

import jwt
import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from channels_app.webchat.identity import verify_claims
from contactcenter.accounts.models import Role, User
from contactcenter.conversations.models import ChannelAccount
from contactcenter.demo.seats import SEATS
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]


@pytest.fixture(autouse=True)
def demo(settings: Any) -> None:
    settings.DEMO, settings.DEMO_OPEN = True, False
    brand = make.make_brand()
    for name, role in (("ada", Role.AGENT), ("sue", Role.SUPERVISOR), ("admin", Role.ADMIN)):
        user = User.objects.create_user(name, password=make.PASSWORD, role=role, is_demo=True)
        user.is_staff = user.is_superuser = role == Role.ADMIN
        user.save()
        user.brands.add(brand)


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


def who(client: Client) -> str:
    key = client.session.get(SESSION_KEY)
    return User.objects.get(pk=key).username if key else ""


def test_the_front_door_says_what_to_try(client: Client) -> None:
    assert client.get("/").url == "/demo/"  # type: ignore[attr-defined]
    response = client.get("/demo/")
    page = response.content.decode()
    assert response.status_code == 200 and "no-cache" in response["Cache-Control"]
    for seat in SEATS:
        assert f'action="/demo/seat/{seat.slug}/"' in page
    for address in ("/demo/shop/", "/demo/mail/", "/console/", "/admin/"):
        assert f'href="{address}"' in page
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page), "the policy allows none of it"
    assert client.get("/demo/figures/").status_code == 200


@pytest.mark.parametrize(
    ("seat", "goes_to", "name"),
    [("agent", "/console/", "ada"), ("supervisor", "/console/", "sue"), ("admin", "/admin/", "admin")],
)
def test_a_seat_signs_in_without_a_password(client: Client, seat: str, goes_to: str, name: str) -> None:
    response = client.post(reverse("demo:seat", args=[seat]))
    assert response.status_code == 302 and response["Location"] == goes_to
    assert who(client) == name
    assert client.get(goes_to).status_code == 200
    assert client.get("/").url == "/console/"  # type: ignore[attr-defined]


def test_the_customer_is_signed_in_at_the_shop(client: Client) -> None:
    account = make.make_account(queue=make.make_queue(), slug="shop", kind="webchat")
    account.secret, account.address = "s" * 40, "pk_shop"
    account.save()
    assert "data-identity" not in client.get("/demo/shop/").content.decode()
    assert client.post("/demo/seat/customer/")["Location"] == "/demo/shop/"
    assert who(client) == ""
    client.post("/demo/seat/agent/")
    client.post("/demo/seat/supervisor/")
    page = client.get("/demo/shop/").content.decode()
    found = re.search(r'data-identity="([^"]+)"', page)
    assert found is not None, "whoever sits down in this browser, the shop's customer stays"
    claims = verify_claims(ChannelAccount.objects.get(), found[1])
    assert (claims.id, claims.name, claims.email) == ("1001", "Līga Bērziņa", "liga@example.com")
    assert jwt.get_unverified_header(found[1])["alg"] == "HS256"


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_nobody_elsewhere_sits_down(client: Client, settings: Any, is_open: bool, elsewhere: dict[str, str]) -> None:
    """Not even where `--demo` shows the demo to others."""
    settings.DEMO_OPEN = is_open
    for seat in SEATS:
        assert client.post(f"/demo/seat/{seat.slug}/", **elsewhere).status_code == 403  # type: ignore[arg-type]
    assert who(client) == ""


def test_there_are_no_seats_without_the_demo(client: Client, settings: Any) -> None:
    settings.DEMO = False
    assert client.post("/demo/seat/agent/").status_code == 404
    assert client.get("/").url == "/accounts/login/"  # type: ignore[attr-defined]
    assert who(client) == ""


def test_seats_are_taken_by_post_with_a_token_and_by_demo_people_alone(client: Client) -> None:
    assert client.get("/demo/seat/agent/").status_code == 405
    assert client.post("/demo/seat/nobody/").status_code == 404
    assert Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True).post("/demo/seat/agent/").status_code == 403
    User.objects.filter(username="ada").update(is_demo=False)
    assert client.post("/demo/seat/agent/").status_code == 404
    assert who(client) == ""
