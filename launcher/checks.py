"""The checks before the tests: style, types, contracts, migrations. Two at a time, output shown only on failure."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from launcher.environment import django, python
from launcher.output import note, say
from launcher.process import ROOT, ended_within
from launcher.signals import Signals
from launcher.steps import start_dependent

SOURCES = ("contactcenter", "routing", "channels_app", "selfservice")
AT_ONCE = 2


@dataclass(frozen=True)
class Check:
    """One command that has to succeed."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Running:
    check: Check
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    started: float


def all_checks() -> list[Check]:
    """In the order in which a person wants to hear of them; the slow ones stand early so that they overlap."""
    tool = ROOT / ".venv" / "bin"
    production = {
        "CC_DEMO": "0",
        "CC_DEMO_OPEN": "0",
        "CC_EMBEDDED": "0",
        "CC_PUBLIC_URL": "https://contactcenter.example",
    }
    return [
        Check("types (mypy)", python("-m", "mypy")),
        Check("lint (ruff)", [str(tool / "ruff"), "check", "."]),
        Check("format (ruff)", [str(tool / "ruff"), "format", "--check", "."]),
        *_template_checks(tool),
        *_script_checks(),
        Check("layers (import-linter)", [str(tool / "lint-imports"), "--no-cache"]),
        Check("migrations", django("makemigrations", "--check", "--dry-run")),
        Check("deployment", django("check", "--deploy", "--fail-level", "WARNING"), production),
        migrating(),
    ]


def migrating() -> Check:
    """The run's own database, which the workers' databases are copies of."""
    return Check("migrating from nothing", django("migrate", "--verbosity", "0"))


def _files(folder: str, suffix: str) -> Iterator[Path]:
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob(f"*{suffix}")):
            if folder in path.parts and "vendor" not in path.parts:
                yield path


def _template_checks(tool: Path) -> list[Check]:
    templates = [str(path) for path in _files("templates", ".html")]
    return (
        [Check("templates (djade)", [str(tool / "djade"), "--target-version", "5.2", "--check", *templates])]
        if templates
        else []
    )


def _script_checks() -> list[Check]:
    """None without Node; the run says so at its end."""
    if shutil.which("node") is None:
        return []
    command = ["node", "--experimental-vm-modules", "--no-warnings", str(ROOT / "launcher" / "check_scripts.mjs")]
    return [Check("scripts (node)", [*command, *map(str, _files("static", ".js"))])]


def run_checks(checks: Sequence[Check], environment: Mapping[str, str], signals: Signals) -> int:
    """Run all; the first failure is shown whole, the rest is not started. Returns its exit code, or 0."""
    waiting = list(checks)
    running: list[_Running] = []
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.append(_start(waiting.pop(0), environment))
            signals.pause(0.1)
            for one in [one for one in running if one.process.poll() is not None]:
                running.remove(one)
                seconds = time.monotonic() - one.started
                if one.process.returncode != 0:
                    _show_failure(one, seconds)
                    return one.process.returncode
                say(f"{one.check.name}: ok, {seconds:.1f} s")
    finally:
        for one in running:
            one.process.terminate()
            if not ended_within(one.process, 5):
                one.process.kill()
                one.process.wait()
    return 0


def _start(check: Check, environment: Mapping[str, str]) -> _Running:
    output = tempfile.TemporaryFile()  # noqa: SIM115 - read when the check has ended
    process = start_dependent(check.argv, {**environment, **check.environment}, output=output)
    return _Running(check, process, output, time.monotonic())


def _show_failure(one: _Running, seconds: float) -> None:
    one.output.seek(0)
    say(one.output.read().decode(errors="replace").rstrip())
    say(f"{one.check.name}: FAILED with exit code {one.process.returncode}, {seconds:.1f} s")
    note(f"the command was: {' '.join(one.check.argv)}")
