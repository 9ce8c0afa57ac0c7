"""axe finds nothing serious on any screen of the console, in both themes, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from docs.screens.states import STATES, THEMES, Stage, shown
from tests.journeys.desk import Desk
from tests.journeys.people import clear_the_floor

SERIOUS = {"serious", "critical"}
# The markup is the same in both themes.
_LOOK: dict[str, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}


@pytest.fixture(scope="module")
def stage(desk: Desk, browser: Browser) -> Iterator[Stage]:
    prepared = Stage(browser, desk.url)
    prepared.begin()
    yield prepared
    prepared.close()
    clear_the_floor(desk)


def _offers_last(desk: Desk, *, seconds: int | None) -> None:
    """Without seconds of its own as long as all of the journeys' do: too long to miss one."""
    with psycopg.connect(desk.runtime()["environment"]["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE routing_queue SET offer_seconds = %s", [seconds])


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("width", [1440, pytest.param(390, marks=pytest.mark.full)])
def test_nothing_serious(desk: Desk, stage: Stage, width: int) -> None:
    stage.look(theme="auto")
    stage.resize(width)
    found = []
    for state in STATES:
        _offers_last(desk, seconds=3 if state.name == "not-responding" else None)
        with shown(stage, state) as page:
            for theme in THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # colours are there at once
                if state.name != "offline":
                    expect(page.locator(".htmx-request")).to_have_count(0)  # a list is paler while it loads
                for violation in Axe().run(page, options=_LOOK[theme]).response["violations"]:
                    if violation["impact"] in SERIOUS:
                        places = [node["html"][:160] for node in violation["nodes"][:3]]
                        found.append(f"{state.name}, {theme}: {violation['id']}: {places}")
    assert not found, "\n".join(found)
