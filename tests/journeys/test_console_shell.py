"""The console around the work: alerts, a lost connection, a lost session, keys, Ctrl K, two tabs, the phone."""

from __future__ import annotations

from playwright.sync_api import APIResponse, Page, Route, WebSocketRoute, expect

from tests.journeys.people import AgentAtDesk, Customer, People

# Counts tones instead of making them, and notifications instead of showing them; both are the browser's edge.
_LISTEN = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
window.shown = [];
window.Notification = class {
  static permission = "granted";
  constructor(title, options) { window.shown.push({ title, ...options }); }
  close() {}
};
"""
_RENAME = """
from contactcenter.accounts.models import User
from contactcenter.conversations.services.details import change_details
change_details(conversation_id=%d, actor=User.objects.get(username="sue"), subject=%r)
"""
_HIDE = """
Object.defineProperty(document, "hidden", { value: true, configurable: true });
document.dispatchEvent(new Event("visibilitychange"));
"""
_SHOW = """
delete document.hidden;
document.dispatchEvent(new Event("visibilitychange"));
"""


def _until(page: Page, truth: str) -> None:
    """Asked again and again: the page's content policy lets nobody wait inside it."""
    for _ in range(900):
        if page.evaluate(truth):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {truth}")


def _listening(agent: AgentAtDesk) -> Page:
    agent.context.add_init_script(_LISTEN)
    agent.page.reload()
    expect(agent.page.locator("#live")).to_have_text("Live")
    return agent.page


def _talking(people: People) -> tuple[AgentAtDesk, Customer]:
    ada = people.agent("ada")
    customer = people.customer()
    customer.open_chat()
    customer.write("Good morning")
    ada.is_offered()
    ada.accept()
    return ada, customer


def test_start_shift_is_one_click(people: People) -> None:
    ada = people.agent("ada", state="")
    page = _listening(ada)
    page.get_by_role("button", name="Start shift").click()
    expect(page.locator("#status-menu summary").first).to_contain_text("Available")
    expect(page.locator("#shift")).to_be_hidden()


def test_an_offer_rings_until_it_is_taken_in_one_tab_only(people: People) -> None:
    ada = people.agent("ada")
    page = _listening(ada)
    other = ada.context.new_page()
    other.goto(f"{ada.desk.url}/console/")
    expect(other.locator("#live")).to_have_text("Live")
    for tab in (page, other):
        tab.mouse.click(700, 500)
    customer = people.customer()
    customer.open_chat()
    customer.write("Hello")
    ada.is_offered()
    expect(page).to_have_title("(1) Contact center")
    assert page.locator('link[rel="icon"]').get_attribute("href").startswith("data:image/svg+xml,")
    _until(page, "window.tones >= 8")  # it rings again
    assert other.evaluate("window.tones") == 0
    ada.accept()
    customer.write("Are you there?")
    expect(page).not_to_have_title("(1) Contact center")
    other.close()


def test_who_looks_elsewhere_is_called_and_the_click_leads_there(people: People) -> None:
    ada, customer = _talking(people)
    page = _listening(ada)
    conversation = page.locator("#open").get_attribute("data-conversation")
    page.mouse.click(700, 300)
    customer.write("Seen as it comes")
    ada.sees("Seen as it comes")
    assert page.evaluate("window.tones") == 0, "who looks at it needs no sound"
    page.goto(f"{ada.desk.url}/console/")
    expect(page.locator("#live")).to_have_text("Live")
    page.evaluate(_HIDE)
    customer.write("Nobody looks")
    _until(page, "window.shown.length === 1")
    shown = page.evaluate("({ title: shown[0].title, tag: shown[0].tag })")
    assert shown["tag"] == f"conversation:{conversation}"
    expect(page).to_have_title("(1) Contact center")
    page.evaluate(_SHOW)
    page.locator(f"#row-link-{conversation}").click()
    ada.sees("Nobody looks")
    expect(page).not_to_have_title("(1) Contact center")


def test_an_answer_the_socket_overtook_takes_nothing_back(people: People) -> None:
    ada, customer = _talking(people)
    page = _listening(ada)
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/console/alerts/", lambda route: held.append((route, route.fetch())))
    page.goto(f"{ada.desk.url}/console/")
    expect(page.locator("#live")).to_have_text("Live")
    for _ in range(900):
        if held:
            break
        page.wait_for_timeout(100)
    page.evaluate(_HIDE)
    customer.write("Later than the answer")
    expect(page).to_have_title("(1) Contact center")
    route, response = held[0]
    with page.expect_response("**/console/alerts/"):
        route.fulfill(response=response)
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    expect(page).to_have_title("(1) Contact center")


def test_a_lost_connection_is_told_counted_and_made_good(people: People) -> None:
    ada, customer = _talking(people)
    tries: list[object] = []
    is_away = True

    def answer(socket: WebSocketRoute) -> None:
        tries.append(socket)
        if is_away:
            socket.close(code=1011)
        else:
            socket.connect_to_server()

    ada.page.route_web_socket("**/ws/console/", answer)
    ada.page.reload()
    banner = ada.page.locator("#offline")
    expect(banner).to_contain_text("No connection since")
    expect(banner).to_contain_text("Trying again in")
    expect(ada.page.locator("#pane-head .as-of")).to_contain_text("As of")
    assert ada.page.locator("body").get_attribute("data-stale") is not None
    before = len(tries)
    banner.get_by_role("button", name="Try now").click()
    for _ in range(3000):
        if len(tries) > before:
            break
        ada.page.wait_for_timeout(20)
    assert len(tries) > before
    customer.write("While it was away")
    customer.sees("While it was away")
    is_away = False
    ada.sees("While it was away")
    expect(banner).to_be_hidden()
    expect(ada.page.locator(".as-of")).to_have_count(0)
    expect(ada.page.locator("#live")).to_have_text("Live")


def test_signed_out_with_a_draft_and_back_without_losing_it(people: People) -> None:
    ada, _customer = _talking(people)
    field = ada.page.locator('form.composer textarea[name="text"]')
    field.fill("Half a sentence")
    expect(ada.page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    ada.desk.run("from django.contrib.sessions.models import Session; Session.objects.all().delete()")
    field.fill("Half a sentence more")  # to be saved as a draft, by a server that knows nobody any more
    dialog = ada.page.get_by_role("dialog", name="You have been signed out")
    expect(dialog).to_be_visible()
    with ada.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in in a new tab").click()
    tab = opened.value
    tab.get_by_label("User name or email").fill("ada")
    tab.get_by_label("Password", exact=True).fill("demo")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.locator("#live")).to_have_text("Live")
    expect(dialog).to_be_hidden()
    expect(field).to_have_value("Half a sentence more")
    tab.close()


def test_what_one_tab_sends_is_no_draft_in_the_other(people: People) -> None:
    ada, customer = _talking(people)
    ada.page.locator('form.composer textarea[name="text"]').fill("Sent once")
    expect(ada.page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    other = ada.context.new_page()
    other.goto(ada.page.url)
    field = other.locator('form.composer textarea[name="text"]')
    expect(field).to_have_value("Sent once")
    ada.page.get_by_role("button", name="Send").first.click()
    customer.sees("Sent once")
    expect(field).to_have_value("")
    other.close()


def test_keys_are_physical_and_keep_out_of_fields(people: People) -> None:
    ada, _customer = _talking(people)
    page = ada.page
    page.locator("#main").focus()
    # The key that writes “к” on a Russian keyboard is R all the same.
    page.evaluate(
        """document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
        { code: "KeyR", key: "к", bubbles: true, cancelable: true }))"""
    )
    field = page.locator('form.composer textarea[name="text"]')
    expect(field).to_be_focused()
    page.keyboard.type("rnjtz?")
    expect(field).to_have_value("rnjtz?")
    field.fill("")
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    page.keyboard.press("Shift+Slash")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    seen = []
    for _ in range(5):
        page.keyboard.press("F6")
        seen.append(page.evaluate("document.activeElement.closest('#list, #main, #context, #nav, .top')?.id"))
    assert {"main", "context", "nav"} <= set(seen)
    page.goto(f"{ada.desk.url}/console/")
    expect(page.locator("#live")).to_have_text("Live")
    page.keyboard.press("KeyJ")
    expect(page.locator("#rows a.row").first).to_be_focused()
    page.keyboard.press("Enter")
    ada.sees("Good morning")


def test_ctrl_k_finds_people_messages_and_commands(people: People) -> None:
    ada, _customer = _talking(people)
    page = ada.page
    page.keyboard.press("Control+KeyK")
    box = page.get_by_role("combobox", name="Search and commands")
    expect(box).to_be_focused()
    box.fill("dark col")
    expect(page.locator("#palette-commands").get_by_role("option").first).to_contain_text("Dark colours")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Control+KeyK")
    box.fill("light col")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+KeyK")
    box.fill("good mornin")
    hit = page.locator("#palette-found [role=option]", has_text="Good morning").first
    expect(hit).to_be_visible()
    _until(page, "document.querySelector('#palette-input').getAttribute('aria-activedescendant')")
    for _ in range(20):
        if hit.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_hidden()
    ada.sees("Good morning")


def test_settings_are_saved_as_they_are_changed_and_other_tabs_follow(people: People) -> None:
    ada = people.agent("ada", state="")
    other = ada.context.new_page()
    other.goto(f"{ada.desk.url}/console/")
    page = ada.page
    page.goto(f"{ada.desk.url}/console/settings/")
    page.get_by_text("Compact", exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-density", "compact")
    expect(other.locator("body")).to_have_attribute("data-density", "compact")
    key = page.locator('[data-remap="snooze"]')
    key.click()
    page.keyboard.press("KeyT")
    expect(page.locator("#key-error")).to_contain_text("Transfer")
    page.locator('[data-remap="snooze"]').click()
    page.keyboard.press("KeyQ")
    expect(page.locator('[data-remap="snooze"]')).to_have_text("Q")
    page.get_by_role("button", name="All keys as at first").click()
    expect(page.locator('[data-remap="snooze"]')).to_have_text("Z")
    page.get_by_text("Comfortable", exact=True).click()
    expect(other.locator("body")).to_have_attribute("data-density", "cosy")
    other.close()


def test_on_a_phone_it_is_one_column_and_the_bar_has_words(people: People) -> None:
    ada = people.agent("ada")
    page = ada.page
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#nav").get_by_text("Inbox")).to_be_visible()
    customer = people.customer()
    customer.open_chat()
    customer.write("From a phone")
    ada.is_offered()
    box = ada.offer.bounding_box()
    assert box and box["height"] > 600 and box["width"] > 340, box
    ada.accept()
    expect(page.locator("#list")).to_be_hidden()
    page.locator(".drawer-open").first.click()
    expect(page.locator("#context")).to_be_visible()
    expect(page.locator("#pane")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#pane")).to_be_visible()
    page.locator(".pane-head .back").click()
    expect(page.locator("#list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_drawer_takes_and_gives_back_the_focus(people: People) -> None:
    ada, _customer = _talking(people)
    page = ada.page
    page.set_viewport_size({"width": 1024, "height": 800})
    opener = page.locator(".drawer-open").first
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".ctx .drawer-close").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#context")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_focus_comes_back_to_a_button_that_was_replaced_meanwhile(people: People) -> None:
    ada, _customer = _talking(people)
    page = ada.page
    page.set_viewport_size({"width": 1024, "height": 800})
    opener = page.locator(".drawer-open").first
    opener.click()
    expect(page.locator(".ctx .drawer-close").first).to_be_focused()
    _rename_subject(people, page, "Broken lamp")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    _rename_subject(people, page, "Mended lamp")
    expect(opener).to_be_focused()


def _rename_subject(people: People, page: Page, subject: str) -> None:
    conversation = page.locator("#open").get_attribute("data-conversation")
    people.desk.run(_RENAME % (int(conversation or 0), subject))
    expect(page.locator("#pane-head")).to_contain_text(subject)


def test_a_conversation_is_printed_whole(people: People) -> None:
    ada, _customer = _talking(people)
    conversation = ada.page.locator("#open").get_attribute("data-conversation")
    page = ada.context.new_page()
    page.add_init_script("window.print = () => (window.printed = true)")
    page.goto(f"{ada.desk.url}/console/c/{conversation}/print/")
    _until(page, "window.printed")
    expect(page.get_by_text("Good morning", exact=True)).to_be_visible()
    assert page.locator("time:empty").count() == 0
    page.close()
