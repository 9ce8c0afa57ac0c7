"""One installation and one Chromium for the journeys of agents, and one of each for those of customers.

Both end with this package: Playwright keeps an event loop running, beside which Django's ORM refuses to work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.journeys.desk import Desk
from tests.journeys.people import People, clear_the_floor

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that beeps, given to whoever asks.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # The last such list counts: Playwright's own, and pages behind the address bar that cost as much as ours.
    "--disable-features="
    + ",".join(
        (
            "AvoidUnnecessaryBeforeUnloadCheckSync",
            "DestroyProfileOnBrowserClose",
            "HttpsFirstBalancedModeAutoEnable",
            "HttpsUpgrades",
            "MediaRouter",
            "OptimizationHints",
            "PaintHolding",
            "ThirdPartyStoragePartitioning",
            "WebUIOmniboxAimPopup",
            "WebUIOmniboxFullPopup",
            "WebUIOmniboxPopup",
        )
    ),
]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    chromium = os.environ.get("CC_CHROMIUM", "")
    for item in items:
        if "/journeys/" in str(item.path):
            side = "console" if item.path.stem.startswith("test_console") else "customers"
            item.add_marker(pytest.mark.xdist_group(f"journeys-{side}"))
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(900))
            if not chromium:
                item.add_marker(pytest.mark.skip(reason="no Chromium: browser journeys did not run"))


# A chat's offer and its wrap-up outlast the slowest browser: no journey is about one that runs out by itself.
_LAST = """
from routing.models import ChannelProfile
ChannelProfile.objects.filter(channel="chat").update(offer_seconds=600, wrap_up_seconds=600)
"""
# Two cores are shared with the rest of the tests.
expect.set_options(timeout=90_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ["CC_CHROMIUM"], args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    # PostgreSQL does not run as root: its user has to reach the folder.
    base = tmp_path_factory.mktemp("desk")
    for folder in [base, *list(base.parents)[:2]]:
        if folder.owner() == base.owner() and folder != Path("/tmp"):
            folder.chmod(0o755)
    running = Desk(base / "data", "--demo")
    running.run(_LAST)
    clear_the_floor(running)  # the demo begins with customers who wait
    yield running
    running.stop()


@pytest.fixture
def people(desk: Desk, browser: Browser) -> Iterator[People]:
    """Whoever takes part; all browsers are closed and all work ended afterwards."""
    cast = People(desk, browser)
    yield cast
    cast.leave()
