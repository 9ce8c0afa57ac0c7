"""Ctrl K: what is found, by whom, in which order, and where it leads."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from contactcenter.console.templatetags.search import excerpt, highlight
from contactcenter.conversations.models import Conversation, Customer, Message, Record
from contactcenter.conversations.services.customers import refresh_search_text
from contactcenter.conversations.services.messages import add_note
from contactcenter.conversations.states import Channel
from routing.services.handling import close
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def _found(floor: Floor, who: object, query: str) -> str:
    return floor.client(who).get(f"/console/search/?{query}").text  # type: ignore[arg-type]


def _order(customer: Customer, number: str, title: str = "") -> Record:
    record = Record.objects.create(
        customer=customer, kind="order", external_id=number, title=title, amount=Decimal("49.90")
    )
    refresh_search_text(customer)
    return record


def test_groups_of_customers_conversations_messages_and_records(floor: Floor) -> None:
    customer = make.make_customer("Līga Bērziņa")
    order = _order(customer, "10482", "Winter jacket")
    conversation = make.make_waiting(floor.account, customer=customer, text="Kur ir mans pasūtījums?")
    html = _found(floor, floor.ada, "q=berzina")
    assert f'id="customers-{customer.pk}"' in html
    assert f'id="conversations-{conversation.pk}"' in html
    assert f'id="records-{order.pk}"' in html
    assert "<mark>Bērziņa</mark>" in html
    message = Message.objects.get(conversation=conversation, kind="in")
    html = _found(floor, floor.ada, "q=pasutijums")
    assert f'href="/console/c/{conversation.pk}/?at={message.seq}"' in html
    assert "<mark>pasūtījums</mark>" in html


@pytest.mark.parametrize("query", ["10482", "winter jaket", "jacket", "liga berzina", "ozolss", "Ozols"])
def test_records_are_found_by_number_title_and_customer(floor: Floor, query: str) -> None:
    order = _order(make.make_customer("Līga Bērziņa"), "10482", "Winter jacket")
    other = _order(make.make_customer("Artūrs Ozols"), "20001", "Tent")
    html = _found(floor, floor.ada, f"q={query}&kind=records")
    wanted, unwanted = (other, order) if "oz" in query.lower() else (order, other)
    assert f'id="records-{wanted.pk}"' in html
    assert f'id="records-{unwanted.pk}"' not in html


def test_a_conversation_is_found_by_its_number_first(floor: Floor) -> None:
    conversations = [make.make_waiting(floor.account, customer=make.make_customer(f"Nr {n}")) for n in range(3)]
    wanted = conversations[0]
    html = _found(floor, floor.ada, f"q=%23{wanted.pk}&kind=conversations")
    assert html.index(f'id="conversations-{wanted.pk}"') == html.index('id="conversations-')


def test_nobody_finds_what_they_do_not_see(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account, customer=make.make_customer("Zelda"), text="secret question")
    for query in ("q=zelda", "q=secret+question", f"q=%23{conversation.pk}"):
        assert "/console/c/" not in _found(floor, floor.other_team, query)
        assert 'role="option"' not in _found(floor, floor.other_brand, query)
    # A colleague of the brand may look the customer up, on the card alone.
    assert f"/console/customers/{conversation.customer_id}/" in _found(floor, floor.other_team, "q=zelda")


def test_filters_narrow_by_channel_state_and_day(floor: Floor) -> None:
    mail = make.make_account("mail", queue=floor.queue, kind="mail", channel=Channel.EMAIL)
    chat = make.make_active(floor.account, floor.ada, customer=make.make_customer("Anna One"), text="lost parcel")
    letter = make.make_waiting(mail, customer=make.make_customer("Anna Two"), text="lost parcel too")
    close(conversation_id=chat.pk, actor=floor.ada.user)
    old = Conversation.objects.get(pk=chat.pk).last_message_at - timedelta(days=3)
    Message.objects.filter(conversation=chat).update(created_at=old)

    def conversations(query: str) -> set[int]:
        html = _found(floor, floor.sue, f"q=lost+parcel&kind=messages&{query}")
        return {row.pk for row in (chat, letter) if f"/console/c/{row.pk}/" in html}

    assert conversations("") == {chat.pk, letter.pk}
    assert conversations("channel=email") == {letter.pk}
    assert conversations("state=closed") == {chat.pk}
    assert conversations("state=open") == {letter.pk}
    assert conversations(f"until={(old + timedelta(days=1)).date()}") == {chat.pk}
    assert conversations(f"since={(old + timedelta(days=2)).date()}") == {letter.pk}
    assert conversations("channel=nonsense&since=rubbish&after=x_y") == {chat.pk, letter.pk}
    assert f'id="customers-{letter.customer_id}"' in _found(floor, floor.sue, "q=anna&kind=customers&channel=email")
    assert f'id="customers-{chat.customer_id}"' not in _found(floor, floor.sue, "q=anna&kind=customers&channel=email")
    assert 'role="option"' not in _found(floor, floor.sue, "q=lost&kind=records&channel=email")


def test_more_is_paged_without_gaps_or_doubles(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.console.selectors.search.MANY", 2)
    conversation = make.make_active(floor.account, floor.ada, text="parcel 0")
    for number in range(1, 6):
        add_note(
            conversation_id=conversation.pk, author=floor.ada.user, text=f"parcel {number}", client_id=f"n{number}"
        )
    seen: list[int] = []
    url = "/console/search/?q=parcel&kind=messages"
    while url:
        html = floor.client(floor.ada).get(url).text
        seen += [m.pk for m in Message.objects.all() if f'id="messages-{m.pk}"' in html]
        url = (
            html.split("more-found")[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
            if "more-found" in html
            else ""
        )
    assert sorted(seen) == sorted(Message.objects.values_list("pk", flat=True))
    assert len(seen) == 6


def test_few_of_each_lead_to_more_of_one(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.console.selectors.search.FEW", 1)
    for number in range(2):
        make.make_customer(f"Carl {number}")
    html = _found(floor, floor.ada, "q=carl")
    assert 'data-more="customers"' in html


def test_the_page_of_results_stands_on_its_own(floor: Floor) -> None:
    customer = make.make_customer("Wanda Nowak")
    make.make_waiting(floor.account, customer=customer)
    client = floor.client(floor.ada)
    page = client.get("/console/search/?q=nowak", headers={"HX-Request": ""}).text
    assert '<main class="pane"' in page and f'id="customers-{customer.pk}"' in page
    assert "Nothing found" in client.get("/console/search/?q=qwertz", headers={"HX-Request": ""}).text


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("Līga Bērziņa", "berz", "Līga <mark>Bērz</mark>iņa"),
        ("Łódź & co", "lodz", "<mark>Łódź</mark> &amp; co"),
        ("Straße 5", "strasse", "<mark>Straße</mark> 5"),
        ("Пётр", "петр", "<mark>Пётр</mark>"),
        ("one two three", "three one", "<mark>one</mark> two <mark>three</mark>"),
        ("<b>", "b", "&lt;<mark>b</mark>&gt;"),
        ("nothing", "xyz", "nothing"),
    ],
)
def test_highlight(text: str, query: str, marked: str) -> None:
    assert highlight(text, query) == marked


def test_an_excerpt_begins_near_the_words() -> None:
    text = "word " * 60 + "the pārcel is lost " + "word " * 60
    cut = excerpt(text, "parcel")
    assert "<mark>pārcel</mark>" in cut and cut.startswith("… ") and len(cut) < 200
