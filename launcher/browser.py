"""Finds Chromium for the browser tests, or gets one."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from launcher.environment import python
from launcher.output import LauncherError, note

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Asks the installed Playwright where it keeps its own browser.
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
)


def find_chromium(environment: Mapping[str, str]) -> str:
    """The path of a Chromium: named, installed, downloaded, or from Debian's packages; empty if none can be had."""
    named = environment.get("CHROMIUM", "")
    if named:
        found = shutil.which(named)
        if found is None:
            raise LauncherError(f"CHROMIUM={named} is no program: name one, or leave CHROMIUM out")
        return found
    return _on_path() or _from_playwright() or _from_debian()


def _on_path() -> str:
    return next((found for name in NAMES if (found := shutil.which(name))), "")


def _from_playwright() -> str:
    path = _playwright_path()
    if not path:
        note("no Chromium found: trying `playwright install chromium`")
        if _succeeds(*python("-m", "playwright", "install", "chromium")):
            path = _playwright_path()
    return path


def _playwright_path() -> str:
    asked = subprocess.run(python("-c", ASK_PLAYWRIGHT), capture_output=True, text=True, check=False)
    path = asked.stdout.strip()
    return path if asked.returncode == 0 and path and Path(path).exists() else ""


def _from_debian() -> str:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return ""
    note("trying `apt-get install chromium`")
    _succeeds("apt-get", "update")
    return _on_path() if _succeeds("apt-get", "install", "-y", "--no-install-recommends", "chromium") else ""


def _succeeds(*argv: str) -> bool:
    """Whatever went wrong, the caller has another way; why is the last thing the tool said."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        telling = [line for line in words if "rror" in line] or words or [f"exit code {done.returncode}"]
        note(f"{' '.join(argv)}: {telling[-1].strip()}")
    return done.returncode == 0
