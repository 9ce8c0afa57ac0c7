"""Other ways to say something: by voice, by tapping, from a greeting, and after a proof that one is no robot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Desk
from tests.journeys.hosts import Shop, configure
from tests.journeys.people import People
from tests.journeys.test_widget_talk import talking

GREETING = "Not sure about the size?"
OPENING = {"en": {"text": "Is it about an order?", "choices": ["Yes, an order", "No"]}}


@pytest.fixture
def greeted(desk: Desk) -> Iterator[None]:
    before = configure(
        desk,
        proactive=[{"pages": ["/coat*"], "after_seconds": 0, "text": {"en": GREETING}}],
        opening=OPENING,
    )
    yield
    configure(desk, **{"proactive": [], "opening": {}} | before)


def click_shown(page: Page, name: str) -> None:
    """By the mouse, wherever the button of this name stands, in a closed shadow root too."""
    client = page.context.new_cdp_session(page)
    for _ in range(900):
        for node in client.send("Accessibility.getFullAXTree")["nodes"]:
            if node.get("role", {}).get("value") == "button" and node.get("name", {}).get("value") == name:
                box = client.send("DOM.getBoxModel", {"backendNodeId": node["backendDOMNodeId"]})["model"]["content"]
                page.mouse.click((box[0] + box[4]) / 2, (box[1] + box[5]) / 2)
                return
        page.wait_for_timeout(100)
    raise AssertionError(f"no button {name}")


def test_a_voice_message_is_heard_at_the_desk(people: People) -> None:
    ada, customer = talking(people, "May I tell you?")
    customer.context.grant_permissions(["microphone"])
    widget = customer.widget
    widget.get_by_role("button", name="Record a voice message").click()
    expect(widget.get_by_text("Recording 0:01")).to_be_visible()
    # While it records: sending ends the recording and waits until the file has gone.
    widget.get_by_role("button", name="Send", exact=True).click()
    expect(customer.log.get_by_role("button", name="Play voice message")).to_be_visible()
    sound = ada.timeline.locator("audio")
    expect(sound).to_have_count(1)
    played = "(node) => new Promise((done) => { node.onended = () => done(node.currentTime); node.play(); })"
    assert sound.evaluate(played) > 0.5


def test_who_fills_what_people_do_not_see_proves_a_little_work(people: People) -> None:
    customer = people.customer()
    answers: list[str] = []
    customer.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: answers.append(str(frame)[:2000]))
    )
    customer.open_chat()
    trap = customer.widget.locator("input[name=website]")
    trap.evaluate("(node) => { node.value = 'x'; node.dispatchEvent(new Event('input', { bubbles: true })); }")
    customer.write("I am no robot")
    expect(customer.log.get_by_text("I am no robot", exact=True)).to_be_visible()
    expect(customer.log.get_by_text("Sent")).to_be_visible()
    assert any('"challenge"' in answer for answer in answers), "it was asked for"


@pytest.mark.usefixtures("greeted")
def test_a_greeting_is_answered_and_a_choice_is_tapped(people: People, desk: Desk) -> None:
    customer = people.customer()
    with Shop(desk, calls="cc('on', 'ready', () => cc('consent', true));") as shop:
        customer.page.goto(f"{shop.url}/coat")
        click_shown(customer.page, "Answer")
        expect(customer.widget.get_by_text(GREETING)).to_be_visible()
        customer.write("Yes, 38 or 40?")
        expect(customer.log.get_by_text("Is it about an order?")).to_be_visible()
        customer.widget.get_by_role("button", name="Yes, an order").click()
        expect(customer.log.get_by_text("Yes, an order", exact=True)).to_be_visible()
        expect(customer.widget.get_by_role("group", name="Answers to choose from")).to_be_hidden()
        expect(customer.log.get_by_text("Sent")).to_have_count(2)

        other = people.customer()
        other.page.goto(f"{shop.url}/coat")
        click_shown(other.page, "No, thanks")
        other.page.reload()
        other.page.wait_for_function("window.cc && cc.loaded")
        other.page.wait_for_timeout(500)
        assert GREETING not in other.page.content()
