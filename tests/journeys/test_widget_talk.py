"""What customers live through in the widget: pages that close, servers that die, long talks, and what comes after."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.desk import Desk, wait_for
from tests.journeys.hosts import KEY, configure
from tests.journeys.people import AgentAtDesk, Customer, People
from tests.journeys.test_console_axe import SERIOUS

LANGUAGES = ("en", "et", "lv", "ru", "pl")
LONG = 1000
CODE = r"\b(\d{6})\b"

_LENGTHEN = """
from contactcenter.conversations.models import Message
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.states import MessageKind
from django.db import transaction
first = Message.objects.get(text={text!r})
with transaction.atomic():
    conversation = lock_conversation(first.conversation_id)
    for number in range({count}):
        add_message(conversation, MessageKind.IN, f"Line {{number}} of a long story", identity=first.identity)
"""


@pytest.fixture
def as_before(desk: Desk) -> Iterator[None]:
    before = configure(desk)
    yield
    configure(desk, **{"prechat": None, "privacy_url": None} | before)


def talking(people: People, text: str) -> tuple[AgentAtDesk, Customer]:
    ada = people.agent("ada")
    customer = people.customer()
    customer.open_chat()
    customer.write(text)
    ada.is_offered()
    ada.accept()
    return ada, customer


def full_page(customer: Customer, query: str = "") -> Page:
    customer.page.goto(f"{customer.desk.url}/c/{KEY}/chat/{query}")
    return customer.page


def mailed(person: Customer, address: str, pattern: str) -> str:
    """What the newest mail to this address says, as the demo shows it."""
    tab = person.context.new_page()

    def look() -> str | None:
        tab.goto(f"{person.desk.url}/demo/mail/")
        links = tab.locator("tr", has_text=address).get_by_role("link")
        for link in links.evaluate_all("(nodes) => nodes.map((node) => node.href)"):
            tab.goto(link)
            found = re.search(pattern, tab.locator("body").inner_text())
            if found:
                return found[1]
        return None

    found = wait_for(f"a mail to {address} with {pattern}", look, seconds=180)
    tab.close()
    return found


def test_closed_in_the_middle_of_sending_and_the_server_restarted(people: People) -> None:
    customer = people.customer()
    customer.open_chat()
    customer.write("Written and gone")
    customer.page.goto("about:blank")  # before any acknowledgement, or just after
    customer.page.goto(f"{people.desk.url}/demo/shop/")
    customer.page.evaluate("cc('open')")
    if not customer.widget.get_by_text("Written and gone").count():
        expect(customer.widget.get_by_text("Written and gone").first).to_be_visible()
    customer.sees("Written and gone")

    people.desk.kill("web")
    customer.write("Into the void")
    customer.sees("Into the void")
    customer.page.close()
    customer.page = customer.context.new_page()
    customer.page.set_default_timeout(120_000)
    customer.page.goto(f"{people.desk.url}/demo/shop/")
    customer.page.evaluate("cc('open')")
    customer.sees("Into the void")
    expect(customer.log.get_by_text("Sent").or_(customer.log.get_by_text("Seen")).nth(1)).to_be_visible(timeout=120_000)
    customer.page.reload()
    customer.sees("Into the void")
    customer.sees("Written and gone")


@pytest.mark.full
def test_a_thousand_messages(people: People) -> None:
    beginning = f"It begins here {uuid.uuid4().hex[:8]}"
    customer = people.customer()
    customer.open_chat()
    customer.write(beginning)
    expect(customer.log.get_by_text("Sent")).to_be_visible()
    people.desk.run(_LENGTHEN.format(text=beginning, count=LONG))
    customer.page.reload()
    customer.sees(f"Line {LONG - 1} of a long story")
    rows = customer.log.locator("li.msg")
    assert rows.count() < 60, "a long talk begins with its end"
    scroll = customer.widget.locator("main")
    while not customer.log.get_by_text(beginning, exact=True).count():
        before = rows.count()
        scroll.evaluate("(node) => { node.scrollTop = 0 }")
        expect(rows).not_to_have_count(before)
        assert scroll.evaluate("(node) => node.scrollTop") > 0, "what was read stays where it was"
    assert rows.count() == LONG + 1
    lines = customer.log.locator("li.msg p").all_text_contents()
    assert lines[1:] == [f"Line {number} of a long story" for number in range(LONG)], "each once, in order"
    scroll.evaluate("(node) => { node.scrollTop = node.scrollHeight }")
    customer.write("And goes on")
    customer.sees("And goes on")
    expect(customer.log.get_by_text("And goes on", exact=True)).to_be_in_viewport()


def test_after_the_end(people: People) -> None:
    address = f"carla-{uuid.uuid4().hex[:8]}@example.com"
    ada, customer = talking(people, "Is it washable?")
    ada.reply("At thirty degrees")
    customer.sees("At thirty degrees")
    ada.close_conversation()
    widget = customer.widget
    expect(widget.get_by_text("How was it?")).to_be_visible()
    widget.get_by_role("radio", name="4, good").check(force=True)
    widget.get_by_role("textbox", name="Comment").fill("Quick and kind")
    widget.get_by_role("button", name="Send rating").click()
    expect(widget.get_by_text("Rating sent")).to_be_visible()
    expect(widget.get_by_role("img", name="4, good")).to_be_visible()
    widget.get_by_role("button", name="Change").click()
    widget.get_by_role("radio", name="5, great").check(force=True)
    widget.get_by_role("button", name="Send rating").click()
    expect(widget.get_by_role("img", name="5, great")).to_be_visible()

    with customer.page.expect_download() as download:
        widget.get_by_role("button", name="Download a copy").click()
    assert "At thirty degrees" in download.value.path().read_text()
    widget.get_by_role("button", name="Copy by email").click()
    widget.get_by_role("textbox", name="Your email").fill(address)
    widget.get_by_role("button", name="Send the code").click()
    widget.get_by_role("textbox", name="Code").fill("000000")
    widget.get_by_role("button", name="Confirm").click()
    expect(widget.get_by_role("alert")).to_be_visible()
    widget.get_by_role("textbox", name="Code").fill(mailed(customer, address, CODE))
    widget.get_by_role("button", name="Confirm").click()
    expect(widget.get_by_text("The copy is on its way")).to_be_visible()

    widget.get_by_role("button", name="Back").click()
    widget.get_by_role("button", name="At thirty degrees").click()
    expect(customer.log.get_by_text("At thirty degrees")).to_be_visible()
    widget.get_by_role("button", name="Delete my data").click()
    widget.get_by_role("button", name="Delete", exact=True).click()
    expect(widget.get_by_text("Your request has been noted")).to_be_visible()
    expect(widget.get_by_text("At thirty degrees")).to_have_count(0)
    assert customer.page.evaluate(f"localStorage.getItem('cc:{KEY}')") is None
    ada.finish_wrap_up("Delivery question", "told her")


def test_nobody_answers_and_the_answer_comes_by_mail(people: People) -> None:
    desk, address = people.desk, f"dora-{uuid.uuid4().hex[:8]}@example.com"
    database = desk.runtime()["environment"]["DATABASE_URL"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE routing_queue SET max_wait_seconds = 1")
        try:
            customer = people.customer()
            customer.open_chat()
            customer.write("Nobody there?")
            expect(customer.widget.get_by_text("This takes longer than it should")).to_be_visible(timeout=120_000)
        finally:
            connection.execute("UPDATE routing_queue SET max_wait_seconds = NULL")
    widget = customer.widget
    widget.get_by_role("textbox", name="Your email").fill(address)
    widget.get_by_role("button", name="Leave a message").click()
    widget.get_by_role("textbox", name="Code").fill(mailed(customer, address, CODE))
    widget.get_by_role("button", name="Confirm").click()
    expect(widget.get_by_text("Your message is kept")).to_be_visible()
    customer.page.close()

    ada = people.agent("ada")
    ada.is_offered("Nobody there?")
    ada.accept()
    ada.reply("Here I am")
    ada.sees("Here I am")
    with psycopg.connect(database, autocommit=True) as connection:
        left = (
            "SELECT 1 FROM conversations_conversation WHERE customer_left_at IS NOT NULL AND state <> 'closed' "
            "AND last_message_text = 'Here I am'"
        )
        wait_for(
            "the answer sent and the closed page noticed", lambda: connection.execute(left).fetchone(), seconds=180
        )
        # As if two minutes had passed.
        connection.execute(
            "UPDATE conversations_conversation SET customer_left_at = customer_left_at - interval '2 minutes', "
            "last_message_at = last_message_at - interval '2 minutes' "
            "WHERE customer_left_at IS NOT NULL AND state <> 'closed'"
        )
    reader = people.customer()
    link = mailed(reader, address, rf"(http\S+/c/{KEY}/chat\S*resume=\S+)")
    reader.page.goto(link)
    expect(reader.page.get_by_role("log").get_by_text("Here I am")).to_be_visible()
    assert "resume" not in reader.page.url, "the key is out of the address"
    reader.page.get_by_role("textbox", name="Message").fill("Wonderful")
    reader.page.get_by_role("button", name="Send", exact=True).click()
    ada.sees("Wonderful")


@pytest.mark.usefixtures("as_before")
def test_form_languages_widths_and_themes(people: People, desk: Desk) -> None:
    configure(
        desk,
        prechat={
            "name": "optional",
            "email": "required",
            "phone": "optional",
            "topic": "required",
            "order": "optional",
            "consent": "required",
        },
        privacy_url="https://shop.example/privacy",
    )
    customer = people.customer()
    for language in LANGUAGES:
        for width in (360, 430, 1024):
            customer.page.set_viewport_size({"width": width, "height": 740})
            page = full_page(customer, f"?lang={language}&ref=qr-7")
            assert page.locator("html").get_attribute("lang") == language
            page.locator(".hero").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.locator(".card .btn.primary").click()
            page.locator("form .do .btn").click()
            expect(page.locator("[aria-invalid]").first).to_be_focused()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page = full_page(customer, "?lang=en&topic=invoice")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 30, 38)"
    page.get_by_role("button", name="Start a chat").click()
    page.get_by_role("textbox", name="Message").fill("<img src=x onerror=alert(1)>")
    page.get_by_role("textbox", name="Your email").fill("no address")
    page.get_by_role("checkbox").check()
    if not page.get_by_role("radio").first.is_checked():
        page.get_by_role("radio").first.check(force=True)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#f-email")).to_be_focused()
    expect(page.locator("#e-email")).to_be_visible()
    page.get_by_role("textbox", name="Your email").fill("eve@example.com")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log").get_by_text("<img src=x onerror=alert(1)>", exact=True)).to_be_visible()
    expect(page.get_by_role("log").get_by_text("Sent")).to_be_visible()  # before the floor is cleared, not after
    page.get_by_role("button", name="Back").click()
    page.get_by_role("combobox", name="Language").select_option("lv")
    expect(page.locator("html")).to_have_attribute("lang", "lv")


def test_keyboard_and_screen_readers(people: People) -> None:
    customer = people.customer()
    page = customer.page
    page.goto(f"{people.desk.url}/demo/shop/")
    page.evaluate("new Promise((done) => cc('on', 'ready', done))")
    # The launcher's own element stands beside the body; what is in it is nobody's business.
    at_launcher = "document.activeElement.parentNode === document.documentElement && !document.body.matches(':focus')"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(at_launcher), "the launcher is the last stop of the page"
    page.keyboard.press("Enter")
    widget = customer.widget
    expect(widget.get_by_role("heading", level=1)).to_be_visible()
    start = widget.get_by_role("button", name="Start a chat")
    for _ in range(8):
        if start.evaluate("(node) => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(start).to_be_focused()
    page.keyboard.press("Enter")
    expect(widget.get_by_role("textbox", name="Your name")).to_be_focused()
    message = widget.get_by_role("textbox", name="Message")
    message.focus()
    page.keyboard.type("By keyboard alone")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    customer.sees("By keyboard alone")
    expect(widget.get_by_role("textbox", name="Message")).to_be_focused()
    log = widget.get_by_role("log", name="Conversation")
    assert log.get_attribute("aria-live") == "polite"
    page.keyboard.press("Escape")
    page.wait_for_function(at_launcher)

    page.keyboard.press("Enter")
    widget.get_by_role("button", name="End chat").click()
    widget.get_by_role("button", name="End it").click()
    expect(widget.get_by_text("Chat ended")).to_be_visible()

    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for surface in _surfaces(full_page(customer)):
            problems = [row for row in Axe().run(page).response["violations"] if row["impact"] in SERIOUS]
            assert problems == [], (theme, surface, [(row["id"], row["nodes"][0]["html"][:200]) for row in problems])


def _surfaces(page: Page) -> Iterator[str]:
    """One after the other, all that a customer alone can see."""
    page.get_by_role("button", name="Start a chat").wait_for()
    yield "home"
    page.get_by_role("button", name="Start a chat").click()
    page.get_by_role("button", name="Send").click()
    page.locator("[aria-invalid]").first.wait_for()
    yield "form"
    page.get_by_role("textbox", name="Message").fill("Look at https://shop.example/coat")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("You are").wait_for()
    yield "waiting"
    page.get_by_role("button", name="End chat").click()
    yield "ending"
    page.get_by_role("button", name="End it").click()
    page.get_by_role("button", name="Copy by email").click()
    page.get_by_role("textbox", name="Your email").wait_for()
    yield "ended"
