"""The pages around signing in, and the pages for errors."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.template.loader import render_to_string
from django.test import Client

from tests import factories as make

pytestmark = pytest.mark.django_db


def test_the_demos_people_are_shown_in_demo_mode_only(settings: Any) -> None:
    make.make_user("ada", is_demo=True)
    settings.DEMO, settings.DEMO_OPEN = True, True
    assert 'data-seat="ada"' in Client().get("/accounts/login/").text
    settings.DEMO = False
    assert 'data-seat="ada"' not in Client().get("/accounts/login/").text


def test_six_digits_are_asked_where_they_are_set_up() -> None:
    user = make.make_user("ada")
    secret = generate_totp_secret()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": secret})
    client = Client()
    first = client.post("/accounts/login/", {"login": "ada", "password": make.PASSWORD})
    assert first.url == "/accounts/2fa/authenticate/"
    page = client.get(first.url).text
    assert "Enter the six digits" in page
    assert client.get("/console/").status_code == 302, "not signed in yet"
    assert client.post(first.url, {"code": "000000"}).status_code == 200
    code = f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"
    assert client.post(first.url, {"code": code}).url == "/console/"


def test_the_accounts_own_pages_wear_the_products_look() -> None:
    client = Client()
    client.force_login(make.make_user("ada"), backend="contactcenter.accounts.backends.DemoAwareBackend")
    for url in ("/accounts/2fa/", "/accounts/password/change/", "/accounts/logout/"):
        answer = client.get(url, follow=True)
        assert answer.status_code == 200, url
        assert 'class="gate"' in answer.text
        assert " style=" not in answer.text
    assert 'class="gate"' in Client().get("/accounts/password/reset/").text


def test_errors_have_pages() -> None:
    answer = Client().get("/console/c/999999/nothing-here/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert "You may not do that" in render_to_string("403.html")
    assert "Something went wrong" in render_to_string("500.html")
