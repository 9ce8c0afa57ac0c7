"""Pictures of every state of the console, from a running demo:

    CC_WIDGET_LIMITS=0 python3 run.py --demo --data /tmp/pictures-data &
    .venv/bin/python -m docs.screens.make http://127.0.0.1:8000 /tmp/pictures [--only palette --width 390]

Writes FOLDER/<width>-<theme>-<language>/<state>.png. `CC_CHROMIUM` names the browser; without it
Playwright's own is used.
"""

from __future__ import annotations

import argparse
import itertools
import os
from pathlib import Path

from playwright.sync_api import sync_playwright

from docs.screens.states import LANGUAGES, STATES, THEMES, WIDTHS, Stage, shown


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="docs.screens.make", description="Pictures of the console's states.")
    parser.add_argument("url", help="address of a running demo")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--only", action="append", choices=[state.name for state in STATES], help="these states only")
    parser.add_argument("--width", action="append", type=int, choices=list(WIDTHS))
    parser.add_argument("--theme", action="append", choices=THEMES)
    parser.add_argument("--language", action="append", choices=["en", "et", "lv", "ru", "pl"])
    return parser.parse_args()


def make(arguments: argparse.Namespace) -> int:
    """How many pictures were made."""
    looks = itertools.product(arguments.language or LANGUAGES, arguments.theme or THEMES)
    states = [state for state in STATES if not arguments.only or state.name in arguments.only]
    count = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CC_CHROMIUM") or None, args=["--no-sandbox", "--disable-gpu"]
        )
        stage = Stage(browser, arguments.url)
        stage.begin()
        for language, theme in looks:
            stage.look(theme=theme, language=language)
            for width in arguments.width or WIDTHS:
                stage.resize(width)
                folder = arguments.folder / f"{width}-{theme}-{language}"
                folder.mkdir(parents=True, exist_ok=True)
                for state in states:
                    with shown(stage, state) as page:
                        page.screenshot(path=folder / f"{state.name}.png")
                    count += 1
        stage.look(theme="auto")
        stage.close()
        browser.close()
    return count


if __name__ == "__main__":
    print(f"{make(_arguments())} pictures")  # noqa: T201  # a script's answer
