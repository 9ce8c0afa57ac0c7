"""The list: what each address shows, in which order, over all pages; counters, filters, views."""

from __future__ import annotations

import itertools
import json
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone

from contactcenter.accounts.selectors import viewer_of
from contactcenter.console.models import SavedView
from contactcenter.console.selectors.list_query import SORTS, read_query
from contactcenter.console.selectors.lists import figures_of
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.services.details import change_details, change_tags
from contactcenter.conversations.services.messages import mark_read
from contactcenter.conversations.states import Channel, Priority, SnoozeReason
from routing.services.handling import close, pull, snooze
from routing.services.replies import send_reply
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def shown(floor: Floor, who: object, query: str = "") -> list[int]:
    """The rows of a list over all its pages, in their order."""
    client = floor.client(who)  # type: ignore[arg-type]
    found: list[int] = []
    url = f"/console/list/?{query}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200
        found += [int(pk) for pk in re.findall(r'id="row-(\d+)"', answer.text)]
        more = re.search(r'<li class="more" hx-get="([^"]+)"', answer.text)
        url = unescape(more.group(1)) if more else ""
    return found


def waiting(floor: Floor, name: str, **fields: object) -> Conversation:
    return make.make_waiting(floor.account, customer=make.make_customer(name), **fields)  # type: ignore[arg-type]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.console.selectors.lists.PAGE", 2)


# -- order and pages ----------------------------------------------------------------------------


@pytest.mark.usefixtures("small_pages")
def test_every_order_is_kept_over_all_pages(floor: Floor) -> None:
    made = []
    for number in range(7):
        with time_machine.travel(timezone.now() + timedelta(seconds=number), tick=False):
            made.append(waiting(floor, f"C{number}"))
    for row, priority in ((made[1], Priority.URGENT), (made[4], Priority.HIGH), (made[5], Priority.HIGH)):
        change_details(conversation_id=row.pk, actor=floor.sue, priority=priority)
    # Two of the same moment, and two who wait for nothing.
    Conversation.objects.filter(pk__in=[made[2].pk, made[3].pk]).update(last_message_at=made[2].last_message_at)
    Conversation.objects.filter(pk__in=[made[0].pk, made[6].pk]).update(waiting_since=None)

    newest = [made[at].pk for at in (6, 5, 4, 3, 2, 1, 0)]
    assert shown(floor, floor.sue, "tab=team") == newest
    assert shown(floor, floor.sue, "tab=team&sort=oldest") == newest[::-1]
    assert shown(floor, floor.sue, "tab=all&sort=waiting") == [made[at].pk for at in (1, 2, 3, 4, 5, 0, 6)]
    assert shown(floor, floor.sue, "tab=all&sort=priority") == [made[at].pk for at in (1, 5, 4, 6, 3, 2, 0)]
    assert shown(floor, floor.sue, "tab=queue") == [row.pk for row in made], "next in line first"
    assert shown(floor, floor.sue, "tab=queue&sort=newest") == newest


@pytest.mark.usefixtures("small_pages")
def test_mine_stands_in_groups_that_pages_do_not_break(floor: Floor) -> None:
    rows = {name: waiting(floor, name) for name in ("reply", "wrap", "asked", "customer", "until", "also")}
    for row in rows.values():
        pull(conversation_id=row.pk, agent_id=floor.ben.pk)
    ben = floor.ben.user
    close(conversation_id=rows["wrap"].pk, actor=ben)
    send_reply(conversation_id=rows["asked"].pk, author=ben, text="Which order?", client_id="asked-one")
    snooze(conversation_id=rows["customer"].pk, actor=ben, reason=SnoozeReason.CUSTOMER)
    until = timezone.now() + timedelta(hours=1)
    snooze(conversation_id=rows["until"].pk, actor=ben, reason=SnoozeReason.UNTIL, until=until)
    expected = [rows[name].pk for name in ("also", "reply", "wrap", "asked", "customer", "until")]
    assert shown(floor, floor.ben) == expected

    lines, url = [], "/console/list/"
    while url:
        html = floor.client(floor.ben).get(url).text
        lines += re.findall(r'<li class="group" data-group="\d">([^<]+)|id="row-(\d+)"', html)
        more = re.search(r'<li class="more" hx-get="([^"]+)"', html)
        url = unescape(more.group(1)) if more else ""
    assert [heading for heading, _pk in lines if heading] == [
        "Reply now",
        "Wrap-up",
        "Waiting for the customer",
        "Snoozed",
    ]
    assert lines[3] == ("Wrap-up", "")


def test_an_empty_mine_has_its_headings_ready(floor: Floor) -> None:
    html = floor.client(floor.ben).get("/console/list/").text
    assert html.count('class="group"') == 4
    assert "No conversations wait for you" in html


BROKEN = (
    "rubbish",
    "[]",
    "[1]",
    "[null, null]",
    '["2020-01-01T00:00", 1]',
    '["2020-01-01T00:00:00+00:00", 1, 2, 3]',
    "[true, 1]",
    "[1, 99999999999999999999]",
    '[0, "x", 2]',
    '{"a": 1}',
)


def test_a_broken_cursor_starts_over(floor: Floor) -> None:
    row = waiting(floor, "Carl")
    client = floor.client(floor.sue)
    for tab, order, cursor in itertools.product(("mine", "queue"), SORTS, (*BROKEN, "[Infinity, 1]", "[NaN, 1]")):
        answer = client.get(f"/console/list/?tab={tab}&sort={order}&before={quote(cursor)}")
        assert answer.status_code == 200, (tab, order, cursor)
        if tab == "queue" and cursor in BROKEN and not (cursor == "[null, null]" and order == "waiting"):
            assert f'id="row-{row.pk}"' in answer.text, (order, cursor)


# -- filters ------------------------------------------------------------------------------------


def test_each_filter_and_all_of_them_together(floor: Floor) -> None:
    mail = make.make_account("mail", queue=floor.queue, channel=Channel.EMAIL)
    chat = waiting(floor, "Chat", language="lv")
    letter = make.make_waiting(mail, customer=make.make_customer("Mail"), language="ru")
    change_tags(conversation_id=letter.pk, actor=floor.sue, add=["refund", "vip"])
    pull(conversation_id=chat.pk, agent_id=floor.ben.pk)
    mark_read(conversation_id=chat.pk, reader=floor.ben.user)
    both, queue = {chat.pk, letter.pk}, floor.queue.pk

    def found(filters: str) -> set[int]:
        return set(shown(floor, floor.sue, f"tab=all&{filters}"))

    assert found("channel=chat") == {chat.pk}
    assert found("channel=chat&channel=email") == both
    assert found("language=lv") == {chat.pk}
    assert found("tag=refund") == {letter.pk}
    assert found("tag=refund&tag=other") == {letter.pk}
    assert found("state=active") == {chat.pk}
    assert found("state=waiting") == {letter.pk}
    assert found("unread=1") == {letter.pk}
    assert found(f"queue={queue}") == both, "who has left the queue still belongs to it"
    assert found(f"brand={floor.queue.brand_id}") == both
    assert found(f"brand={floor.queue.brand_id + 1}") == set()
    assert found("channel=chat&language=ru") == set()
    assert found("channel=email&language=ru&tag=vip&unread=1&state=waiting") == {letter.pk}
    assert shown(floor, floor.other_team, "tab=all&channel=chat") == [], "a filter shows no more than one may see"


def test_an_address_has_one_spelling_and_drops_what_it_does_not_know() -> None:
    data = QueryDict("tab=all&sort=line&state=asleep&state=closed&channel=pigeon&queue=1x&queue=7&tag=b&tag=a&before=1")
    query = read_query(data)
    assert query.encoded() == "tab=all&queue=7&tag=a&tag=b&state=closed"
    assert read_query(QueryDict("tab=nowhere&sort=newest")).encoded() == ""


def test_chips_name_the_filters_and_take_them_away(floor: Floor) -> None:
    html = floor.client(floor.ben).get(f"/console/list/?tab=team&channel=chat&queue={floor.queue.pk}&unread=1").text
    chips = html.split('id="active-filters"')[1].split("</div>")[0]
    links = {unescape(href) for href in re.findall(r'data-query="([^"]*)"', chips)}
    queue = floor.queue.pk
    assert {parse_qs(link).get("tab", [""])[0] for link in links} == {"team"}
    assert f"tab=team&channel=chat&queue={queue}" in links
    assert f"tab=team&queue={queue}&unread=1" in links
    assert "tab=team" in links, "all at once"
    for words in ("Web chat", floor.queue.name, "Unread"):
        assert words in chips
    assert "No conversation passes these filters" in html


def test_a_queue_that_one_does_not_see_stays_unnamed(floor: Floor) -> None:
    html = floor.client(floor.other_brand).get(f"/console/list/?queue={floor.queue.pk}").text
    assert floor.queue.name not in html.split('id="active-filters"')[1].split("</div>")[0]


def test_the_form_offers_what_there_is(floor: Floor) -> None:
    change_tags(conversation_id=waiting(floor, "Carl").pk, actor=floor.sue, add=["refund"])
    html = floor.client(floor.ben).get("/console/filters/?tab=all&language=de&unread=1").text
    assert re.search(r'name="tag" value="refund"', html)
    assert re.search(r'name="language" value="de" checked', html)
    assert re.search(r'name="unread" value="1" checked', html)
    assert 'value="closed"' in html
    assert 'value="closed"' not in floor.client(floor.ben).get("/console/filters/").text
    assert "refund" not in floor.client(floor.other_brand).get("/console/filters/").text


def test_the_page_of_an_address_is_that_list(floor: Floor) -> None:
    row = waiting(floor, "Carl")
    client = floor.client(floor.ben)
    html = client.get("/console/?tab=queue&channel=chat", headers={"HX-Request": ""}).text
    assert 'data-query="tab=queue&amp;channel=chat"' in html
    assert f'id="row-{row.pk}"' in html
    html = client.get(f"/console/c/{row.pk}/?tab=all&state=closed", headers={"HX-Request": ""}).text
    assert 'data-query="tab=all&amp;state=closed"' in html
    assert f'id="row-{row.pk}"' not in html


# -- counters -----------------------------------------------------------------------------------


def test_counters_stop_where_the_screen_stops(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        waiting(floor, f"C{number}")
    viewer = viewer_of(floor.sue)
    assert (figures_of(viewer).mine, figures_of(viewer).waiting, figures_of(viewer).team) == (0, 4, 4)
    monkeypatch.setattr("contactcenter.console.selectors.lists.MOST_COUNTED", 3)
    assert figures_of(viewer).team == 3
    from contactcenter.console.templatetags.console import capped

    assert (capped(99), capped(100)) == ("99", "99+")


# -- rows ---------------------------------------------------------------------------------------


def test_a_row_tells_the_browser_what_it_decides_by(floor: Floor) -> None:
    row = make.make_active(floor.account, floor.ada, language="lv")
    change_tags(conversation_id=row.pk, actor=floor.ada.user, add=['say "hi"'])
    html = floor.client(floor.ada).get("/console/list/").text
    data = dict(re.findall(r'data-([a-z]+)="([^"]*)"', html.split(f'id="row-{row.pk}"')[1].split("<a ")[0]))
    row.refresh_from_db()
    assert data["channel"] == "chat"
    assert data["queue"] == str(floor.queue.pk)
    assert data["brand"] == str(row.brand_id)
    assert data["language"] == "lv"
    assert data["state"] == "active"
    assert json.loads(unescape(data["tag"])) == ['say "hi"']
    assert data["waiting"] == str(int(row.waiting_since.timestamp() * 1000))  # type: ignore[union-attr]
    assert data["people"] == str(floor.ada.user_id)
    assert data["wrapping"] == ""
    close(conversation_id=row.pk, actor=floor.ada.user)
    html = floor.client(floor.ada).get("/console/list/").text
    assert f'data-wrapping="{floor.ada.user_id}"' in html


def test_what_became_of_our_last_word(floor: Floor) -> None:
    row = make.make_active(floor.account, floor.ada)
    message = send_reply(conversation_id=row.pk, author=floor.ada.user, text="Hello", client_id="hello-one")
    message.refresh_from_db()
    html = floor.client(floor.ada).get("/console/list/").text
    assert message.get_delivery_display() in html.split(f'id="row-{row.pk}"')[1]


def test_unread_again_by_the_one_who_handles_it(floor: Floor) -> None:
    row = make.make_active(floor.account, floor.ada)
    mark_read(conversation_id=row.pk, reader=floor.ada.user)
    url = f"/console/c/{row.pk}/unread/"
    assert floor.client(floor.ben).post(url).status_code == 403
    for _twice in range(2):
        assert floor.client(floor.ada).post(url).status_code == 204
    row.refresh_from_db()
    assert row.unread_count == 1


# -- views --------------------------------------------------------------------------------------


def keep(floor: Floor, who: object, name: str, query: str, **fields: object) -> SavedView:
    data: dict[str, object] = {**parse_qs(query)}
    answer = floor.client(who).post("/console/views/save/", {**data, "name": name, **fields})  # type: ignore[arg-type]
    assert answer.status_code == 204, answer.text
    user = who.user if hasattr(who, "user") else who
    return SavedView.objects.get(name=name, owner=user)  # type: ignore[misc]


def test_a_view_is_ones_own_or_the_teams(floor: Floor) -> None:
    own = keep(floor, floor.ada, "Mail", "tab=team&channel=email&sort=oldest")
    assert own.query == "tab=team&channel=email&sort=oldest"
    team = floor.queue.team_id
    keep(floor, floor.ada, "Refunds", "tab=all&tag=refund", team=team)
    mine, bens = (
        floor.client(floor.ada).get("/console/views/").text,
        floor.client(floor.ben).get("/console/views/").text,
    )
    assert "Mail" in mine and "Refunds" in mine
    assert "Mail" not in bens and "Refunds" in bens
    assert "Refunds" not in floor.client(floor.other_team).get("/console/views/").text
    answer = floor.client(floor.other_team).post("/console/views/save/", {"name": "x", "team": team})
    assert answer.status_code == 400, "only with a team of one's own"


def test_the_same_name_replaces_and_a_doubled_one_is_refused(floor: Floor) -> None:
    keep(floor, floor.ada, "Mail", "channel=email")
    view = keep(floor, floor.ada, "Mail", "channel=email&unread=1")
    assert view.query == "channel=email&unread=1"
    other = keep(floor, floor.ada, "Chat", "channel=chat")
    answer = floor.client(floor.ada).post(f"/console/views/{other.pk}/rename/", {"name": "Mail"})
    assert answer.status_code == 400
    assert floor.client(floor.ada).post(f"/console/views/{other.pk}/rename/", {"name": " "}).status_code == 400
    assert floor.client(floor.ada).post(f"/console/views/{other.pk}/rename/", {"name": "Chats"}).status_code == 200


def test_views_keep_their_order_and_go(floor: Floor) -> None:
    first, second, third = (keep(floor, floor.ada, name, "unread=1") for name in ("One", "Two", "Three"))
    client = floor.client(floor.ada)
    client.post(f"/console/views/{third.pk}/move/", {"to": "up"})
    client.post(f"/console/views/{first.pk}/move/", {"to": "up"})
    names = re.findall(r"(One|Two|Three)</span>", client.get("/console/views/").text)
    assert names == ["One", "Three", "Two"]
    for _twice in range(2):
        assert client.post(f"/console/views/{second.pk}/delete/").status_code == 200
    assert "Two" not in client.get("/console/views/").text


def test_only_its_owner_or_a_supervisor_changes_a_teams_view(floor: Floor) -> None:
    view = keep(floor, floor.ada, "Refunds", "tag=refund", team=floor.queue.team_id)
    url = f"/console/views/{view.pk}/"
    for action, data in (("rename", {"name": "x"}), ("move", {"to": "up"})):
        assert floor.client(floor.ben).post(f"{url}{action}/", data).status_code == 404
    floor.client(floor.ben).post(f"{url}delete/")
    assert SavedView.objects.filter(pk=view.pk).exists()
    assert floor.client(floor.sue).post(f"{url}rename/", {"name": "Money back"}).status_code == 200


def test_a_view_names_the_list_and_counts_open_rows(floor: Floor) -> None:
    keep(floor, floor.ben, "Chats", "tab=all&channel=chat")
    keep(floor, floor.ben, "Past", "tab=all&state=closed")
    gone = make.make_active(floor.account, floor.ada, customer=make.make_customer("Gone"))
    close(conversation_id=gone.pk, actor=floor.ada.user)
    waiting(floor, "Carl")
    html = floor.client(floor.ben).get("/console/list/?tab=all&channel=chat").text
    assert re.search(r'id="view-name"[^>]*>Chats<', html)
    menu = floor.client(floor.ben).get("/console/views/?tab=all&channel=chat").text
    assert re.search(r'aria-current="true"><span class="grow cut">Chats', menu)
    assert re.findall(r'<small class="muted">(\d+)</small>', menu) == ["1"], "closed ones are not counted"


def test_the_list_asks_few_questions(floor: Floor, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(8):
        waiting(floor, f"C{number}")
    client = floor.client(floor.ben)
    client.get("/console/list/")
    with django_assert_max_num_queries(16):
        client.get(f"/console/list/?tab=team&queue={floor.queue.pk}&channel=chat")
    url = urlsplit("/console/filters/?tab=all").geturl()
    with django_assert_max_num_queries(14):
        client.get(url)
