"""The first start, step by step, with what people do on the way: mistakes, two tabs, another language, a break."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.test import Client

from contactcenter.accounts.models import AuditEntry, Brand, Role, User
from contactcenter.accounts.services import make_setup_link
from contactcenter.administration.models import Setup
from contactcenter.conversations.models import ChannelAccount
from routing.models import Agent, Queue, SkillGroupAgent
from routing.services.replies import send_reply
from tests import factories as make

pytestmark = pytest.mark.django_db

ADMIN = {
    "display_name": "Root",
    "username": "root",
    "email": "root@example.com",
    "password": "correct horse battery",
    "is_agent": "on",
}
GIVEN: dict[str, dict[str, Any]] = {
    "brand": {"brand_name": "Nordwind & Söhne", "brand_slug": "", "colour": "#123456"},
    "languages": {"languages": ["et", "en"], "default_language": "et", "time_zone": "Europe/Tallinn"},
    "queue": {"queue_name": "Klienditugi", "team_name": "Tugi"},
    "hours": {"day_0": "9:00-12.00, 13:00–17:00", "day_6": "00:00-24:00"},
    "channel": {"origins": "shop.example/cart\nhttp://localhost:8080/", "greeting": "Tere!"},
}


def begin(**given: Any) -> Client:
    client = Client()
    answer = client.post(f"/setup/{make_setup_link()}/", {**ADMIN, **given})
    assert (answer.status_code, answer.url) == (302, "/setup/")
    return client


def save(client: Client, *names: str) -> None:
    for name in names:
        answer = client.post(f"/setup/step/{name}/", GIVEN[name])
        assert answer.status_code == 302, (name, answer.text)


def through(*, until: str = "channel", **given: Any) -> Client:
    client = begin(**given)
    names = list(GIVEN)
    save(client, *names[: names.index(until) + 1])
    return client


def test_all_steps_make_a_desk_that_answers() -> None:
    client = through()
    assert client.get("/setup/").url == "/setup/step/test/"
    user, brand, queue = User.objects.get(), Brand.objects.get(), Queue.objects.get()
    assert (user.role, user.is_superuser, user.display_name) == (Role.ADMIN, True, "Root")
    assert (brand.slug, brand.colour, brand.default_language) == ("nordwind-sohne", "#123456", "et")
    assert brand.time_zone == queue.calendar.time_zone == "Europe/Tallinn"
    assert (queue.slug, queue.team.name, queue.team.brand) == ("klienditugi", "Tugi", brand)
    assert [(row.weekday, row.opens_at, row.closes_at) for row in queue.calendar.intervals.all()] == [
        (0, time(9), time(12)),
        (0, time(13), time(17)),
        (6, time(0), time(0)),
    ]
    account = ChannelAccount.objects.get()
    assert account.config == {"origins": ["https://shop.example", "http://localhost:8080"], "greeting": {"et": "Tere!"}}
    agent = Agent.objects.get(user=user)
    assert set(agent.skills.values_list("skill__language", flat=True)) == {"et", "en"}
    assert list(queue.members.values_list("agent", flat=True)) == [agent.pk]
    kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert {"setup.admin", "setup.brand", "setup.channel"} <= kinds


def test_the_snippet_is_shown_and_its_first_load_is_told() -> None:
    client = through()
    page = client.get("/setup/step/channel/").text
    account = ChannelAccount.objects.get()
    assert f"key:&#x27;{account.address}&#x27;" in page
    watch = "/setup/watch/?step=channel"
    assert "data-arrived" not in client.get(watch).text
    config = f"/w/{account.address}/config/"
    assert Client().get(config, headers={"origin": "https://elsewhere.example"}).status_code == 403
    assert "data-arrived" not in client.get(watch).text
    for _load in range(2):
        assert Client().get(config, headers={"origin": "https://shop.example"}).status_code == 200
    assert "https://shop.example" in client.get(watch).text
    assert "data-arrived" in client.get(watch).text


@pytest.mark.django_db(transaction=True)
def test_the_test_contact_is_waited_for_and_ends_it() -> None:
    client = through()
    watch = "/setup/watch/?step=test"
    assert "data-come" not in client.get(watch).text
    agent, account = Agent.objects.get(), ChannelAccount.objects.get()
    make.touch_presence([agent.pk])
    make.set_agent_state(agent_id=agent.pk, to=make.AgentState.AVAILABLE)
    conversation = make.make_active(account, agent, language="et")
    state = client.get(watch).text
    assert "data-come" in state and "data-answered" not in state
    send_reply(conversation_id=conversation.pk, author=agent.user, text="Tere!", client_id="abcdefgh-1")
    assert "data-answered" in client.get(watch).text
    assert client.post("/setup/step/test/").url == "/admin/"
    for path in ("/setup/", "/setup/step/brand/", "/setup/step/test/", watch):
        assert client.get(path).status_code == 404, path
    assert Setup.objects.get().finished_at is not None
    assert AuditEntry.objects.filter(kind="setup.completed").exists()


def test_who_answers_nobody_makes_no_agent() -> None:
    through(is_agent="")
    assert not Agent.objects.exists()
    assert not SkillGroupAgent.objects.exists()


@pytest.mark.parametrize(
    ("step", "field", "value"),
    [
        ("brand", "brand_name", ""),
        ("brand", "brand_name", "Северный ветер"),
        ("brand", "brand_slug", "taken"),
        ("brand", "colour", "red"),
        ("languages", "languages", []),
        ("languages", "languages", ["xx"]),
        ("languages", "default_language", "pl"),
        ("languages", "time_zone", "Mars/Base"),
        ("queue", "queue_name", " "),
        ("queue", "team_name", "x" * 101),
        ("hours", "day_0", "nine to five"),
        ("hours", "day_0", "25:00-26:00"),
        ("channel", "origins", ""),
        ("channel", "origins", "https://ex ample"),
        ("channel", "greeting", "x" * 201),
    ],
)
def test_what_is_wrong_is_said_at_the_field(step: str, field: str, value: Any) -> None:
    make.make_brand("taken")
    names = list(GIVEN)
    client = begin()
    save(client, *names[: names.index(step)])
    answer = client.post(f"/setup/step/{step}/", {**GIVEN[step], field: value})
    assert answer.status_code == 400
    assert "errorlist" in answer.text and 'role="alert"' in answer.text
    assert step not in Setup.objects.get().done


def test_a_desk_is_open_at_some_time() -> None:
    client = through(until="queue")
    answer = client.post("/setup/step/hours/", {})
    assert answer.status_code == 400
    assert "Open on one day at least" in answer.text


@pytest.mark.parametrize(
    ("field", "value"), [("username", ""), ("username", "two words"), ("email", "nobody"), ("password", "12345")]
)
def test_the_first_admin_is_checked_and_the_link_stays(field: str, value: str) -> None:
    token = make_setup_link()
    answer = Client().post(f"/setup/{token}/", {**ADMIN, field: value})
    assert answer.status_code == 400
    assert "errorlist" in answer.text
    assert not User.objects.exists()
    assert Client().get(f"/setup/{token}/").status_code == 200


def test_a_taken_name_is_refused() -> None:
    make.make_user("Root")
    assert "This user name is taken" in Client().post(f"/setup/{make_setup_link()}/", ADMIN).text


def test_the_link_works_once() -> None:
    token = make_setup_link()
    assert Client().post(f"/setup/{token}/", ADMIN).status_code == 302
    again = Client().post(f"/setup/{token}/", {**ADMIN, "username": "second"})
    assert again.status_code == 410
    assert "no longer works" in again.text
    assert User.objects.count() == 1
    assert make_setup_link() is None, "there is an admin now"


def test_a_newer_link_makes_the_older_useless() -> None:
    first, second = make_setup_link(), make_setup_link()
    assert Client().get(f"/setup/{first}/").status_code == 410
    assert Client().get(f"/setup/{second}/").status_code == 200
    assert Client().get("/setup/guess/").status_code == 410


def test_it_is_gone_on_with_after_signing_in() -> None:
    through(until="languages")
    later = Client()
    assert later.get("/setup/step/queue/").url.startswith("/accounts/login/")
    later.force_login(User.objects.get(), backend="contactcenter.accounts.backends.DemoAwareBackend")
    assert later.get("/setup/").url == "/setup/step/queue/"
    assert later.get("/setup/step/channel/").url == "/setup/step/queue/", "not before the queue"
    assert "Nordwind" in later.get("/setup/step/brand/").text


def test_it_is_there_for_its_admin_alone() -> None:
    through(until="brand")
    other = Client()
    other.force_login(
        make.make_user("sue", role=Role.ADMIN), backend="contactcenter.accounts.backends.DemoAwareBackend"
    )
    for path in ("/setup/", "/setup/step/brand/", "/setup/watch/?step=channel"):
        assert other.get(path).status_code == 404


def test_it_is_not_there_in_demo_mode(settings: Any) -> None:
    client, token = through(until="brand"), "anything"
    settings.DEMO, settings.DEMO_OPEN = True, True
    for path in ("/setup/", "/setup/step/brand/", f"/setup/{token}/"):
        assert client.get(path).status_code == 404


def test_back_and_another_language_keep_what_was_typed() -> None:
    client = through(until="languages")
    typed = {"queue_name": "Half a na", "team_name": ""}
    assert client.post("/setup/step/queue/", {**typed, "back": "1"}).url == "/setup/step/languages/"
    assert "Half a na" in client.get("/setup/step/queue/").text
    answer = client.post("/setup/step/queue/", {**typed, "queue_name": "Tugi", "language": "ru"}, follow=True)
    assert 'lang="ru"' in answer.text and "Tugi" in answer.text
    assert User.objects.get().language == "ru"
    assert not Queue.objects.exists()
    ticked = {"languages": ["lv", "pl"], "default_language": "pl", "time_zone": "Europe/Riga", "back": "1"}
    client.post("/setup/step/languages/", ticked)
    assert client.get("/setup/step/languages/").text.count("checked") == 2


def test_the_language_of_the_browser_comes_first_and_can_be_changed() -> None:
    path = f"/setup/{make_setup_link()}/"
    client = Client(headers={"accept-language": "pl"})
    assert '<html lang="pl"' in client.get(path).text
    answer = client.post(path, {**ADMIN, "language": "et"})
    assert '<html lang="et"' in answer.text
    assert 'value="root@example.com"' in answer.text and ADMIN["password"] not in answer.text
    client.post(path, ADMIN)
    assert User.objects.get().language == "et"


@pytest.mark.parametrize(("preset", "shown"), [("weekdays", 5), ("daily", 7), ("always", 0)])
def test_presets_fill_in_the_week(preset: str, shown: int) -> None:
    client = through(until="queue")
    assert client.post("/setup/step/hours/", {"preset": preset}).url == "/setup/step/hours/"
    page = client.get("/setup/step/hours/").text
    assert page.count('value="09:00-17:00"') == shown
    assert page.count('value="00:00-24:00"') == (7 if preset == "always" else 0)


def test_two_tabs_make_one_of_each() -> None:
    client = through()
    save(client, *GIVEN)
    client.post("/setup/step/brand/", {**GIVEN["brand"], "brand_name": "Nordwind"})
    assert [brand.name for brand in Brand.objects.all()] == ["Nordwind"]
    assert Queue.objects.count() == ChannelAccount.objects.count() == 1
    assert Queue.objects.get().calendar.intervals.count() == 3


def test_a_language_taken_back_is_no_skill() -> None:
    client = through()
    client.post("/setup/step/languages/", {**GIVEN["languages"], "languages": ["et", "pl"]})
    assert set(Agent.objects.get().skills.values_list("skill__language", flat=True)) == {"et", "pl"}


def test_without_a_site_the_chat_page_is_enough() -> None:
    client = through(until="hours")
    assert client.post("/setup/step/channel/", {"skip": "1", "greeting": ""}).url == "/setup/step/test/"
    assert ChannelAccount.objects.get().config["origins"] == []
    page = client.get("/setup/step/test/").text
    assert f"/c/{ChannelAccount.objects.get().address}/chat" in page


def test_names_without_latin_letters_get_addresses_too() -> None:
    client = through(until="languages")
    client.post("/setup/step/queue/", {"queue_name": "Поддержка", "team_name": "Поддержка"})
    assert Queue.objects.get().slug == "queue"


def test_pages_obey_the_strict_policy() -> None:
    client = through()
    for name in (*GIVEN, "test"):
        answer = client.get(f"/setup/step/{name}/")
        assert answer.status_code == 200
        assert " style=" not in answer.text and "<script>" not in answer.text.replace("&lt;", "")
        assert "script-src 'self';" in answer["Content-Security-Policy"]
