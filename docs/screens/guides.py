"""The pictures of README and guides, from a running demo that nobody has worked in yet:

    CC_WIDGET_LIMITS=0 python3 run.py --demo --data /tmp/pictures-data &
    .venv/bin/python -m docs.screens.guides http://127.0.0.1:8000

Writes docs/screenshots. `CC_CHROMIUM` names the browser; without it Playwright's own is used.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Frame, Page, expect, sync_playwright

from docs.screens.states import Stage

FOLDER = Path(__file__).parent.parent / "screenshots"
FLOOR_SPEED = "5"
FLOOR_MS = 25_000
SENT_MS = 30_000
ADMIN_PAGES = {
    "admin-home": "/admin/",
    "admin-skills": "/admin/routing/skill/matrix/",
    "admin-queue": "/admin/routing/queue/",
}


def _picture(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")


def _seat(browser: Browser, url: str, seat: str) -> Page:
    """A browser of its own that sits down at the demo's front door."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en").new_page()
    page.goto(f"{url}/demo/")
    page.locator(f'form[action$="/{seat}/"] button').click()
    page.wait_for_load_state("networkidle")
    return page


def _widget(page: Page) -> Frame:
    """The widget's page, found by its address: it lies in a closed shadow root."""
    for _ in range(200):
        for frame in page.frames:
            if "/frame/" in frame.url:
                return frame
        page.wait_for_timeout(100)
    raise RuntimeError("the widget did not open")


def _shop(browser: Browser, url: str) -> Page:
    """Līga asks in the shop's chat."""
    page = _seat(browser, url, "customer")
    page.evaluate("cc('open')")
    frame = _widget(page)
    frame.get_by_role("button", name="Start a chat").click()
    frame.get_by_role("textbox", name="Message").fill("Hello! Where is my order 10482? It was promised for yesterday.")
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("log")).to_contain_text("10482")
    return page


def _console(stage: Stage) -> None:
    offer = stage.page.locator("#offers .offer", has_text="Līga")
    offer.locator(".btn.primary").click(timeout=60_000)
    stage.page.locator("#pane-head").wait_for()
    stage.write("note", "The carrier says: in the van since eight, before noon.")
    stage.write("reply", "Hello Līga! It is in the van and comes before noon today.")
    expect(stage.page.locator("#pane")).to_contain_text("Goes out")  # for some seconds it can be taken back
    stage.page.wait_for_load_state("networkidle")
    _picture(stage.page, "console")


def make(url: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CC_CHROMIUM") or None, args=["--no-sandbox", "--disable-gpu"]
        )
        door = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en").new_page()
        door.goto(f"{url}/demo/")
        door.locator(f'button[name="speed"][value="{FLOOR_SPEED}"]').click()
        door.wait_for_timeout(FLOOR_MS)
        _picture(door, "demo")
        stage = Stage(browser, url)
        stage.become("available")
        shop = _shop(browser, url)
        _console(stage)
        expect(_widget(shop).get_by_role("log")).to_contain_text("before noon", timeout=SENT_MS)
        _picture(shop, "widget")
        stage.page.goto(f"{url}/console/")
        stage.page.wait_for_load_state("networkidle")
        _picture(stage.page, "day")
        admin = _seat(browser, url, "admin")
        for name, path in ADMIN_PAGES.items():
            admin.goto(f"{url}{path}")
            admin.wait_for_load_state("networkidle")
            _picture(admin, name)
        door.locator('button[name="speed"][value="0"]').click()
        stage.close()
        browser.close()


if __name__ == "__main__":
    make(sys.argv[1].rstrip("/"))
