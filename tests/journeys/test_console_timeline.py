"""The timeline at the desk: earlier contacts, any place in it, search, files that play, a long one, others who look."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import AgentAtDesk, Customer, People

# A past for the customer of the newest open conversation: a contact that was logged five days ago, and long before the
# first word of today many messages, one of them with accents, and files.
_PAST = """
import base64, sys
from datetime import timedelta
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.text import fold
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Event, Message
from contactcenter.conversations.services.attachments import store_attachment
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.states import Channel, MessageKind
from routing.services.logging import log_contact
today = Conversation.objects.exclude(state="closed").latest("pk")
ada = User.objects.get(username="ada")
log_contact(customer=today.customer, channel=Channel.IN_PERSON, at=now() - timedelta(days=5),
            text="Brought the blue kettle back", actor=ada, client_id=f"past-{today.pk}")
count, files = %d, %r
texts = [f"Entry number {n}" for n in range(count)]
if count > 10: texts[7] = "Jautājums par piegādi uz Cēsīm"
moments = [now() - timedelta(days=20 * (count - n) / count, hours=1) for n in range(count)]
with transaction.atomic():
    today = lock_conversation(today.pk)
    start = today.event_seq
    Message.objects.bulk_create(
        Message(conversation=today, kind="in" if n %% 3 else "out", author=None if n %% 3 else ada, text=text,
                search_text=fold(text), seq=start + 1 + n, created_at=moments[n]) for n, text in enumerate(texts))
    Event.objects.bulk_create(
        Event(conversation=today, seq=start + 1 + n, at=moments[n],
              kind=EventKind.MESSAGE_RECEIVED if n %% 3 else EventKind.MESSAGE_SENT) for n in range(count))
    today.event_seq = start + count
    if files:
        stored = [store_attachment(today, SimpleUploadedFile(name, base64.b64decode(data))) for name, data in files]
        add_message(today, MessageKind.IN, "", identity=today.identity, attachments=stored)
    today.save()
print(today.pk)
"""
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def _wav(seconds: int = 3) -> str:
    size = 8000 * seconds
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = b"".join(n.to_bytes(w, "little") for n, w in ((1, 2), (1, 2), (8000, 4), (8000, 4), (1, 2), (8, 2)))
    return base64.b64encode(head + form + b"data" + size.to_bytes(4, "little") + b"\x80" * size).decode()


def _past(people: People, count: int = 0, files: list[tuple[str, str]] | None = None) -> int:
    """Give the customer of the newest conversation a past; its number."""
    return int(people.desk.run(_PAST % (count, files or [])))


def _until(page: Page, truth: str) -> None:
    """Asked again and again: the page's content policy lets nobody wait inside it."""
    for _ in range(900):
        if page.evaluate(truth):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {truth}")


@pytest.fixture
def talk(people: People) -> tuple[AgentAtDesk, Customer]:
    """Ada has taken a chat from the shop."""
    ada = people.agent("ada")
    customer = people.customer()
    customer.open_chat()
    customer.write("Where is my order?")
    ada.is_offered()
    ada.accept()
    ada.sees("Where is my order?")
    return ada, customer


def _open(agent: AgentAtDesk, pk: int, query: str = "") -> Page:
    agent.page.goto(f"{agent.desk.url}/console/c/{pk}/{query}")
    expect(agent.page.locator("#live")).to_have_text("Live")
    return agent.page


def test_an_earlier_contact_unfolds_and_folds_again(people: People, talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, _customer = talk
    page = _open(ada, _past(people))
    line = page.locator(".past")
    expect(line).to_contain_text("Brought the blue kettle back")
    expect(line).to_contain_text("Ada")
    expect(page.locator(".timeline > .day").last).to_have_text(re.compile(r"^Today, \d"))
    line.focus()
    page.keyboard.press("Enter")
    words = page.locator(".contact-line .msg.note")
    expect(words).to_contain_text("Brought the blue kettle back")
    page.keyboard.press("Enter")
    expect(words).to_be_hidden()


def test_any_place_in_a_long_timeline(people: People, talk: tuple[AgentAtDesk, Customer]) -> None:
    """Search without accents far above, the way back, a day, the reader's place while others write."""
    ada, customer = talk
    page = _open(ada, _past(people, 400))
    page.locator("#pane-menu > summary").click()
    page.get_by_role("button", name="Search in this timeline").click()
    field = page.get_by_role("searchbox", name="Search in this timeline")
    field.fill("cesim")
    expect(page.locator("#find-count")).to_have_text("1 of 1")
    hit = page.locator(".msg", has_text="Jautājums par piegādi uz Cēsīm")
    expect(hit).to_be_in_viewport()
    assert page.evaluate("[...CSS.highlights.get('hit')].map(String)") == ["Cēsīm"]
    expect(field).to_be_focused()
    customer.write("Are you still there?")
    pill = page.locator("#jump")
    expect(pill).to_contain_text("1 new")
    expect(hit).to_be_in_viewport()
    pill.click()
    ada.sees("Are you still there?")
    field.fill("entry number 1")
    expect(page.locator("#find-count")).to_have_text("1 of 111")
    page.get_by_role("button", name="Later hit").click()
    expect(page.locator("#find-count")).to_have_text("111 of 111")
    expect(page.locator(".said", has_text=re.compile("^Entry number 1$"))).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    day = page.evaluate("new Date(Date.now() - 10 * 86400e3).toISOString().slice(0, 10)")
    page.locator("#pane-menu > summary").click()
    page.get_by_label("Jump to a date").fill(day)
    expect(page.locator(f'.timeline > .msg[data-moment^="{day}"]').first).to_be_in_viewport()
    expect(pill).to_have_text("Back to now")
    pill.click()
    ada.sees("Are you still there?")
    expect(pill).to_be_hidden()


def test_a_message_is_opened_at(people: People, talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, _customer = talk
    pk = _past(people, 200)
    page = _open(ada, pk, "?at=20")
    entry = page.locator(f"#item-{pk}-20")
    expect(entry).to_be_in_viewport()
    expect(entry).to_be_focused()
    expect(entry).to_have_class(re.compile("here"))


@pytest.mark.full
def test_pages_above_and_words_below_leave_the_reader_where_they_are(
    people: People, talk: tuple[AgentAtDesk, Customer], record_property: Callable[[str, object], None]
) -> None:
    """Two thousand messages: read from the end to the beginning; long tasks are reported, nothing jumps."""
    ada, customer = talk
    page = _open(ada, _past(people, 2000))
    page.evaluate("""() => {
      window.tasks = [];
      new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((one) => one.duration)))
        .observe({ type: "longtask" });
    }""")
    for _ in range(400):
        page.evaluate("document.getElementById('scroller').scrollTop = -1e7")
        page.wait_for_timeout(50)  # as somebody drags the bar
        if not page.locator("#open .timeline > .more").count():
            break
    assert page.locator("#open .timeline .msg").count() >= 2001
    page.evaluate("document.getElementById('scroller').scrollTop = -9000")
    page.wait_for_timeout(200)  # one frame or two, for what came into sight
    where = """() => {
      const { top } = document.getElementById('scroller').getBoundingClientRect();
      const one = [...document.querySelectorAll('#open .msg')].find((one) => one.getBoundingClientRect().top > top);
      return [one.id, Math.round(one.getBoundingClientRect().top)];
    }"""
    name, top = page.evaluate(where)
    customer.write("One more thing")
    expect(page.locator("#jump")).to_contain_text("1 new")
    assert page.evaluate(f"Math.abs(document.getElementById('{name}').getBoundingClientRect().top - {top})") <= 2
    longest = page.evaluate("Math.max(0, ...window.tasks)")
    record_property("longest task with 2000 messages, ms", round(longest))


def test_pictures_open_and_sound_plays_in_its_row(people: People, talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, _customer = talk
    files = [("kettle.png", _PNG), ("lid.png", _PNG), ("voice.wav", _wav()), ("bill.pdf", "JVBERi0xLjQKJcOkw7w=")]
    page = _open(ada, _past(people, 0, files))
    sound = page.locator("audio")
    assert sound.evaluate("(one) => one.preload") == "none"
    sound.evaluate("(one) => { one.muted = true; return one.play(); }")
    _until(page, "document.querySelector('audio').currentTime > 0")
    sound.evaluate("(one) => { one.currentTime = 2; }")
    _until(page, "document.querySelector('audio').currentTime >= 2")
    expect(page.locator("a.attached", has_text="bill.pdf")).to_contain_text("PDF")
    picture = page.locator("a.picture", has=page.get_by_alt_text("kettle.png"))
    box = picture.locator("img").bounding_box()
    assert box and (box["width"], box["height"]) == (240, 180), "its place is kept before it is there"
    picture.click()
    dialog = page.get_by_role("dialog", name="kettle.png")
    expect(dialog.get_by_alt_text("kettle.png")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="lid.png")).to_be_visible()
    page.keyboard.press("Escape")
    expect(picture).to_be_focused()


def test_colleagues_see_each_other_look_and_type(people: People, talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, _customer = talk
    sue = people.agent("sue", state="")
    pk = ada.page.evaluate("Number(document.getElementById('open').dataset.conversation)")
    _open(sue, pk)
    others = ada.page.locator("#others")
    expect(others.locator(".av")).to_have_count(1)
    expect(others.get_by_role("status")).to_have_text(re.compile("^Sue .*is viewing$"))
    expect(sue.page.locator("#others .av")).to_have_count(1)
    ada.page.get_by_role("textbox", name="Text").press_sequentially("Let me")
    expect(sue.page.locator("#others").get_by_role("status")).to_have_text(re.compile("^Ada .*is typing a reply$"))
    sue.page.goto(f"{sue.desk.url}/console/")
    expect(others).to_be_hidden()
