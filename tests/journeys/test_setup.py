"""The first start without demo, in Polish: from the printed link to the first chat that a person answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.desk import Desk
from tests.journeys.hosts import Shop
from tests.journeys.people import SECONDS, Customer, Person


@pytest.fixture(scope="module")
def fresh_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    base = tmp_path_factory.mktemp("fresh")
    for folder in [base, *list(base.parents)[:2]]:
        if folder.owner() == base.owner() and folder != Path("/tmp"):
            folder.chmod(0o755)
    running = Desk(base / "data", "--no-demo")
    yield running
    running.stop()


def _fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.locator(f"[name={name}]").fill(text)


def _go(page: Page, step: str) -> None:
    page.locator("#go").click()
    page.wait_for_url(f"**/setup/step/{step}/")


def _fits(page: Page) -> None:
    """Nothing sticks out of the narrow screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def _set_up(page: Page, link: str, origin: str) -> str:
    """Through the steps; returns the snippet."""
    page.goto(link)
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    _fill(page, display_name="Ola", username="ola", email="ola@example.com", password="12345")
    page.keyboard.press("Enter")
    expect(page.locator("[name=password]")).to_have_attribute("aria-invalid", "true")
    _fill(page, password="correct horse battery")
    _go(page, "brand")
    _fill(page, brand_name="Północ")
    _go(page, "languages")
    expect(page.locator("[name=time_zone]")).to_have_value("Europe/Warsaw")
    page.locator("[name=languages][value=en]").check()
    _fits(page)
    _go(page, "queue")
    _fill(page, queue_name="Obsługa")
    page.locator("[name=back]").click()
    page.wait_for_url("**/setup/step/languages/")
    _go(page, "queue")
    expect(page.locator("[name=queue_name]")).to_have_value("Obsługa")
    _go(page, "hours")
    page.locator("[value=always]").click()
    expect(page.locator("[name=day_6]")).to_have_value("00:00-24:00")
    _fits(page)
    _go(page, "channel")
    _fill(page, origins=origin, greeting="Dzień dobry!")
    page.locator("#go").click()
    expect(page.locator("#snippet")).to_be_visible()
    _fits(page)
    return page.locator("#snippet").inner_text()


def test_from_the_printed_link_to_the_first_answer(fresh_desk: Desk, browser: Browser) -> None:
    found = re.search(r"setup: (\S+)", fresh_desk.output())
    assert found, fresh_desk.output()
    link = fresh_desk.url + found[1][found[1].index("/setup/") :]
    admin = Person(fresh_desk, browser, width=390, locale="pl", time_zone="Europe/Warsaw")
    customer = Customer(fresh_desk, browser, locale="pl")
    with Shop(fresh_desk, is_listed=False, language="pl") as shop:
        shop.snippet = _set_up(admin.page, link, shop.url)
        customer.page.goto(shop.url)
        expect(admin.page.locator("[data-arrived]")).to_contain_text(shop.url)
        admin.page.locator("#go").click()
        expect(admin.page.locator("#test-chat")).to_be_visible()

        with admin.context.expect_page() as opened:
            admin.page.locator("#test-console").click()
        console = opened.value
        console.set_viewport_size({"width": 1280, "height": 820})
        expect(console.locator("#live")).to_have_text("Na żywo", timeout=90 * SECONDS)
        console.locator("#status-menu summary").click()
        console.locator("#status-menu").get_by_role("button", name="Gotowość", exact=True).click()
        expect(console.locator("#status-menu summary").first).to_contain_text("Gotowość")

        customer.page.evaluate("cc('open')")
        customer.widget.get_by_role("button", name="Rozpocznij czat").click()
        customer.widget.get_by_role("textbox", name="Wiadomość").fill("Gdzie jest moja paczka?")
        customer.widget.get_by_role("button", name="Wyślij").click()
        customer.sees("Gdzie jest moja paczka?")
        expect(admin.page.locator("[data-come]")).to_be_visible(timeout=90 * SECONDS)

        console.get_by_role("alertdialog").get_by_role("button", name="Przyjmij").click()
        console.get_by_role("textbox", name="Tekst").fill("Już sprawdzam.")
        console.get_by_role("button", name="Wyślij").click()
        customer.sees("Już sprawdzam.")
        expect(admin.page.locator("[data-answered]")).to_be_visible(timeout=90 * SECONDS)

    admin.page.locator("#go").click()
    admin.page.wait_for_url("**/admin/")
    expect(admin.page.locator("#home progress")).to_be_visible()
    assert admin.page.goto(f"{fresh_desk.url}/setup/").status == 404  # type: ignore[union-attr]
    assert admin.page.goto(link).status == 410  # type: ignore[union-attr]
    assert not admin.complaints + customer.complaints, admin.complaints + customer.complaints
    admin.leave()
    customer.leave()
