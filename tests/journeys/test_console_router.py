"""The router as people meet it: why nobody comes and why she got it, promises, alerts, two ways at once, honest waits.

axe looks at each of these screens on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.desk import Desk, wait_for
from tests.journeys.people import AgentAtDesk, Customer, People

SERIOUS = {"serious", "critical"}
_NEWEST = """
from contactcenter.conversations.models import Conversation
conversation = Conversation.objects.latest("pk")
"""
_QUEUE = f"""{_NEWEST}
queue = conversation.entries.latest("pk").queue
"""


def look_over(page: Page, place: str) -> None:
    """axe finds nothing serious there, in either theme."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        options = {"resultTypes": ["violations"]}
        expect(page.locator(".htmx-request")).to_have_count(0)  # a list is paler while it loads
        violations = Axe().run(page, context=place, options=options).response["violations"]
        serious = [(row["id"], row["nodes"][0]["html"][:200]) for row in violations if row["impact"] in SERIOUS]
        assert not serious, (theme, serious)


def find(desk: Desk, text: str) -> int:
    """The conversation in which this was written."""
    code = f"from contactcenter.conversations.models import Message\nprint(*Message.objects.filter(text={text!r})"
    return int(wait_for(text, lambda: desk.run(f"{code}.values_list('conversation', flat=True))").strip()))


def open_conversation(person: AgentAtDesk, pk: int) -> None:
    person.page.goto(f"{person.desk.url}/console/c/{pk}/")
    expect(person.page.locator("#live")).to_have_text("Live")


def ask_why(person: AgentAtDesk) -> Locator:
    """The answer's dialog for the open conversation."""
    person.page.locator("#pane-head").get_by_label("More").click()
    person.page.get_by_role("button", name="Why?").click()
    dialog = person.page.locator("#dialog")
    expect(dialog.get_by_text("Why?", exact=True)).to_be_visible()
    return dialog


def waiting(people: People, text: str) -> tuple[Customer, int]:
    """A customer who has written while nobody was there."""
    customer = people.customer()
    customer.open_chat()
    customer.write(text)
    customer.sees(text)
    return customer, find(people.desk, text)


def test_why_nobody_comes_and_why_she_got_it(people: People) -> None:
    sue = people.agent("sue", state="")
    _customer, pk = waiting(people, "Anybody there?")
    open_conversation(sue, pk)
    dialog = ask_why(sue)
    row = dialog.get_by_role("row").filter(has=sue.page.get_by_role("rowheader", name="Ada"))
    expect(row).to_contain_text("Offline")
    look_over(sue.page, "#dialog")
    row.get_by_role("button", name="Ada").click()
    expect(dialog).to_contain_text("Ada")
    expect(dialog).to_contain_text("Queues")
    look_over(sue.page, "#dialog")

    ada = people.agent("ada")
    ada.is_offered("Anybody there?")
    ada.accept()
    open_conversation(sue, pk)
    dialog = ask_why(sue)
    expect(dialog.get_by_role("heading", name="Why Ada was asked")).to_be_visible()
    expect(dialog.get_by_role("rowheader", name="Ada")).to_be_visible()
    expect(dialog).to_contain_text("Accepted")
    look_over(sue.page, "#dialog")


@pytest.fixture
def promises(desk: Desk) -> Iterator[Any]:
    """Sets the promises of the queue that the newest conversation waits in; as they were afterwards."""
    kept = desk.run(
        "import json\n"
        "from routing.models import Queue, SLATarget\n"
        'print(json.dumps([list(SLATarget.objects.values()), list(Queue.objects.values("pk", "alert_seconds"))]))'
    )

    def promise(**values: int) -> None:
        desk.run(
            f"{_QUEUE}from routing.models import SLATarget\nSLATarget.objects.filter(queue=queue).update(**{values!r})"
        )

    yield promise
    targets, queues = json.loads(kept)
    desk.run(
        "from routing.models import Queue, SLATarget\n"
        f"for row in {targets!r}: SLATarget.objects.filter(pk=row.pop('id')).update(**row)\n"
        f"for row in {queues!r}: Queue.objects.filter(pk=row.pop('pk')).update(**row)"
    )


def test_a_promise_at_risk_is_told_then_broken_and_an_alert_is_seen(people: People, promises: Any) -> None:
    sue = people.agent("sue", state="")
    _customer, pk = waiting(people, "Still there?")
    open_conversation(sue, pk)
    promises(first_seconds=600, warn_percent=1)
    head = sue.page.locator("#pane-head")
    expect(head).to_contain_text("Due in")
    promises(first_seconds=1, warn_percent=1)
    expect(head).to_contain_text("Overdue")
    people.desk.run(f"{_QUEUE}type(queue).objects.filter(pk=queue.pk).update(alert_seconds=1)")
    bell = sue.page.locator("#bell-menu")
    expect(bell.locator(".told").first).to_be_attached()
    bell.locator("summary").click()
    look_over(sue.page, "#bell-menu")
    told = bell.locator(".told").filter(has=sue.page.locator(f'[data-open="{pk}"]'))
    told.get_by_role("button", name="Seen").click()
    expect(told).to_have_count(0)
    sue.page.goto(f"{people.desk.url}/console/?tab=queue")
    row = sue.page.locator(f"#row-{pk}")
    expect(row.get_by_title("First answer")).to_be_visible()
    look_over(sue.page, "#list, .rail")


def test_one_customer_on_two_ways_is_one_piece_of_work(people: People) -> None:
    _customer, pk = waiting(people, "I write here")
    people.desk.run(
        f"""{_QUEUE}
from django.db import transaction
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.services.messages import add_message, open_conversation
from contactcenter.conversations.states import MessageKind
from routing.models import EntryPoint
from routing.services.arriving import customer_wrote
account, _new = ChannelAccount.objects.get_or_create(
    slug="journey", defaults=dict(brand=conversation.brand, kind="mail", channel="email", name="Mail", address="j"))
EntryPoint.objects.get_or_create(account=account, topic="", defaults=dict(queue=queue))
with transaction.atomic():
    other = open_conversation(customer=conversation.customer, account=account, identity=conversation.identity)
    add_message(other, MessageKind.IN, "I wrote there, too", identity=conversation.identity)
    customer_wrote(other)
"""
    )
    other = find(people.desk, "I wrote there, too")
    ada = people.agent("ada")
    ada.is_offered("I write here")
    expect(ada.offer).to_have_count(1)
    ada.accept()
    mine = ada.page.locator("#list, .rail")
    for number in (pk, other):
        expect(mine.locator(f"#row-{number}")).to_have_count(1)
    open_conversation(ada, other)
    expect(ada.timeline).to_contain_text("I wrote there, too")


def test_the_wait_is_told_to_the_customer_and_to_whoever_transfers(people: People) -> None:
    desk = people.desk
    ada = people.agent("ada")
    first = people.customer()
    first.open_chat()
    first.write("I was first")
    ada.is_offered("I was first")
    desk.run(
        """
from django.utils import timezone
from routing.models import Agent, Queue, WaitCalibration
for queue in Queue.objects.all():
    WaitCalibration.objects.update_or_create(queue=queue, channel="chat", defaults=dict(
        samples=20, ratio_p50=1.0, ratio_p90=2.0, handle_seconds=300.0, updated_at=timezone.now()))
Agent.objects.filter(user__username="ada").update(capacity=33)
"""
    )
    try:
        ada.accept()
        second, _pk = waiting(people, "I come second")
        told = second.widget.get_by_text("min", exact=False)
        expect(told.first).to_be_visible()
        ada.page.get_by_role("button", name="Transfer").click()
        dialog = ada.page.locator("#dialog")
        expect(dialog.get_by_text("min", exact=False).first).to_be_visible()
        look_over(ada.page, "#dialog")
        ada.page.keyboard.press("Escape")
    finally:
        desk.run(
            "from routing.models import Agent, WaitCalibration\n"
            'WaitCalibration.objects.all().delete()\nAgent.objects.filter(user__username="ada").update(capacity=100)'
        )


def test_a_change_is_tried_and_staffing_is_drawn(desk: Desk, browser: Browser) -> None:
    admin = AgentAtDesk(desk, browser, "admin")
    page = admin.page
    try:
        page.goto(f"{desk.url}/admin/routing/queue/")
        page.get_by_role("link", name="Service", exact=True).first.click()
        page.get_by_role("link", name="Try a change").click()
        page.locator("#id_seeds").fill("2")
        page.locator("#id_target_seconds").fill("40")
        look_over(page, ".cc-trial-form")
        page.get_by_role("button", name="Play it").click()
        figures = page.get_by_role("table").first
        expect(figures.get_by_role("rowheader", name="Service level")).to_be_visible()
        look_over(page, ".cc-trial")
        page.goto(f"{desk.url}/admin/routing/queue/staffing/")
        expect(page.get_by_role("img", name="Agents needed and signed in")).to_be_visible()
        look_over(page, ".cc-staffing, .cc-staffing-form")
        assert admin.complaints == []
    finally:
        admin.leave()
