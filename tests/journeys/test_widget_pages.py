"""The widget on pages of others: another site, blocked storage, hostile styles, strict policies, slow lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.journeys.desk import Desk
from tests.journeys.hosts import HOSTILE, KEY, Shop, block_third_parties, configure, policy
from tests.journeys.people import Customer, People

SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
NO_MICROPHONE = {"Permissions-Policy": "microphone=(), camera=()"}


def widget_on(page: Page) -> Frame:
    """The widget's page, wherever in this page it lies."""
    for _ in range(900):
        for frame in page.frames:
            if "/frame/" in frame.url:
                return frame
        page.wait_for_timeout(100)
    raise AssertionError("the widget did not open")


def begin(customer: Customer, shop: Shop, text: str, *, path: str = "/coat") -> None:
    """Open the chat on that page and write the first message."""
    customer.page.goto(shop.url + path)
    customer.page.evaluate("cc('open')")
    customer.widget.get_by_role("button", name="Start a chat").click()
    customer.write(text)
    customer.sees(text)


def shown_names(page: Page) -> list[str]:
    """What a screen reader finds on the page, closed shadow roots included."""
    client = page.context.new_cdp_session(page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    client.detach()
    return [node["name"]["value"] for node in nodes if node.get("name", {}).get("value")]


def click_launcher(page: Page) -> None:
    """By the mouse, where it stands: nothing of the page may have moved or covered it."""
    size = page.viewport_size
    assert size is not None
    page.mouse.click(size["width"] - 52, size["height"] - 52)


@pytest.fixture
def shop(desk: Desk) -> Iterator[Shop]:
    with Shop(desk) as running:
        yield running


def test_another_site_without_third_party_storage(people: People, shop: Shop) -> None:
    ada = people.agent("ada")
    customer = people.customer()
    block_third_parties(customer.context)
    begin(customer, shop, "Where is my order?")
    probe = "() => { try { return String(localStorage.length) } catch (error) { return error.name } }"
    assert customer.widget.evaluate(probe) == "SecurityError", "the widget's page has no storage"
    assert customer.context.cookies() == [], "and needs no cookie"

    customer.page.reload()
    customer.sees("Where is my order?")
    customer.page.goto(f"{shop.url}/boots")
    customer.sees("Where is my order?")
    tab = customer.context.new_page()
    tab.goto(f"{shop.url}/gloves")
    tab.evaluate("cc('open')")
    second = widget_on(tab)
    second.get_by_role("textbox", name="Message").fill("From the second tab")
    second.get_by_role("button", name="Send").click()
    customer.sees("From the second tab")
    expect(second.get_by_role("textbox", name="Message")).to_have_value("")  # what is sent does not stay in the field

    customer.page.evaluate("cc('on', 'unread', (count) => { window.unread = count }); cc('close')")
    tab.close()
    ada.is_offered()
    ada.accept()
    ada.reply("On its way")
    customer.page.wait_for_function("window.unread === 1")
    assert "On its way" in shown_names(customer.page), "what came is shown beside the launcher"
    assert "Open chat, 1 unread" in shown_names(customer.page)
    customer.page.evaluate("cc('open', 'chat')")
    customer.sees("On its way")
    customer.page.wait_for_function("window.unread === 0")

    other = customer.context.new_page()
    other.goto(f"{shop.url}/coat")
    other.evaluate("cc('open')")
    expect(widget_on(other).get_by_text("On its way").first).to_be_visible()
    customer.page.evaluate("cc('logout')")
    for page in (customer.page, other):
        expect(widget_on(page).get_by_role("button", name="Start a chat")).to_be_visible()
        expect(widget_on(page).get_by_text("On its way")).to_have_count(0)
    assert customer.page.evaluate("localStorage.length + sessionStorage.length") == 0


def _until_ready(page: Page) -> None:
    """Asked again and again: under a strict policy nobody waits inside the page."""
    for _ in range(1800):
        if page.evaluate("window.ready === true"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the widget never got ready")


@pytest.mark.parametrize("kind", ["hostile styles", "strict policy", "no microphone"])
def test_pages_that_forbid_and_disturb(people: People, desk: Desk, kind: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "hostile styles": {"style": HOSTILE},
        "strict policy": {"headers": policy(desk)},
        "no microphone": {"headers": NO_MICROPHONE},
    }
    customer = people.customer()
    with Shop(desk, calls="cc('on', 'ready', () => { window.ready = true });", **given[kind]) as shop:
        customer.page.goto(shop.url)
        _until_ready(customer.page)
        before = customer.page.screenshot()
        click_launcher(customer.page)
        frame = customer.widget
        frame.get_by_role("button", name="Start a chat").click()
        box = frame.frame_element().bounding_box()
        assert box is not None and (box["width"], box["x"] + box["width"]) == (376, 1280 - 24)
        customer.write("Does this page let me?")
        customer.sees("Does this page let me?")
        record = frame.get_by_role("button", name="Record a voice message")
        expect(record).to_be_hidden() if kind == "no microphone" else expect(record).to_be_visible()
        expect(frame.get_by_role("button", name="Attach a file")).to_be_visible()
        customer.page.keyboard.press("Escape")
        customer.page.evaluate("cc('destroy')")
        assert customer.page.screenshot() != before, "the launcher is gone, so it was there"


def test_where_frames_are_forbidden_it_opens_in_a_window(people: People, desk: Desk) -> None:
    customer = people.customer()
    with Shop(
        desk, headers=policy(desk, frames=False), calls="cc('on', 'error', (e) => { window.problem = e.code });"
    ) as shop:
        customer.page.goto(shop.url)
        customer.page.wait_for_function("window.cc.loaded")
        customer.page.wait_for_timeout(500)  # lets the launcher come: nothing else on this page tells
        with customer.context.expect_page() as opened:
            click_launcher(customer.page)
        assert f"/c/{KEY}/chat" in opened.value.url
        expect(opened.value.get_by_role("button", name="Start a chat")).to_be_visible()
        assert customer.page.evaluate("window.problem") == "blocked"
    customer.complaints.clear()  # the browser says what the page's policy forbids


def test_a_page_that_is_not_listed_gets_nothing(people: People, desk: Desk) -> None:
    customer = people.customer()
    with Shop(
        desk, calls="cc('on', 'error', (e) => { window.problem = e.code || String(e) });", is_listed=False
    ) as shop:
        customer.page.goto(shop.url)
        # The browser keeps the refusal from the page, as it has no leave to read it.
        customer.page.wait_for_function("window.problem")
        assert "Open chat" not in shown_names(customer.page)
    customer.complaints.clear()


def test_the_loader_moves_nothing_and_holds_nothing_up(people: People, desk: Desk) -> None:
    customer = people.customer()
    customer.context.add_init_script(
        """window.seen = [];
        for (const type of ["longtask", "layout-shift"]) {
          const watch = new PerformanceObserver((list) => list.getEntries().forEach(() => seen.push(type)));
          watch.observe({ type, buffered: true });
        }"""
    )
    with Shop(desk, calls="cc('on', 'ready', () => { window.ready = true });") as shop:
        found = []
        # A machine at work may hold up any page once: what the loader does itself would show every time.
        for number in range(5):
            customer.page.goto(f"{shop.url}/{number}")
            _until_ready(customer.page)
            customer.page.evaluate("new Promise((done) => requestIdleCallback(done))")
            found.append(customer.page.evaluate("window.seen"))
        assert [] in found, found
        assert not any("layout-shift" in seen for seen in found)
        sizes = "performance.getEntriesByType('resource').map((row) => row.name)"
        assert len(customer.page.evaluate(sizes)) == 2, "the loader and its configuration; the chat comes when needed"


def test_slow_3g(people: People) -> None:
    customer = people.customer()
    line = customer.context.new_cdp_session(customer.page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_3G)
    customer.page.set_default_timeout(120_000)
    customer.page.goto(f"{people.desk.url}/demo/shop/")
    customer.page.evaluate("cc('open')")
    customer.widget.get_by_role("button", name="Start a chat").click(timeout=120_000)
    customer.write("By a slow line")
    customer.sees("By a slow line")
    expect(customer.log.get_by_text("Sent").or_(customer.log.get_by_text("Seen"))).to_be_visible(timeout=120_000)


@pytest.fixture
def as_before(desk: Desk) -> Iterator[None]:
    """What a journey changes of the widget's configuration is put back."""
    before = configure(desk)
    yield
    configure(desk, **{"hidden": [], "proactive": [], "prechat": None} | before)


@pytest.mark.usefixtures("as_before")
def test_what_is_hidden_greeted_and_stored(people: People, desk: Desk) -> None:
    text = "Not sure about the size?"
    configure(desk, hidden=["/checkout*"], proactive=[{"pages": ["/coat*"], "after_seconds": 0, "text": {"en": text}}])
    customer = people.customer()
    with Shop(desk, calls="cc('on', 'ready', () => { window.ready = true });") as shop:

        def visit(path: str) -> list[str]:
            customer.page.goto(shop.url + path)
            _until_ready(customer.page)
            return shown_names(customer.page)

        assert "Open chat" not in visit("/checkout/pay")
        names = visit("/coat")
        assert "Open chat" in names and text not in names, "greetings are for those who have agreed"
        assert customer.page.evaluate("localStorage.length + sessionStorage.length") == 0, "nothing is stored before"
        customer.page.evaluate("cc('consent', true)")
        for _ in range(900):
            if text in shown_names(customer.page):
                break
            customer.page.wait_for_timeout(100)
        else:
            raise AssertionError("no greeting")
        customer.page.evaluate("cc('consent', false)")
        assert customer.page.evaluate("localStorage.length + sessionStorage.length") == 0
