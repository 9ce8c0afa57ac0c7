"""Notices: written in five languages, shown to whom they concern, from their first to their last moment."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from contactcenter.accounts.models import Role, User
from contactcenter.conversations.models import ChannelAccount
from routing.models import Notice, Queue
from tests import factories as make
from tests.admin.pages import add_row, save

pytestmark = pytest.mark.django_db
ADD = "/admin/routing/notice/add/"


def _notice(*queues: Queue, text: str = "Phones are down.", **fields: Any) -> Notice:
    notice = Notice.objects.create(name="Outage", severity="outage", **fields)
    notice.texts.create(language="en", text=text)
    notice.queues.set(queues)
    return notice


def _client(user: User) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    return client


def _in_widget(account: ChannelAccount, language: str = "en") -> list[dict[str, Any]]:
    answer = Client(SERVER_NAME="127.0.0.1").get(f"/c/{account.address}/chat", {"lang": language})
    found = re.search(r'<script id="config" type="application/json">(.*?)</script>', answer.text, re.DOTALL)
    assert found is not None
    notices: list[dict[str, Any]] = json.loads(found[1])["notices"]
    return notices


def _in_console(user: User) -> bool:
    return "Phones are down." in _client(user).get("/console/").text


DATES = {"starts_at_0": "2026-12-01", "starts_at_1": "10:00"}


def test_a_notice_is_written(admin: Client) -> None:
    queue = make.make_queue()
    text = add_row("texts", language="en", text="Closed at Christmas.")
    assert save(admin, ADD, name="Xmas", **DATES, queues=[queue.pk], **text) == []
    notice = Notice.objects.get()
    assert notice.text_in("lv", "en") == "Closed at Christmas." and list(notice.queues.all()) == [queue]
    over = {**DATES, "ends_at_0": "2026-12-01", "ends_at_1": "09:00"}
    assert "It would end before it begins: choose a later time." in save(admin, ADD, name="X", **over, **text)
    other = make.make_brand("other")
    errors = save(admin, ADD, name="X", **DATES, brands=[other.pk], queues=[queue.pk], **text)
    assert errors == ["Support is a queue of Nordwind: add the brand, or take the queue out."]
    assert any("required" in error for error in save(admin, ADD, name="X", **DATES))


def test_the_widget_shows_what_concerns_it() -> None:
    queue, other = make.make_queue(), make.make_queue("other")
    account = make.make_account(queue=queue)
    mine, everybody = _notice(queue), _notice(text="Hello, all.")
    mine.texts.create(language="lv", text="Telefoni nestrādā.")
    _notice(other)
    _notice().brands.set([make.make_brand("foreign")])
    assert [row["text"] for row in _in_widget(account)] == ["Phones are down.", "Hello, all."]
    assert _in_widget(account, "lv")[0]["text"] == "Telefoni nestrādā."
    assert _in_widget(account, "pl")[0]["text"] == "Phones are down.", "the brand's language"
    assert _in_widget(account)[1]["id"] == everybody.pk


def test_the_console_shows_it_to_those_who_serve() -> None:
    queue, sales = make.make_queue(), make.make_queue("sales", team=make.make_team(name="Sales"))
    ada, eve = make.make_agent("ada", queues=[queue]).user, make.make_agent("eve", queues=[sales]).user
    sue = make.make_user("sue", role=Role.SUPERVISOR, teams=[sales.team])
    foreign = make.make_user("frank", teams=[make.make_team(make.make_brand("foreign"))])
    _notice(queue)
    assert [_in_console(user) for user in (ada, eve, sue, foreign)] == [True, False, True, False]


def test_they_come_and_go_by_the_clock() -> None:
    queue = make.make_queue()
    account, ada = make.make_account(queue=queue), make.make_agent("ada", queues=[queue]).user
    moment = timezone.now()
    _notice(queue, starts_at=moment + timedelta(hours=2), ends_at=moment + timedelta(hours=3))
    assert not _in_console(ada)
    # Open pages know a day before, and show it by their own clock.
    assert _in_widget(account)[0]["from"] == (moment + timedelta(hours=2)).isoformat()
    with time_machine.travel(moment + timedelta(hours=2, minutes=1)):
        assert _in_console(ada)
    with time_machine.travel(moment + timedelta(hours=3, minutes=1)):
        assert not _in_console(ada) and _in_widget(account) == []
    with time_machine.travel(moment - timedelta(days=2)):
        assert _in_widget(account) == []


def test_it_is_read_once_a_session() -> None:
    queue = make.make_queue()
    client = _client(make.make_agent("ada", queues=[queue]).user)
    notice = _notice(queue)
    assert "Phones are down." in client.get("/console/notices/").text
    assert "Phones are down." not in client.post(f"/console/notices/{notice.pk}/dismiss/").text
    assert "Phones are down." not in client.get("/console/").text
    client.logout()
    assert "Phones are down." in _client(User.objects.get(username="ada")).get("/console/").text
