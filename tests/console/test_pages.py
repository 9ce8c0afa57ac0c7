"""What the pages show, and to whom."""

from __future__ import annotations

import pytest
from django.test import Client

from contactcenter.accounts.models import User
from contactcenter.conversations.services.messages import add_note
from routing.services.handling import close
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_front_door_leads_to_work_or_to_sign_in(floor: Floor) -> None:
    assert Client().get("/").url == "/accounts/login/"
    assert floor.client(floor.ada).get("/").url == "/console/"


def test_signing_in_by_name_and_by_email(floor: Floor) -> None:
    for login in ("ada", "ada@example.com"):
        client = Client()
        answer = client.post("/accounts/login/", {"login": login, "password": make.PASSWORD})
        assert answer.status_code == 302
        assert answer.url == "/console/"
    refused = Client().post("/accounts/login/", {"login": "ada", "password": "wrong"})
    assert refused.status_code == 200
    assert 'role="alert"' in refused.text


def test_nobody_signs_up(floor: Floor) -> None:
    assert "signup" not in Client().get("/accounts/login/").text
    answer = Client().post("/accounts/signup/", {"username": "eve", "password1": make.PASSWORD})
    assert answer.status_code in {200, 403, 404}
    assert not User.objects.filter(username="eve").exists()


def test_a_fragment_without_a_session_sends_the_page_to_sign_in(floor: Floor) -> None:
    answer = Client(headers={"HX-Request": "true"}).get("/console/list/")
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/accounts/login/"
    assert Client().get("/console/").url == "/accounts/login/?next=/console/"


def test_the_page_has_its_landmarks_and_no_inline_script_or_style(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    page = Client(headers={})
    page.force_login(floor.ada.user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    html = page.get(f"/console/c/{conversation.pk}/").text
    for part in (
        '<main class="pane"',
        '<aside class="ctx"',
        'role="log"',
        'id="dock"',
        'class="skip"',
        'id="announcer"',
    ):
        assert part in html
    assert " style=" not in html
    assert " onclick=" not in html
    scripts = [piece.split(">", 1)[0] for piece in html.split("<script")[1:]]
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)
    assert html.index('id="dock"') > html.index("</main>")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_speaks_the_users_language(floor: Floor, language: str) -> None:
    floor.ada.user.language = language
    floor.ada.user.save()
    client = Client()
    client.force_login(floor.ada.user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    assert f'<html lang="{language}"' in client.get("/console/").text


def test_tabs_hold_what_they_say(floor: Floor) -> None:
    mine = make.make_active(floor.account, floor.ada)
    waiting = make.make_waiting(floor.account, customer=make.make_customer("Wanda"))
    closed = make.make_active(floor.account, floor.ada, customer=make.make_customer("Carol"))
    close(conversation_id=closed.pk, actor=floor.ada.user)

    def rows(who: object, tab: str) -> set[int]:
        html = floor.client(who).get(f"/console/list/?tab={tab}").text  # type: ignore[arg-type]
        return {row.pk for row in (mine, waiting, closed) if f'id="row-{row.pk}"' in html}

    assert rows(floor.ada, "mine") == {mine.pk, closed.pk}, "wrap-up is mine too"
    assert rows(floor.ada, "queue") == {waiting.pk}
    assert rows(floor.ben, "mine") == set()
    assert rows(floor.ben, "team") == {mine.pk, waiting.pk}
    assert rows(floor.ben, "all") == {mine.pk, waiting.pk, closed.pk}
    assert rows(floor.sue, "team") == {mine.pk, waiting.pk}
    for outsider in (floor.other_team, floor.other_brand):
        assert all(rows(outsider, tab) == set() for tab in ("mine", "queue", "team", "all"))


def test_lists_are_paged_without_gaps(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.console.selectors.lists.PAGE", 2)
    made = [make.make_waiting(floor.account, customer=make.make_customer(f"C{number}")) for number in range(5)]
    client = floor.client(floor.ben)
    for tab in ("team", "queue"):
        seen: list[int] = []
        url = f"/console/list/?tab={tab}"
        while url:
            html = client.get(url).text
            seen += [row.pk for row in made if f'id="row-{row.pk}"' in html]
            url = html.split('hx-get="')[1].split('"')[0].replace("&amp;", "&") if 'class="more' in html else ""
        assert sorted(seen) == sorted(row.pk for row in made)
    assert client.get("/console/list/?tab=team&before=rubbish").status_code == 200
    assert client.get("/console/list/?tab=queue&before=1_x").status_code == 200


def test_the_timeline_joins_all_conversations_of_the_customer(floor: Floor) -> None:
    customer = make.make_customer("Līga Bērziņa")
    first = make.make_active(floor.account, floor.ada, customer=customer, text="first question")
    send_reply(conversation_id=first.pk, author=floor.ada.user, text="the answer", client_id="answer-1")
    close(conversation_id=first.pk, actor=floor.ada.user)
    second = make.make_waiting(floor.account, customer=customer, text="second question")
    client = floor.client(floor.ben)
    html = client.get(f"/console/c/{second.pk}/").text
    assert f'id="timeline-{customer.pk}"' in html
    assert html.index(f'id="contact-{first.pk}"') < html.index("second question"), "the earlier one in a line"
    html = client.get(f"/console/c/{second.pk}/?with={first.pk}").text
    places = [html.index(text) for text in ("first question", "the answer", "second question")]
    assert places == sorted(places)


def test_earlier_entries_come_by_pages(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = make.make_active(floor.account, floor.ada, text="the very first")
    for number in range(6):
        add_note(
            conversation_id=conversation.pk, author=floor.ada.user, text=f"note <{number}>", client_id=f"n{number}"
        )
    monkeypatch.setattr("contactcenter.console.timeline.PAGE", 3)
    client = floor.client(floor.ada)
    html = client.get(f"/console/c/{conversation.pk}/").text
    pages = [html]
    while 'class="more' in pages[-1].split('role="log"')[-1]:
        url = pages[-1].split('role="log"')[-1].split('hx-get="')[1].split('"')[0]
        pages.append(client.get(url).text)
    text = "".join(reversed(pages))
    assert [number for number in range(6) if f"note &lt;{number}&gt;" in text] == list(range(6))
    assert text.index("the very first") < text.index("note &lt;0&gt;")
    assert len(pages) > 2


def test_a_decline_names_its_reason_to_supervisors_only(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)
    offer = make.pending_offer(conversation)
    floor.client(floor.ada).post(f"/console/offers/{offer.pk}/decline/", {"reason": "language"})
    assert "Not my language" not in floor.client(floor.ben).get(f"/console/c/{conversation.pk}/").text
    assert "Not my language" in floor.client(floor.sue).get(f"/console/c/{conversation.pk}/").text


def test_messages_are_escaped_and_links_leave_quietly(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account, text='<img src=x onerror=alert(1)> see https://example.com/a"b')
    html = floor.client(floor.ben).get(f"/console/c/{conversation.pk}/").text
    assert "<img src=x" not in html
    assert 'rel="nofollow noopener noreferrer" target="_blank"' in html


def test_hot_pages_need_few_queries(floor: Floor, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(8):
        make.make_waiting(floor.account, customer=make.make_customer(f"C{number}"))
    conversation = make.make_waiting(floor.account, customer=make.make_customer("Open"))
    client = floor.client(floor.ben)
    client.get("/console/")
    with django_assert_max_num_queries(15):
        client.get("/console/list/?tab=team")
    with django_assert_max_num_queries(30):
        client.get(f"/console/c/{conversation.pk}/")


def test_accepting_opens_the_conversation(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)
    offer = make.pending_offer(conversation)
    assert f'id="offer-{offer.pk}"' in floor.client(floor.ada).get("/console/offers/").text
    assert f'id="offer-{offer.pk}"' not in floor.client(floor.ben).get("/console/offers/").text
    answer = floor.client(floor.ada).post(f"/console/offers/{offer.pk}/accept/")
    assert answer.headers["HX-Trigger"] == f'{{"show-conversation": {conversation.pk}}}'
    assert f'id="offer-{offer.pk}"' not in answer.text
    assert "With you" in floor.client(floor.ada).get(f"/console/c/{conversation.pk}/").text


def test_a_lost_race_is_a_quiet_message(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)
    offer = make.pending_offer(conversation)
    accept_offer(offer_id=offer.pk, agent_id=floor.ada.pk)
    floor.client(floor.ada).post(f"/console/c/{conversation.pk}/close/")
    answer = floor.client(floor.ada).post(f"/console/offers/{offer.pk}/decline/", {"reason": "busy"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "offer_gone"
    assert '"toast"' in answer.headers["HX-Trigger"]
    assert answer.headers["HX-Trigger"].isascii()
