"""What agents see of promises: chips on rows and panes that come with the warning and go with the answer."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client

from contactcenter.accounts.models import Role
from contactcenter.accounts.selectors import viewer_of
from contactcenter.base.clock import now
from contactcenter.console.selectors.list_query import found_by, in_order, read_query
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Channel, ConversationState
from routing.models import SLAClock, SLAKind, SLATarget
from routing.services.handling import pull
from routing.services.replies import send_reply
from routing.sweeping import keep_clocks
from tests import factories as make
from tests.routing.conftest import ada, chat, clock, queue  # noqa: F401

pytestmark = pytest.mark.django_db


def _row(client: Client, conversation: Conversation) -> str:
    text = client.get("/console/list/?tab=team").text
    return text[text.index(f'id="row-{conversation.pk}"') :]


def test_the_chip_comes_with_the_warning_and_goes_with_the_answer(client, clock, queue, chat, ada) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    SLATarget.objects.create(queue=queue, first_seconds=600, warn_percent=50)
    conversation = make.make_waiting(chat)
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    keep_clocks()
    client.force_login(ada.user)
    page = f"/console/c/{conversation.pk}/"
    assert "Due in" not in _row(client, conversation)
    assert "First answer by" in client.get(page).text
    clock.shift(300)
    keep_clocks()
    assert "Due in" in _row(client, conversation) and "Due in" in client.get(page).text
    assert "First answer is due soon" in client.get(page).text
    assert "Due in" in client.get("/console/bell/").text
    clock.shift(300)
    keep_clocks()
    assert "Overdue" in _row(client, conversation)
    sue = Client()
    sue.force_login(make.make_user("sue", role=Role.SUPERVISOR, teams=[queue.team]))
    assert "Overdue" in sue.get("/console/bell/").text
    send_reply(conversation_id=conversation.pk, author=ada.user, text="Here you are", client_id="1")
    # At once, before anybody has swept.
    assert "Overdue" not in _row(client, conversation) and "Overdue" not in sue.get("/console/bell/").text


def _list(client: Client, query: str) -> list[int]:
    """The rows over all pages."""
    found: list[int] = []
    url = f"/console/list/?{query}"
    while url:
        text = client.get(url).text
        found += [int(pk) for pk in re.findall(r'id="row-(\d+)"', text)]
        more = re.search(r'<li class="more" hx-get="([^"]+)"', text)
        url = unescape(more.group(1)) if more else ""
    return found


def test_what_is_about_to_break_is_found_and_stands_first(client, clock, queue, chat, ada, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    monkeypatch.setattr("contactcenter.console.selectors.lists.PAGE", 2)
    start = now()
    mail = make.make_account("mail", queue=queue, kind="fake", channel=Channel.EMAIL)
    SLATarget.objects.create(queue=queue, first_seconds=600, warn_percent=50)
    SLATarget.objects.create(queue=queue, channel=Channel.EMAIL, first_seconds=3600, warn_percent=50)
    free_account = make.make_account("free", queue=make.make_queue("free", team=queue.team))
    # (account, waiting since which minute); nothing is promised to the first.
    made = [(free_account, 10), (mail, 10), (chat, 10), (chat, 6), (chat, 0)]
    free, letter, third, second, first = (make.make_waiting(account).pk for account, _minute in made)
    for pk, (_account, minute) in zip((free, letter, third, second, first), made, strict=True):
        Conversation.objects.filter(pk=pk).update(waiting_since=start + timedelta(minutes=minute))
    clock.shift(600)
    keep_clocks()
    keep_clocks()
    client.force_login(make.make_user("sue", role=Role.SUPERVISOR, teams=[queue.team]))
    expected = [first, second, third, letter, free]
    assert _list(client, "tab=team&sort=promise") == expected == _list(client, "tab=queue&sort=promise")
    assert _list(client, "tab=team&promise=overdue") == [first]
    assert _list(client, "tab=team&promise=at_risk") == []
    clock.shift(60)
    keep_clocks()
    assert _list(client, "tab=team&promise=at_risk") == [second]
    assert _list(client, "tab=all&sort=promise&promise=at_risk&promise=overdue") == [first, second]
    # What the browser decides by.
    row = _row(client, Conversation.objects.get(pk=second))
    due_at = start + timedelta(minutes=16)
    assert 'data-promise="at_risk"' in row and f'data-due="{int(due_at.timestamp() * 1000)}"' in row
    form = client.get("/console/filters/?tab=team&promise=overdue").text
    assert 'name="promise" value="overdue" checked' in form and "At risk" in form
    assert "Next promise due first" in client.get("/console/list/?tab=team").text
    assert "Next promise due first" not in client.get("/console/list/?tab=all").text, "history is due for nothing"
    # Answered: it is out of danger before anybody has swept.
    pull(conversation_id=first, agent_id=ada.pk)
    send_reply(conversation_id=first, author=ada.user, text="Here you are", client_id="1")
    assert _list(client, "tab=team&promise=overdue") == []
    assert _list(client, "tab=team&sort=promise") == [second, third, letter, free, first]


def test_the_search_for_promises_uses_indexes(queue, chat) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    """Among thousands of conversations that have ended, none is looked at for its promises."""
    customer = make.make_customer("Carl")
    at = now()
    ended = [
        Conversation(
            brand=queue.brand,
            account=chat,
            channel=chat.channel,
            customer=customer,
            state=ConversationState.CLOSED,
            created_at=at,
            closed_at=at,
            last_message_at=at,
        )
        for _ in range(5000)
    ]
    Conversation.objects.bulk_create(ended, batch_size=1000)
    met = {"kind": SLAKind.FIRST, "target_seconds": 600, "started_at": at, "due_at": at, "stopped_at": at}
    told = [SLAClock(conversation=one, queue=queue, channel=chat.channel, warned_at=at, **met) for one in ended]
    SLAClock.objects.bulk_create(told, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conversations_conversation, routing_slaclock")
    viewer = viewer_of(make.make_user("sue", role=Role.SUPERVISOR, teams=[queue.team]))
    for asked in ("tab=all&promise=overdue", "tab=all&promise=at_risk", "tab=team&sort=promise"):
        query = read_query(QueryDict(asked))
        plan = in_order(viewer, found_by(viewer, query), query)[:51].explain()
        assert "Seq Scan on routing_slaclock" not in plan and "sla_clock_" in plan, plan
        assert "Seq Scan on conversations_conversation" not in plan, plan
