"""`python3 run.py test`: every check, then every test, on engines of their own that are thrown away."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from launcher.browser import find_chromium
from launcher.checks import all_checks, migrating, run_checks
from launcher.environment import python
from launcher.output import LauncherError, say
from launcher.process import ROOT
from launcher.signals import Signals
from launcher.steps import run_in_foreground
from launcher.trial import trial_environment

NO_BROWSER = "!!! NO CHROMIUM FOUND: ALL BROWSER TESTS WERE SKIPPED. Install chromium, or set CHROMIUM=/path/to/it. !!!"
NO_NODE = "!!! NODE IS NOT INSTALLED: THE SCRIPTS WERE NOT CHECKED. Install nodejs. !!!"
# Launcher, agents' and customers' journeys wait more than they work: each has a worker, and so has the rest.
WORKERS = "4"
COVERED_PERCENT = "85"
# SlipCover adds names to the modules of pytest's plugins, and Schemathesis cannot be imported with them: its tests run
# in a process of their own, and no other process may load it.
SCHEMA_TESTS = "tests/api/schema"
WITHOUT_SCHEMA = ("-p", "no:schemathesis", "--ignore", SCHEMA_TESTS)
# Arguments of pytest that say which tests to run.
SELECTING = frozenset(("-k", "-m", "--lf", "--last-failed", "--sw", "--stepwise", "--deselect", "--pyargs"))


def test(arguments: Sequence[str], signals: Signals) -> int:
    """Run everything, or with arguments that select tests only those; the exit code is the first failure's."""
    passed_on = [argument for argument in arguments if argument != "--full"]
    selected = selects_tests(passed_on)
    with trial_environment(None, durable=False, signals=signals) as environment:
        environment["CC_TEST_FULL"] = "1" if "--full" in arguments else "0"
        environment["CC_CHROMIUM"] = find_chromium(os.environ)
        return _run(passed_on, selected=selected, environment=environment, signals=signals)


def _report(measured: Path) -> tuple[str, ...]:
    """Prints what no test has reached; its exit code says whether that is too much.

    A command of its own: while measuring, SlipCover forgets what the workers have found once it has judged it.
    """
    return python("-m", "slipcover", "--fail-under", COVERED_PERCENT, "--merge", str(measured), "--out", os.devnull)


def selects_tests(arguments: Sequence[str]) -> bool:
    """True when these arguments of pytest name tests, files or marks."""
    for argument in arguments:
        if argument.split("=", 1)[0] in SELECTING:
            return True
        if not argument.startswith("-") and (ROOT / argument.split("::", 1)[0]).exists():
            return True
    return False


def _run(arguments: Sequence[str], *, selected: bool, environment: Mapping[str, str], signals: Signals) -> int:
    no_browser = not environment["CC_CHROMIUM"]
    no_node = shutil.which("node") is None
    checks = [migrating()] if selected else all_checks()
    failed = run_checks(checks, environment, signals)
    if failed:
        return failed
    environment = {**environment, "CC_TEST_TEMPLATE": urlsplit(environment["DATABASE_URL"]).path.lstrip("/")}
    measured = Path(environment["CC_DATA_DIR"]) / "coverage.json"
    pytest = ("-m", "pytest", "-n", WORKERS, "--dist", "loadgroup")
    if selected:
        code = run_in_foreground(python(*pytest, *arguments), environment, signals)
    else:
        coverage = ("-m", "slipcover", "--json", "--out", str(measured))
        commands = (
            python(*coverage, *pytest, *WITHOUT_SCHEMA, *arguments),
            python("-m", "pytest", SCHEMA_TESTS, *arguments),
            _report(measured),
        )
        code = next((code for command in commands if (code := run_in_foreground(command, environment, signals))), 0)
    if no_node and not selected:
        say(NO_NODE)
    if no_browser:
        say(NO_BROWSER)
        if os.environ.get("CI") == "true" and code == 0:
            raise LauncherError("CI=true and no Chromium: the browser tests are part of CI, so this run failed")
    return code
