"""What the documents promise: all settings, events and commands, none that is gone; and they make a site."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from contactcenter.conversations.events import EventKind
from routing.matching import Weights
from routing.models import QueueWeights

ROOT = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"\b(CC_[A-Z_]+|DATABASE_URL|REDIS_URL)\b")
# Said by the launcher or the test run to its own children, never by people.
INTERNAL = {"CC_TEST_DATABASE", "CC_TEST_TEMPLATE", "CC_TEST_FULL", "CC_CHROMIUM", "CC_EMBEDDED"}

WEIGHTS = [name for name in Weights.__slots__ if name != "missed"]


def _names(*files: Path) -> set[str]:
    return {name for file in files for name in _NAME.findall(file.read_text())}


def test_every_setting_is_documented() -> None:
    sources = [ROOT / "contactcenter/settings.py", *(ROOT / "launcher").glob("*.py")]
    documented = _names(ROOT / "docs/configuration.md")
    assert _names(*sources) - INTERNAL - documented == set()


def test_no_document_names_a_setting_that_is_gone() -> None:
    sources = [*(ROOT / "contactcenter").rglob("*.py"), *(ROOT / "launcher").glob("*.py"), *(ROOT / "deploy").glob("*")]
    assert _names(ROOT / "docs/configuration.md") - _names(*sources) == set()


def test_links_between_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def _in_code(document: str) -> set[str]:
    """What stands between backticks."""
    return set(re.findall(r"`([^`\s]+)`", (ROOT / "docs" / document).read_text()))


def test_every_kind_of_event_is_documented_and_no_other() -> None:
    kinds = {name for name in _in_code("reference/events.md") if re.fullmatch(r"[a-z_]+\.[a-z_]+", name)}
    assert kinds == set(EventKind.values)


def test_every_management_command_is_documented() -> None:
    apps = ("contactcenter", "routing", "channels_app", "selfservice")
    commands = {file.stem for app in apps for file in (ROOT / app).rglob("management/commands/[a-z]*.py")}
    assert commands - _in_code("reference/commands.md") == set()


def test_the_weights_are_documented_with_their_defaults() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([\d.]+) \|", (ROOT / "docs/routing.md").read_text(), re.M)
    columns = {str(QueueWeights._meta.get_field(name).verbose_name): name for name in WEIGHTS}
    assert {columns[label]: float(value) for label, value in rows} == {
        name: getattr(Weights(), name) for name in WEIGHTS
    }


def test_they_make_a_site_without_a_warning(tmp_path: Path) -> None:
    where = ["-d", tmp_path / "trees", "docs", tmp_path / "site"]
    made = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", *where],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    assert "Concepts" in (tmp_path / "site/index.html").read_text()
