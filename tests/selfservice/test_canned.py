"""Canned replies: who sees which, in which language, with what filled in, and what admin refuses."""

from __future__ import annotations

import pytest
from django.test import Client

from contactcenter.accounts.models import Role
from contactcenter.accounts.selectors import viewer_of
from contactcenter.conversations.models import Conversation, Record
from selfservice.canned.models import CannedReply, CannedText
from selfservice.canned.selectors import answers_for, order_languages, visible_canned
from selfservice.canned.variables import VARIABLES, fill, find_unknown, values_for
from tests import factories as make

pytestmark = pytest.mark.django_db


def make_canned(shortcut: str, text: str = "x", *, language: str = "en", **fields) -> CannedReply:
    reply = CannedReply.objects.create(shortcut=shortcut, title=shortcut.title(), **fields)
    CannedText.objects.create(reply=reply, language=language, text=text)
    return reply


@pytest.fixture
def conversation() -> Conversation:
    queue = make.make_queue()
    return make.make_waiting(make.make_account(queue=queue), customer=make.make_customer("Līga Bērziņa"))


def shortcuts(user, conversation: Conversation) -> list[str]:
    return [answer.reply.shortcut for answer in answers_for(viewer_of(user), conversation, user)]


def test_who_sees_which(conversation: Conversation) -> None:
    brand, south = make.make_brand(), make.make_brand("suedwind")
    support, sales = make.make_team(), make.make_team(name="Sales")
    make_canned("common")
    make_canned("brand", brand=brand)
    make_canned("team", brand=brand, team=support)
    make_canned("sales", brand=brand, team=sales)
    make_canned("south", brand=south)
    make_canned("off", is_active=False)
    ada = make.make_user("ada", teams=[support])
    sue = make.make_user("sue", role=Role.SUPERVISOR, teams=[support])
    both = make.make_user("both", teams=[support, make.make_team(south)])
    assert shortcuts(ada, conversation) == ["brand", "common", "team"]
    assert shortcuts(sue, conversation) == ["brand", "common", "sales", "team"]
    assert visible_canned(viewer_of(both)).filter(shortcut="south").exists()
    assert "south" not in shortcuts(both, conversation), "the conversation's brand counts"


def test_the_nearest_of_one_name(conversation: Conversation) -> None:
    ada = make.make_user("ada")
    make_canned("hello", "everybody's")
    make_canned("hello", "the brand's", brand=make.make_brand())
    make_canned("hello", "the team's", brand=make.make_brand(), team=make.make_team())
    (answer,) = answers_for(viewer_of(ada), conversation, ada)
    assert answer.variants[0].text == "the team's"


@pytest.mark.parametrize(
    ("conversation_language", "customer_language", "expected", "is_foreign"),
    [("lv", "ru", "lv", False), ("", "ru", "ru", False), ("et", "", "pl", True), ("", "", "pl", False)],
)
def test_the_variant_that_suits(
    conversation: Conversation, conversation_language: str, customer_language: str, expected: str, is_foreign: bool
) -> None:
    reply = make_canned("hello", "hello", language="lv")
    for language in ("ru", "pl"):
        CannedText.objects.create(reply=reply, language=language, text="hello")
    conversation.language = conversation_language
    conversation.customer.language = customer_language
    conversation.brand.default_language = "pl"
    ada = make.make_user("ada")
    (answer,) = answers_for(viewer_of(ada), conversation, ada)
    assert (answer.variants[0].language, answer.variants[0].is_foreign) == (expected, is_foreign)
    assert [variant.is_foreign for variant in answer.variants[1:]] == [True, True]


def test_any_language_rather_than_none() -> None:
    assert order_languages(["ru", "et"], ("lv", "", "en")) == ["et", "ru"]
    assert order_languages(["ru", "et", "lv"], ("lv", "lv", "ru")) == ["lv", "ru", "et"]


def test_variables_are_filled_in_and_what_is_missing_is_named(conversation: Conversation) -> None:
    ada = make.make_user("ada")
    values = values_for(conversation, ada)
    assert set(values) == set(VARIABLES)
    text, left = fill("{first_name} / {customer} / {agent} / {brand} / {order} / {nonsense} {1} {}", values)
    assert text == "Līga / Līga Bērziņa / Ada / Nordwind / {order} / {nonsense} {1} {}"
    assert left == ["order", "nonsense"]
    assert find_unknown("{order} {nonsense} {nonsense}") == ["nonsense"]
    Record.objects.create(customer=conversation.customer, kind="order", external_id="10482", title="Lamp")
    assert fill("{order}", values_for(conversation, ada)) == ("10482", [])


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert fill("{customer}", {"customer": "{agent}", "agent": "Ada"}) == ("{agent}", [])


def save_in_admin(text: str, **fields: str) -> tuple[int, str]:
    client = Client(SERVER_NAME="127.0.0.1")
    admin = make.make_user("root", role=Role.ADMIN, teams=[])
    client.force_login(admin, backend="contactcenter.accounts.backends.DemoAwareBackend")
    data = {
        "shortcut": "hello",
        "title": "Hello",
        "is_active": "on",
        "tags": "start, end",
        "texts-TOTAL_FORMS": "1",
        "texts-INITIAL_FORMS": "0",
        "texts-0-language": "en",
        "texts-0-text": text,
        **fields,
    }
    answer = client.post("/admin/canned/cannedreply/add/", data)
    return answer.status_code, answer.text


def test_admin_knows_the_variables() -> None:
    status, html = save_in_admin("Hello {nobody}, {customer}")
    assert status == 200
    assert "{nobody}" in html and not CannedReply.objects.exists()
    assert all(f"{{{name}}}" in html for name in VARIABLES), "the help names them all"


def test_admin_keeps_a_team_to_its_brand() -> None:
    team = make.make_team()
    assert save_in_admin("Hello", team=str(team.pk))[0] == 200
    assert not CannedReply.objects.exists()


def test_admin_saves_and_lists() -> None:
    status, _html = save_in_admin("Hello {customer}")
    assert status == 302
    assert CannedReply.objects.get().tags == ["start", "end"]
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        make.make_user("chief", role=Role.ADMIN, teams=[]), backend="contactcenter.accounts.backends.DemoAwareBackend"
    )
    assert (
        "/hello" in client.get("/admin/canned/cannedreply/?q=hell").text
        or "hello" in client.get("/admin/canned/cannedreply/?q=hell").text
    )
