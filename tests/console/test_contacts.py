"""Contacts by hand and conversations begun by agents; the page of customers; what goes live to other consoles."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from contactcenter.conversations.models import BlockedAddress, Conversation, Customer
from contactcenter.conversations.services.cards import add_address
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.states import IdentityKind, IdentityLevel
from tests import factories as make
from tests.console.conftest import Floor
from tests.console.sockets import Console, do, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def liga(floor: Floor) -> Customer:
    """Verified by mail, claims a phone, waits in the queue of ada and ben."""
    customer = make.make_customer("Līga")
    email = {"kind": IdentityKind.EMAIL, "address": "liga@example.com", "level": IdentityLevel.VERIFIED}
    find_or_create_identity(brand=customer.brand, customer=customer, **email)
    add_address(customer_id=customer.pk, kind=IdentityKind.PHONE, address="26123456", actor=floor.ben.user)
    make.make_waiting(floor.account, customer=customer)
    return customer


def trigger_of(answer: Any) -> str:
    return str(answer.headers.get("HX-Trigger", ""))


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
