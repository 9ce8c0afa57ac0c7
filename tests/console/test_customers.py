"""The customer's card part by part, what is changed on it, duplicates, contacts by hand, the page of customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from contactcenter.base.clock import now
from contactcenter.console.customer_words import customer_line, status_look
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import (
    BlockedAddress,
    ConsentEntry,
    Conversation,
    Customer,
    CustomerMerge,
    MatchProposal,
    Record,
)
from contactcenter.conversations.services.cards import add_address, change_field
from contactcenter.conversations.services.customers import find_or_create_identity, propose_match, update_customer
from contactcenter.conversations.states import IdentityKind, IdentityLevel
from routing.models import Disposition
from routing.services.handling import close
from routing.services.wrapping import finish_wrap_up
from tests import factories as make
from tests.console.conftest import Floor
from tests.console.sockets import Console, do, run

pytestmark = pytest.mark.django_db(transaction=True)
LIGA = "liga@example.com"


@pytest.fixture
def liga(floor: Floor) -> Customer:
    """Verified by mail, claims a phone, waits in the queue of ada and ben."""
    customer = make.make_customer("Līga")
    email = {"kind": IdentityKind.EMAIL, "address": LIGA, "level": IdentityLevel.VERIFIED}
    find_or_create_identity(brand=customer.brand, customer=customer, **email)
    add_address(customer_id=customer.pk, kind=IdentityKind.PHONE, address="26123456", actor=floor.ben.user)
    make.make_waiting(floor.account, customer=customer)
    return customer


def part(client: Client, customer: Customer, name: str, query: str = "") -> str:
    answer = client.get(f"/console/customers/{customer.pk}/part/{name}/{query}")
    assert answer.status_code == 200
    return answer.text


def trigger_of(answer: Any) -> str:
    return str(answer.headers.get("HX-Trigger", ""))


# -- the card ----------------------------------------------------------------------------------


def test_the_column_is_a_shell_whose_parts_come_by_themselves(floor: Floor, liga: Customer) -> None:
    conversation = liga.conversations.get()
    html = floor.client(floor.ben).get(f"/console/c/{conversation.pk}/context/").text
    for name in ("profile", "addresses", "records", "contacts", "consents", "duplicates"):
        assert f'hx-get="/console/customers/{liga.pk}/part/{name}/"' in html
    assert "Try again" in html
    assert "liga@example.com" not in html


def test_addresses_show_their_level_in_words_with_an_icon(floor: Floor, liga: Customer) -> None:
    html = part(floor.client(floor.ben), liga, "addresses")
    for words, icon in (("Verified", "shield"), ("Recognised", "check"), ("Claimed", "alert")):
        assert words in html
        assert f"#i-{icon}" in html
    assert html.index("Verified") < html.index("Claimed") < html.index("Website visitor"), "the surest first"
    assert "Verified: proved who they are" in part(floor.client(floor.ben), liga, "profile")


def test_the_card_of_another_brand_or_of_nobody_is_not_there(floor: Floor, liga: Customer) -> None:
    assert floor.client(floor.other_brand).get(f"/console/customers/{liga.pk}/part/profile/").status_code == 404
    assert floor.client(floor.ben).get(f"/console/customers/{liga.pk}/part/secrets/").status_code == 404
    assert floor.client(floor.other_team).get(f"/console/customers/{liga.pk}/part/profile/").status_code == 200


def test_records_are_grouped_with_a_few_of_each_and_all_on_demand(floor: Floor, liga: Customer) -> None:
    for number in range(5):
        Record.objects.create(
            customer=liga,
            kind="order",
            external_id=f"1048{number}",
            title="Lamp",
            status="Delayed",
            amount=Decimal("49.9"),
            currency="EUR",
            occurred_at=now(),
            url="https://shop.example/o/1",
            data={"items": ["lamp", "bulb"], "tracking_no": "<DPD>"},
        )
    Record.objects.create(customer=liga, kind="loan_case", external_id="L1", title="Loan")
    client = floor.client(floor.ben)
    html = part(client, liga, "records")
    assert html.count('class="record"') == 4
    assert html.index("Orders") < html.index("Loan case")
    for words in ("Show all 5", "€ 49.90", "lamp, bulb", "Tracking no", "&lt;DPD&gt;", "noopener noreferrer"):
        assert words in html
    assert part(client, liga, "records", "?all=order").count('class="record"') == 6


@pytest.mark.parametrize(
    ("status", "look"),
    [("Delivered", "ok"), ("in_transit", ""), ("Payment overdue", "bad"), ("DELAYED", "warn"), ("Returned", "")],
)
def test_a_status_looks_as_it_is(status: str, look: str) -> None:
    assert status_look(status)[0] == look


def test_contacts_are_one_line_each_paged_and_only_those_one_sees(
    floor: Floor, liga: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contactcenter.console.selectors.customers.CONTACTS", 2)
    carol = make.make_customer("Carol")
    disposition = Disposition.objects.create(name="Explained")
    made = []
    for number in range(5):
        row = make.make_active(floor.account, floor.ada, customer=carol, text=f"question {number}")
        close(conversation_id=row.pk, actor=floor.ada.user)
        finish_wrap_up(assignment_id=row.assignments.get().pk, agent_id=floor.ada.pk, disposition=disposition, note="")
        made.append(row)
    client = floor.client(floor.ben)
    seen: list[int] = []
    query = f"?conversation={made[0].pk}"
    while query:
        html = part(client, carol, "contacts", query)
        seen += [row.pk for row in made if f'data-open="{row.pk}"' in html]
        assert html.count("Explained") == html.count("data-open=")
        more = html.split("contacts/?")[1].split('"')[0] if "contacts/?" in html else ""
        query = f"?{more}&conversation={made[0].pk}" if more else ""
    assert sorted(seen) == [row.pk for row in made[1:]]
    assert "data-open=" not in part(floor.client(floor.other_team), carol, "contacts")
    assert client.get(f"/console/customers/{carol.pk}/part/contacts/?before=rubbish_x").status_code == 200


def test_the_parts_need_few_queries(
    floor: Floor,
    liga: Customer,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client = floor.client(floor.ben)
    for name in ("profile", "addresses", "records", "contacts", "consents", "duplicates"):
        with django_assert_max_num_queries(13):
            part(client, liga, name)


# -- changes -----------------------------------------------------------------------------------


def test_a_field_is_saved_where_it_stands(floor: Floor, liga: Customer) -> None:
    conversation = liga.conversations.get()
    fields = {"field": "name", "value": "Līga Bērziņa", "was": "Līga", "conversation": conversation.pk}
    answer = floor.client(floor.ben).post(f"/console/customers/{liga.pk}/field/", fields)
    assert "Līga Bērziņa" in answer.text
    html = floor.client(floor.ben).get(f"/console/c/{conversation.pk}/").text
    assert "Ben changed the customer: name “Līga Bērziņa”, was “Līga”" in html


def test_a_change_in_between_is_told_with_what_it_is_now(floor: Floor, liga: Customer) -> None:
    change_field(customer_id=liga.pk, field="note", value="Ada’s", was="", actor=floor.ada.user)
    url = f"/console/customers/{liga.pk}/field/"
    answer = floor.client(floor.ben).post(url, {"field": "note", "value": "Ben’s", "was": ""})
    assert answer.status_code == 409
    assert answer.json()["current"] == "Ada’s"
    assert "HX-Trigger" not in answer.headers, "shown beside the field, not in the corner"
    again = {"field": "note", "value": "Ben’s", "was": answer.json()["current"]}
    assert floor.client(floor.ben).post(url, again).status_code == 200
    wrong = floor.client(floor.ben).post(url, {"field": "brand", "value": "2", "was": "1"})
    assert wrong.status_code == 400


def test_who_does_not_see_the_conversation_does_not_write_in_its_log(floor: Floor, liga: Customer) -> None:
    fields = {"add": "x", "conversation": liga.conversations.get().pk}
    assert floor.client(floor.other_team).post(f"/console/customers/{liga.pk}/tags/", fields).status_code == 404
    del fields["conversation"]
    assert floor.client(floor.other_team).post(f"/console/customers/{liga.pk}/tags/", fields).status_code == 200


def test_tags_with_suggestions(floor: Floor, liga: Customer) -> None:
    update_customer(make.make_customer("Other"), tags=["Riga", "it's <b>"])
    client = floor.client(floor.ben)
    url = f"/console/customers/{liga.pk}/tags/"
    assert '<option value="Riga">' in client.get(url).text
    html = client.post(url, {"add": "it's <b>"}).text
    assert "\\u0027s \\u003cb" in html, "the removing button carries it safely"
    assert "it&#x27;s &lt;b&gt;" in html
    client.post(url, {"remove": "it's <b>"})
    assert Customer.objects.get(pk=liga.pk).tags == []


def test_addresses_are_added_as_claimed_and_removed(floor: Floor, liga: Customer) -> None:
    client = floor.client(floor.ben)
    refused = client.post(f"/console/customers/{liga.pk}/addresses/", {"kind": "email", "address": "nonsense"})
    assert refused.status_code == 400
    assert "nonsense" in refused.json()["text"]
    client.post(f"/console/customers/{liga.pk}/addresses/", {"kind": "email", "address": "second@example.com"})
    second = liga.identities.get(address="second@example.com")
    assert second.level == IdentityLevel.CLAIMED
    assert client.post(f"/console/addresses/{second.pk}/remove/").status_code == 200
    sure = liga.identities.get(address=LIGA)
    assert client.post(f"/console/addresses/{sure.pk}/remove/").status_code == 400
    assert floor.client(floor.other_brand).post(f"/console/addresses/{sure.pk}/remove/").status_code == 404


def test_blocking_says_first_what_will_happen(floor: Floor, liga: Customer) -> None:
    identity = liga.identities.get(address=LIGA)
    ben = floor.client(floor.ben)
    asked = ben.get(f"/console/addresses/{identity.pk}/block/").text
    assert "kept apart" in asked
    assert not BlockedAddress.objects.exists()
    ben.post(f"/console/addresses/{identity.pk}/block/", {"reason": "Threats", "lasts": "7"})
    block = BlockedAddress.objects.get()
    assert block.until is not None
    assert 6 < (block.until - now()).total_seconds() / 86_400 < 7.1
    html = part(floor.client(floor.ada), liga, "addresses")
    assert "Blocked until" in html
    assert "Threats" in html
    assert "Only a supervisor can lift" in html
    assert "Blocked" in part(floor.client(floor.ada), liga, "profile")
    assert floor.client(floor.ada).post(f"/console/addresses/{identity.pk}/unblock/").status_code == 403
    assert floor.client(floor.sue).post(f"/console/addresses/{identity.pk}/unblock/").status_code == 200
    assert "Blocked" not in part(ben, liga, "profile")
    late = ben.post(f"/console/addresses/{identity.pk}/block/", {"reason": "x", "lasts": "until"})
    assert late.status_code == 400


def test_consent_is_a_ledger(floor: Floor, liga: Customer) -> None:
    client = floor.client(floor.ben)
    url = f"/console/customers/{liga.pk}/consents/"
    assert "How we know" in client.get(url).text
    assert client.post(url, {"purpose": "marketing", "is_granted": "yes"}).status_code == 400
    client.post(url, {"purpose": "marketing", "is_granted": "yes", "proof": "said so at the counter"})
    html = client.post(url, {"purpose": "marketing", "is_granted": "no", "proof": "called back"}).text
    assert html.index("Withdrawn") < html.index("Given")
    assert "said so at the counter" in html
    assert ConsentEntry.objects.filter(actor=floor.ben.user).count() == 2


@pytest.mark.parametrize("kind", [EventKind.CONSENT_GIVEN, EventKind.CONSENT_WITHDRAWN])
def test_lines_about_consent_are_whole(kind: EventKind) -> None:
    told = {"actor": "Ada", "purpose": "marketing"}
    assert customer_line(kind, told) is None
    assert str(kind.label).format(**told).endswith("Marketing")


@pytest.mark.parametrize(
    ("field", "before", "after", "line"),
    [
        ("value", "1", "10", "Ada changed the customer: value “VIP”, was “Ordinary”"),
        ("language", "", "lv", "Ada changed the customer: language “Latvian”"),
        ("note", "x", "", "Ada changed the customer: note empty, was “x”"),
        ("tag", "", "Riga", "Ada tagged the customer Riga"),
        ("address", "a@b.lv", "", "Ada removed the address a@b.lv"),
    ],
)
def test_lines_about_changes_say_what_was_and_is(field: str, before: str, after: str, line: str) -> None:
    told = {"actor": "Ada", "field": field, "before": before, "after": after}
    assert customer_line(EventKind.CUSTOMER_CHANGED, told) == line


# -- duplicates --------------------------------------------------------------------------------


def test_duplicates_are_compared_merged_and_parted_again(floor: Floor, liga: Customer) -> None:
    twin = make.make_customer("L. Berzina")
    add_address(customer_id=twin.pk, kind=IdentityKind.EMAIL, address=LIGA, actor=floor.ada.user)
    client = floor.client(floor.ben)
    html = part(client, liga, "duplicates")
    assert "Same email address: liga@example.com (claimed)" in html
    shown = client.get(f"/console/customers/{liga.pk}/compare/{twin.pk}/").text
    for words in ("Līga stays", "L. Berzina stays", "1 conversation moves", "Who stays?"):
        assert words in shown
    url = f"/console/customers/{liga.pk}/merge/{twin.pk}/"
    assert client.post(url, {}).status_code == 400
    for _twice in range(2):
        assert "Merged with L. Berzina" in client.post(url, {"kept": liga.pk}).text
    assert client.get(f"/console/customers/{twin.pk}/part/profile/").status_code == 404
    assert "L. Berzina" not in client.get("/console/customers/?q=berzina").text
    merge = CustomerMerge.objects.get()
    assert floor.client(floor.other_brand).post(f"/console/customer-merges/{merge.pk}/undo/").status_code == 404
    client.post(f"/console/customer-merges/{merge.pk}/undo/")
    assert client.get(f"/console/customers/{twin.pk}/part/profile/").status_code == 200
    assert not MatchProposal.objects.filter(decided_at=None).exists()


def test_the_other_one_may_stay(floor: Floor, liga: Customer) -> None:
    twin = make.make_customer("L. Berzina")
    answer = floor.client(floor.ben).post(f"/console/customers/{liga.pk}/merge/{twin.pk}/", {"kept": twin.pk})
    assert answer.status_code == 200
    assert Customer.objects.get(pk=liga.pk).merged_into == twin
    assert f'"into": {twin.pk}' in trigger_of(answer), "the browser that did it follows without a socket"


def test_not_the_same_is_said_once(floor: Floor, liga: Customer) -> None:
    twin = make.make_customer("L. Berzina")
    proposal = propose_match(liga, twin, {"kind": "phone", "address": "+371", "level": "claimed"})
    client = floor.client(floor.ben)
    html = client.post(f"/console/matches/{proposal.pk}/dismiss/", {"customer": twin.pk}).text
    assert "Nobody else looks like this customer" in html
    assert client.post(f"/console/matches/{proposal.pk}/dismiss/", {"customer": twin.pk}).status_code == 404


def test_another_customer_is_found_to_merge_with(floor: Floor, liga: Customer) -> None:
    twin = make.make_customer("Liga Berzina")
    make.make_customer("Liga Foreign", brand=make.make_brand("suedwind"))
    html = floor.client(floor.admin).get(f"/console/customers/{liga.pk}/duplicate/?q=liga").text
    assert f"/console/customers/{liga.pk}/compare/{twin.pk}/" in html
    assert "Foreign" not in html
    assert f"compare/{liga.pk}/" not in html


# -- new contacts ------------------------------------------------------------------------------


def logged(**changes: Any) -> dict[str, Any]:
    fields = {"channel": "in_person", "at": "2026-03-01T10:30", "text": "Came by", "client_id": "contact-0001"}
    return {**fields, **changes}


def test_a_contact_is_logged_from_the_list_to_the_timeline(floor: Floor) -> None:
    client = floor.client(floor.ada)
    asked = client.get("/console/contacts/new/").text
    key = asked.split('name="key" value="')[1].split('"')[0]
    brand = floor.account.brand_id
    new = {"name": "Walk-in", "brand": brand, "kind": "phone", "address": "26123456", "language": "lv", "key": key}
    for _twice in range(2):
        dialog = client.post("/console/contacts/customer/", new).text
    customer = Customer.objects.get(name="Walk-in")
    assert f'hx-post="/console/customers/{customer.pk}/contact/"' in dialog
    answer = client.post(f"/console/customers/{customer.pk}/contact/", logged(tags="shop, lamp"))
    conversation = Conversation.objects.get(customer=customer)
    assert f'"show-conversation": {conversation.pk}' in trigger_of(answer)
    assert conversation.tags == ["shop", "lamp"]
    html = client.get(f"/console/c/{conversation.pk}/").text
    assert "Came by" in html
    assert "Ada logged this contact" in html
    again = client.post(f"/console/customers/{customer.pk}/contact/", logged())
    assert f'"show-conversation": {conversation.pk}' in trigger_of(again)
    assert customer.name in client.get("/console/contacts/new/?q=walk").text


def test_the_time_of_a_contact_is_the_agents_own(floor: Floor, liga: Customer) -> None:
    floor.ada.user.time_zone = "Europe/Riga"
    floor.ada.user.save()
    floor.client(floor.ada).post(f"/console/customers/{liga.pk}/contact/", logged())
    at = Conversation.objects.get(channel="in_person").created_at
    assert at.isoformat() == "2026-03-01T08:30:00+00:00"
    future = floor.client(floor.ada).post(
        f"/console/customers/{liga.pk}/contact/", logged(at="2099-01-01T10:00", client_id="contact-0002")
    )
    assert future.status_code == 400


def test_a_conversation_is_started_where_an_account_can_and_shown_if_it_is_open(
    floor: Floor, liga: Customer, settings: Any
) -> None:
    client = floor.client(floor.ada)
    url = f"/console/customers/{liga.pk}/contact/"
    assert "Start the conversation" not in client.get(url).text, "a widget cannot write first"
    settings.CHANNEL_ADAPTERS = {**settings.CHANNEL_ADAPTERS, "pigeon": "tests.channels.adapters.PigeonAdapter"}
    pigeon = make.make_account("pigeon", queue=floor.queue, kind="pigeon", channel="sms")  # type: ignore[arg-type]
    phone = liga.identities.get(kind="phone")
    assert "Start the conversation" in client.get(url).text
    way = {"way": f"{pigeon.pk}-{phone.pk}", "subject": "Your lamp"}
    first = client.post(f"/console/customers/{liga.pk}/start/", way)
    started = Conversation.objects.get(account=pigeon)
    assert (started.owner, started.subject, started.state) == (floor.ada.user, "Your lamp", "active")
    assert f'"show-conversation": {started.pk}' in trigger_of(first)
    assert trigger_of(client.post(f"/console/customers/{liga.pk}/start/", way)) == trigger_of(first)
    BlockedAddress.objects.create(brand=liga.brand, kind="phone", address=phone.address, reason="x")
    assert client.post(f"/console/customers/{liga.pk}/start/", way).status_code == 400
    assert floor.client(floor.sue).post(f"/console/customers/{liga.pk}/start/", way).status_code == 403


# -- the page of customers ---------------------------------------------------------------------


def test_customers_are_paged_without_gaps_and_searched(
    floor: Floor, liga: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contactcenter.console.selectors.customers.PAGE", 2)
    made = [liga, *(make.make_customer(f"C{number}") for number in range(4))]
    foreign = make.make_customer("Foreign", brand=make.make_brand("suedwind"))
    client = floor.client(floor.ben)
    seen: list[int] = []
    url = "/console/customers/"
    while url:
        html = client.get(url).text
        seen += [row.pk for row in [*made, foreign] if f'data-customer-row="{row.pk}"' in html]
        url = html.split('class="more')[1].split('hx-get="')[1].split('"')[0] if 'class="more' in html else ""
    assert sorted(seen) == sorted(row.pk for row in made)
    found = client.get("/console/customers/?q=liga%40example").text
    assert f'data-customer-row="{liga.pk}"' in found
    assert "C1" not in found
    assert f'data-open="{liga.conversations.get().pk}"' in found


def test_a_customer_opens_with_the_conversation_to_look_at(floor: Floor, liga: Customer) -> None:
    conversation = liga.conversations.get()
    answer = floor.client(floor.ben).get(f"/console/customers/{liga.pk}/")
    assert f'"show-conversation": {conversation.pk}' in trigger_of(answer)
    stranger = floor.client(floor.other_team).get(f"/console/customers/{liga.pk}/")
    assert "There is no conversation that you can see" in stranger.text
    assert 'id="context"' in stranger.text
    page = Client()
    page.force_login(floor.other_team.user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    html = page.get(f"/console/customers/{liga.pk}/").text
    assert 'data-list="customers"' in html
    assert f"/console/customers/{liga.pk}/part/profile/" in html
    page.force_login(floor.ben.user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    assert page.get(f"/console/customers/{liga.pk}/").url == f"/console/c/{conversation.pk}/"
    assert 'data-list="customers"' in page.get("/console/customers/").text


def test_changes_go_live_to_the_brands_consoles(floor: Floor, liga: Customer) -> None:
    async def story() -> None:
        async with Console(floor.client(floor.ben)) as ben, Console(floor.client(floor.other_brand)) as dora:
            url = f"/console/customers/{liga.pk}"
            await do(floor.client(floor.ada).post, f"{url}/tags/", {"add": "Riga"})
            frame = await ben.frame("customer")
            assert frame == {"t": "customer", "customer": liga.pk, "parts": ["profile"]}
            twin = await do(make.make_customer, "Twin")
            await do(floor.client(floor.ada).post, f"{url}/merge/{twin.pk}/", {"kept": twin.pk})
            assert (await ben.frame("customer", customer=liga.pk))["into"] == twin.pk
            assert not [frame for frame in await dora.frames_until_pong() if frame["t"] == "customer"]

    run(story())
