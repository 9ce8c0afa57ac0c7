"""Administration in a browser: the table of skills by keyboard, the widget's preview, a notice for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.desk import Desk
from tests.journeys.people import AgentAtDesk, Customer


@pytest.fixture
def admin(desk: Desk, browser: Browser) -> Iterator[Page]:
    person = AgentAtDesk(desk, browser, "admin")
    yield person.page
    person.leave()
    assert person.complaints == []


def test_the_table_of_skills_by_keyboard(desk: Desk, admin: Page) -> None:
    admin.goto(f"{desk.url}/admin/routing/skill/matrix/")
    cell = admin.get_by_label("Ada, Billing", exact=True)
    was = cell.input_value()
    cell.focus()
    admin.keyboard.press("2")
    admin.keyboard.press("ArrowRight")
    expect(admin.get_by_label("Ada, Delivery", exact=True)).to_be_focused()
    admin.keyboard.press("1")
    expect(admin.get_by_role("status").filter(has_text="Changes not saved: 2")).to_be_visible()
    admin.get_by_role("button", name="Discard").click()
    expect(cell).to_have_value(was)
    cell.fill("1")
    admin.get_by_role("button", name="Save, from the next contact on").click()
    expect(admin.get_by_text("1 level saved.")).to_be_visible()
    expect(cell).to_have_value("1")
    cell.fill(was)
    admin.get_by_role("button", name="Save, from the next contact on").click()
    expect(cell).to_have_value(was)


def test_the_preview_of_a_widget(desk: Desk, admin: Page) -> None:
    admin.goto(f"{desk.url}/admin/webchat/widget/")
    admin.get_by_role("link", name=re.compile("shop", re.IGNORECASE)).first.click()
    expect(admin.get_by_label("Snippet")).to_have_value(re.compile("pk_demo_shop"))
    admin.get_by_role("link", name="Preview").click()
    admin.evaluate("cc('open')")
    for _ in range(900):
        frame = next((frame for frame in admin.frames if "/frame/" in frame.url), None)
        if frame is not None:
            break
        admin.wait_for_timeout(100)
    assert frame is not None
    expect(frame.get_by_role("button", name="Start a chat")).to_be_visible()


def test_a_notice_reaches_customers_and_colleagues(desk: Desk, browser: Browser, admin: Page) -> None:
    admin.goto(f"{desk.url}/admin/routing/notice/add/")
    admin.get_by_label("Name", exact=False).first.fill("Outage of the shop")
    admin.locator("#id_severity").select_option("outage")
    admin.locator("#id_texts-0-text").fill("Payments fail. We are on it.")
    admin.get_by_role("link", name="Add another Text").click()
    admin.locator("#id_texts-1-language").select_option("pl")
    admin.locator("#id_texts-1-text").fill("Płatności nie działają.")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text("was added successfully")).to_be_visible()

    customer, ada = Customer(desk, browser, locale="pl"), AgentAtDesk(desk, browser, "ada")
    try:
        customer.page.goto(f"{desk.url}/demo/shop/")
        customer.page.evaluate("cc('open')")
        expect(customer.widget.get_by_text("Płatności nie działają.")).to_be_visible()
        banner = ada.page.get_by_role("region", name="Notices").get_by_text("Payments fail. We are on it.")
        expect(banner).to_be_visible()
        ada.page.get_by_role("button", name="Dismiss").click()
        expect(banner).to_have_count(0)
        ada.page.reload()
        expect(ada.page.locator("#app")).to_be_visible()
        expect(banner).to_have_count(0)

        admin.goto(f"{desk.url}/admin/routing/notice/")
        admin.get_by_role("link", name="Outage of the shop").first.click()
        admin.get_by_role("link", name="Delete notice").click()
        admin.get_by_role("button", name=re.compile("sure", re.IGNORECASE)).click()
        expect(admin.get_by_text("was deleted successfully")).to_be_visible()
        customer.page.reload()
        customer.page.evaluate("cc('open')")
        expect(customer.widget.get_by_role("button").first).to_be_visible()
        expect(customer.widget.get_by_text("Płatności nie działają.")).to_have_count(0)
        assert customer.complaints + ada.complaints == []
    finally:
        customer.leave()
        ada.leave()
