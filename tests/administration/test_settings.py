"""The page of settings: what is in force, never a secret, and a test of the mail server."""

from __future__ import annotations

import re
import socket

import pytest
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from contactcenter.accounts.models import Role, User
from contactcenter.administration.inforce import settings_in_force
from tests import factories as make
from tests.test_docs import ROOT

pytestmark = pytest.mark.django_db
URL = "/admin/administration/setup/settings/"


def _admin(email: str = "root@example.com") -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    root = make.make_user("root", role=Role.ADMIN)
    User.objects.filter(pk=root.pk).update(email=email)
    client.force_login(root, backend="contactcenter.accounts.backends.DemoAwareBackend")
    return client


def test_what_is_in_force_is_shown_and_secrets_are_not(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_HOST_PASSWORD = "smtp.example.com", "hush-hush"
    settings.AGENT_LOST_SECONDS = 123
    text = _admin().get(URL).text
    assert "smtp.example.com" in text and "123 s" in text
    assert "hush-hush" not in text and str(settings.SECRET_KEY) not in text


def test_each_of_them_is_documented() -> None:
    named = {name for _title, rows in settings_in_force() for row in rows for name in row.variables.split(", ")}
    documented = set(re.findall(r"`(CC_[A-Z_]+)`", (ROOT / "docs/configuration.md").read_text()))
    assert len(named) > 15 and named - documented == set()


def test_a_test_of_the_mail_server() -> None:
    answer = _admin().post(URL, follow=True)
    assert "Sent to root@example.com." in answer.text
    assert [message.to for message in mail.outbox] == [["root@example.com"]]


def test_without_an_address_it_says_so() -> None:
    assert "You have no email address" in _admin("").post(URL, follow=True).text
    assert mail.outbox == []


def test_without_a_server_it_says_so(settings: Settings) -> None:
    with socket.socket() as nobody:  # bound and not listening: refuses
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = nobody.getsockname()
        assert "Not sent by 127.0.0.1" in _admin().post(URL, follow=True).text
