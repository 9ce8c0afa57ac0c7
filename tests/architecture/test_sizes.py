"""Files that a person reads in one go: under 400 lines, functions under 60."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import ALL_CODE, PACKAGES, ROOT, VENDORED, python_files

MOST_LINES, MOST_FUNCTION_LINES = 400, 60
MARKUP = ("*.js", "*.css", "*.html", "*.txt")


def test_modules() -> None:
    long = {source.name: source.lines for source in python_files(*ALL_CODE) if source.lines >= MOST_LINES}
    assert long == {}


def test_functions() -> None:
    long = {}
    for source in python_files(*ALL_CODE):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size >= MOST_FUNCTION_LINES:
                    long[f"{source.at(node)} {node.name}"] = size
    assert long == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_scripts_styles_and_templates(package: str) -> None:
    long = {}
    for pattern in MARKUP:
        for path in (ROOT / package).rglob(pattern):
            if VENDORED & set(path.parts) or path.name.endswith(".min.js"):
                continue
            lines = path.read_text().count("\n")
            if lines >= MOST_LINES:
                long[path.relative_to(ROOT).as_posix()] = lines
    assert long == {}


def test_templates_and_static_files_are_namespaced_by_app() -> None:
    """The project's own folder holds what all pages share; an app's files lie in a folder of the app's name."""
    stray = []
    for package in PACKAGES:
        for folder in [*(ROOT / package).rglob("templates"), *(ROOT / package).rglob("static")]:
            if folder.parent != ROOT / "contactcenter":
                stray += [path.relative_to(ROOT).as_posix() for path in folder.iterdir() if path.is_file()]
    assert stray == []
