"""Writing at the desk: suggestions, undo, later, mentions, a colleague who was quicker, files, no connection."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import APIResponse, Locator, Route, expect

from tests.journeys.people import AgentAtDesk, Customer, People

DROP = """(pane) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["hello"], "label.txt", { type: "text/plain" }));
  const drag = (kind) => pane.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  drag("dragenter");
  drag("dragover");
  const shown = !document.getElementById("drop").hidden;
  drag("drop");
  return shown && document.getElementById("drop").hidden;
}"""
PASTE = """(field) => {
  const clipboardData = new DataTransfer();
  const bytes = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"), (char) => char.charCodeAt(0));
  clipboardData.items.add(new File([bytes], "shot.png", { type: "image/png" }));
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def talk(people: People) -> tuple[AgentAtDesk, Customer]:
    """Ada has taken a chat from the shop."""
    ada = people.agent("ada")
    customer = people.customer()
    customer.open_chat()
    customer.write("Where is my order?")
    ada.is_offered()
    ada.accept()
    expect(field(ada)).to_be_visible()
    return ada, customer


def field(agent: AgentAtDesk) -> Locator:
    return agent.page.locator('form.composer textarea[name="text"]')


def mode(agent: AgentAtDesk, name: str) -> None:
    agent.page.locator("form.composer").get_by_text(name, exact=True).click()


def press(agent: AgentAtDesk, key: str) -> None:
    agent.page.keyboard.press(key)


def test_suggestions_by_keyboard_alone(talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, customer = talk
    field(ada).focus()
    field(ada).press_sequentially("/mom", delay=20)
    option = ada.page.get_by_role("option", name="One moment")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field(ada)).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "?")
    expect(ada.page.locator("[data-preview]")).to_contain_text("One moment please, I am looking into it.")
    press(ada, "ArrowRight")
    expect(ada.page.locator("[data-preview]")).to_contain_text("In another language")
    press(ada, "ArrowLeft")
    press(ada, "Enter")
    expect(field(ada)).to_have_value("One moment please, I am looking into it.")
    press(ada, "Control+z")
    expect(field(ada)).to_have_value("/mom")
    press(ada, "Escape")
    field(ada).fill("")
    ada.page.get_by_role("button", name="Answers").click()
    expect(ada.page.get_by_role("option").first).to_be_visible()
    press(ada, "Escape")
    expect(field(ada)).to_have_value("")
    field(ada).press_sequentially("Thank you :thumbs", delay=20)
    expect(ada.page.get_by_role("option", name="thumbs up")).to_be_visible()
    press(ada, "Enter")
    expect(field(ada)).to_have_value("Thank you 👍")
    field(ada).fill("Your order {order}")
    press(ada, "Control+Enter")
    expect(ada.page.get_by_text("Fill in: {order}")).to_be_visible()
    field(ada).fill("Thank you 👍")
    press(ada, "Control+Enter")
    customer.sees("Thank you 👍")


def take_back_within(agent: AgentAtDesk, seconds: str) -> None:
    """As on the settings page; then back to the conversation."""
    conversation = agent.page.url
    agent.page.goto(f"{agent.desk.url}/console/settings/")
    with agent.page.expect_response(lambda response: response.request.method == "POST"):
        agent.page.get_by_label("Take a reply back within").select_option(seconds)
    agent.page.goto(conversation)


def test_taken_back_sent_later_and_sent_with_close(talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, customer = talk
    take_back_within(ada, "30")
    field(ada).fill("Wrong window")
    press(ada, "Control+Enter")
    ada.timeline.get_by_role("button", name="Undo").click()
    expect(field(ada)).to_have_value("Wrong window")
    expect(ada.page.locator(".pending")).to_have_count(0)
    ada.page.get_by_label("More ways to send").click()
    ada.page.get_by_role("button", name="Send later").click()
    ada.page.locator("#dialog").get_by_role("button", name="Tomorrow morning").click()
    waiting = ada.page.locator("#scheduled .waiting")
    expect(waiting).to_contain_text("Wrong window")
    ada.page.reload()
    waiting.get_by_role("button", name="Take back").click()
    expect(field(ada)).to_have_value("Wrong window")
    expect(waiting).to_have_count(0)
    take_back_within(ada, "5")
    field(ada).fill("Goodbye then")
    press(ada, "Control+Shift+Enter")
    customer.sees("Goodbye then")
    ada.finish_wrap_up("Delivery question", "told her")
    assert not customer.log.get_by_text("Wrong window").count()


def test_a_colleague_was_quicker(people: People, talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, customer = talk
    sue = people.agent("sue", state="")
    sue.page.goto(ada.page.url)
    field(ada).press_sequentially("It comes", delay=20)
    sue.reply("Tomorrow at two")
    customer.sees("Tomorrow at two")
    field(ada).press_sequentially(" on Friday", delay=20)
    press(ada, "Control+Enter")
    banner = ada.page.get_by_role("alert").filter(has_text="Not sent")
    expect(banner).to_contain_text("Sue answered while you were writing: “Tomorrow at two”")
    expect(field(ada)).to_have_value("It comes on Friday")
    expect(ada.page.get_by_role("button", name="Send anyway")).to_be_visible()
    banner.get_by_role("button", name="Keep as note").click()
    expect(ada.timeline.locator(".note", has_text="It comes on Friday")).to_be_visible()
    expect(field(ada)).to_have_value("")
    expect(banner).to_be_hidden()


def test_an_answer_that_comes_after_the_pane_was_filled_again_takes_nothing_with_it(
    talk: tuple[AgentAtDesk, Customer],
) -> None:
    ada, _customer = talk
    page = ada.page
    field(ada).press_sequentially("Half a sentence", delay=20)
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/details/", lambda route: held.append((route, route.fetch())))
    page.locator("#pane-menu summary").click()
    with page.expect_request("**/details/"):
        page.get_by_role("radio", name="Urgent").click()
    old = page.locator("#open").element_handle()
    conversation = page.locator("#open").get_attribute("data-conversation")
    page.locator(f"#row-link-{conversation}").click()
    old.wait_for_element_state("hidden")
    for _ in range(900):
        if held:
            break
        page.wait_for_timeout(100)
    route, response = held[0]
    with page.expect_response("**/desk/"):
        route.fulfill(response=response)
    expect(field(ada)).to_be_visible()
    expect(field(ada)).to_have_value("Half a sentence")
    ada.reply("A whole one")
    page.locator("#pane-menu summary").click()
    expect(page.get_by_role("radio", name="Urgent")).to_have_attribute("aria-checked", "true")


def test_a_mention_reaches_the_colleague(people: People, talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, _customer = talk
    ben = people.agent("ben", state="")
    mode(ada, "Note")
    field(ada).press_sequentially("@be", delay=20)
    expect(ada.page.get_by_role("option", name=re.compile("Ben"))).to_be_visible()
    press(ada, "Enter")
    field(ada).press_sequentially("is that an invoice?", delay=5)
    press(ada, "Control+Enter")
    bell = ben.page.locator("#bell-menu")
    expect(bell.locator(".count")).to_have_text("1")
    bell.locator("summary").click()
    bell.locator("[data-mention]").click()
    expect(ben.timeline.locator(".note")).to_contain_text("@Ben is that an invoice?")
    expect(bell.locator(".count")).to_have_count(0)


def test_files_by_button_drop_and_paste_survive_a_reload(talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, customer = talk
    files = ada.page.locator("[data-files] li")
    ada.page.locator('form.composer input[type="file"]').set_input_files(
        [{"name": "bill.txt", "mimeType": "text/plain", "buffer": b"bill"}]
    )
    expect(files.filter(has_text="bill.txt")).to_be_visible()
    assert ada.page.locator("#open").evaluate(DROP), "an overlay says where it goes, and is gone afterwards"
    field(ada).evaluate(PASTE)
    expect(files).to_have_count(3)
    expect(files.locator("progress")).to_have_count(0)
    field(ada).fill("Both enclosed")
    expect(ada.page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    ada.page.reload()
    expect(files).to_have_count(3)
    expect(field(ada)).to_have_value("Both enclosed")
    files.filter(has_text="shot.png").get_by_role("button", name="Remove").click()
    press(ada, "Control+Enter")
    customer.sees("Both enclosed")
    expect(ada.timeline.get_by_role("link", name=re.compile("label.txt"))).to_be_visible()
    expect(ada.timeline.locator('a[href^="/files/"]')).to_have_count(2)
    expect(files).to_have_count(0)


def test_without_connection_everything_waits_in_its_order(talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, customer = talk
    ada.context.set_offline(True)
    for text in ("one", "two", "three"):
        field(ada).fill(text)
        press(ada, "Control+Enter")
    outbox = ada.page.locator("#outbox")
    expect(outbox).to_contain_text("In the outbox: 3")
    outbox.locator("summary").click()
    outbox.locator("li", has_text="two").get_by_role("button", name="Take back").click()
    expect(outbox.locator("li")).to_have_count(2)
    expect(field(ada)).to_have_value("two")
    ada.context.set_offline(False)
    customer.sees("one")
    customer.sees("three")
    expect(outbox).to_be_hidden()
    texts = ada.timeline.locator(".msg.me .bub").all_inner_texts()
    assert texts == ["one", "three"]
    # What the page itself asked for meanwhile failed too, and htmx says so.
    ada.complaints[:] = [words for words in ada.complaints if not words.startswith(("htmx:", "undefined"))]


def test_two_tabs_have_one_outbox(talk: tuple[AgentAtDesk, Customer]) -> None:
    ada, customer = talk
    other = ada.context.new_page()
    other.goto(ada.page.url)
    expect(other.locator("#live")).to_have_text("Live")
    ada.context.set_offline(True)
    field(ada).fill("from the first")
    press(ada, "Control+Enter")
    other.locator('form.composer textarea[name="text"]').fill("from the second")
    other.keyboard.press("Control+Enter")
    for page in (ada.page, other):
        expect(page.locator("#outbox")).to_contain_text("In the outbox: 2")
    ada.context.set_offline(False)
    customer.sees("from the first")
    customer.sees("from the second")
    for page in (ada.page, other):
        expect(page.locator("#outbox")).to_be_hidden()
        expect(page.get_by_role("log").locator(".msg.me .bub")).to_have_text(["from the first", "from the second"])
    ada.complaints[:] = [words for words in ada.complaints if not words.startswith(("htmx:", "undefined"))]
