"""axe finds nothing serious on any screen of the console, in both themes, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from docs.screens.states import STATES, THEMES, Stage, shown
from tests.journeys.desk import Desk
from tests.journeys.people import clear_the_floor

SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def stage(desk: Desk, browser: Browser) -> Iterator[Stage]:
    prepared = Stage(browser, desk.url)
    prepared.begin()
    yield prepared
    prepared.look(theme="auto")
    prepared.close()
    clear_the_floor(desk)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_serious(stage: Stage, theme: str, width: int) -> None:
    stage.look(theme=theme)
    stage.resize(width)
    found = []
    for state in STATES:
        with shown(stage, state) as page:
            for violation in Axe().run(page).response["violations"]:
                if violation["impact"] in SERIOUS:
                    places = [node["html"][:160] for node in violation["nodes"][:3]]
                    found.append((state.name, violation["id"], violation["help"], places))
    assert found == []
