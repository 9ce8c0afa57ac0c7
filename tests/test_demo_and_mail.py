"""Demo mode, the first start without it, and the mail that goes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from contactcenter.accounts.models import User
from contactcenter.base.errors import Refused
from contactcenter.checks import DEMO_PASSWORD, check_demo_passwords
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.services.messages import add_note
from contactcenter.conversations.services.transcripts import build_transcript, request_transcript
from contactcenter.conversations.states import IdentityKind, IdentityLevel
from contactcenter.demo.mail import sent_mail
from contactcenter.demo.seeding import seed_demo
from routing.models import Agent, Queue, SkillGroup
from routing.services.replies import send_reply
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_demo_has_its_people_and_running_it_again_changes_nothing() -> None:
    assert seed_demo() is True
    names = set(User.objects.values_list("username", flat=True))
    assert names == {"admin", "sue", "ada", "ben", "mari", "juris", "anna", "ivan"}
    assert Agent.objects.count() == 6
    assert Queue.objects.filter(members__isnull=False).distinct().count() == 5
    assert seed_demo() is False
    assert User.objects.count() == 8


def test_demo_people_sign_in_only_in_demo_mode(client: Client) -> None:
    seed_demo()
    with override_settings(DEMO=True):
        assert client.login(username="ada", password=DEMO_PASSWORD)
        client.logout()
    with override_settings(DEMO=False):
        assert not client.login(username="ada", password=DEMO_PASSWORD)


def test_a_demo_session_ends_with_the_demo(client: Client) -> None:
    seed_demo()
    with override_settings(DEMO=True):
        client.login(username="ada", password=DEMO_PASSWORD)
        assert client.get("/console/", headers={"Host": "127.0.0.1"}).status_code == 200
    with override_settings(DEMO=False):
        assert client.get("/console/", headers={"Host": "127.0.0.1"}).status_code == 302


def test_without_demo_nobody_makes_demo_people_or_keeps_their_password() -> None:
    with override_settings(DEMO=False):
        with pytest.raises(CommandError, match="demo mode"):
            call_command("seed_demo")
        assert list(check_demo_passwords(None)) == []
        User.objects.create_user("careless", password=DEMO_PASSWORD)
        assert [error.id for error in check_demo_passwords(None)] == ["contactcenter.E003"]


@override_settings(DEMO=True, DEMO_OPEN=False, ALLOWED_HOSTS=["*"])
@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("localhost:8000", {}, 200),
        ("[::1]:8000", {}, 200),
        ("desk.example", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 403),
        ("127.0.0.1.example.com", {}, 403),
    ],
)
def test_a_demo_answers_this_machine_only(client: Client, host: str, headers: dict[str, str], status: int) -> None:
    response = client.get("/accounts/login/", headers={"Host": host, **headers})
    assert response.status_code == status


def test_transcript_goes_to_a_verified_address_without_notes() -> None:
    queue = make.make_queue()
    account = make.make_account(queue=queue)
    ada = make.make_agent("ada", queues=[queue])
    customer = make.make_customer("Līga", language="lv")
    conversation = make.make_waiting(account, customer=customer, text="Kur ir mans pasūtījums?")
    from routing.services.handling import pull

    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    send_reply(conversation_id=conversation.pk, author=ada.user, text="Ceļā.", client_id="a1")
    add_note(conversation_id=conversation.pk, author=ada.user, text="secret note")
    conversation.refresh_from_db()
    with pytest.raises(Refused):
        request_transcript(conversation)
    find_or_create_identity(
        brand=customer.brand,
        kind=IdentityKind.EMAIL,
        address="liga@example.com",
        level=IdentityLevel.VERIFIED,
        customer=customer,
    )
    request_transcript(conversation)
    message = build_transcript(conversation)
    assert message is not None
    assert message.to == ["liga@example.com"]
    assert "Kur ir mans pasūtījums?" in message.body
    assert "Ceļā." in message.body
    assert "secret note" not in message.body


def test_demo_shows_the_mail_instead_of_sending_it(tmp_path: Path) -> None:
    backend = "django.core.mail.backends.filebased.EmailBackend"
    with override_settings(EMAIL_BACKEND=backend, EMAIL_FILE_PATH=tmp_path):
        mail.send_mail("Žurnāls", "Sveiki, Līga", "desk@example.com", ["liga@example.com"])
        mail.send_mail("Second", "two", "desk@example.com", ["b@example.com"])
        found = sent_mail()
    assert {(item.subject, item.to, item.text.strip()) for item in found} == {
        ("Žurnāls", "liga@example.com", "Sveiki, Līga"),
        ("Second", "b@example.com", "two"),
    }


def test_skill_groups_follow_the_skills() -> None:
    queue = make.make_queue(skills={"billing": 3})
    ada = make.make_agent("ada", queues=[queue], skills={"billing": 2})
    account = make.make_account(queue=queue)
    conversation = make.make_waiting(account)
    group = SkillGroup.objects.get(entries__conversation=conversation)
    assert not group.agents.exists()
    from routing.services.groups import set_agent_skills

    set_agent_skills(ada, {make.make_skill("billing"): 3})
    assert group.agents.get().agent == ada
