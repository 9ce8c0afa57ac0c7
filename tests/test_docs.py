"""What the documents promise: every setting is listed, and nothing that is gone."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"\b(CC_[A-Z_]+|DATABASE_URL|REDIS_URL)\b")
# Said by the launcher or the test run to its own children, never by people.
INTERNAL = {"CC_TEST_DATABASE", "CC_TEST_TEMPLATE", "CC_TEST_FULL", "CC_CHROMIUM", "CC_EMBEDDED"}


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
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
