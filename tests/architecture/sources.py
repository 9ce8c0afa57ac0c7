"""The project's own files, read once, for the rules that they keep."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["contactcenter", "routing", "channels_app", "selfservice"]
ALL_CODE = [*PACKAGES, "launcher", "tests", "benchmarks"]
# Files that somebody else wrote and that are kept as they are.
VENDORED = {"vendor", "vendored"}


@dataclass(frozen=True)
class Source:
    """A Python file of ours."""

    path: Path
    tree: ast.Module
    lines: int

    @property
    def name(self) -> str:
        """As in the rules: `routing/services/offers.py`."""
        return self.path.relative_to(ROOT).as_posix()

    def at(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 0)}"


@cache
def python_files(*roots: str) -> tuple[Source, ...]:
    """Every module under the roots, without migrations."""
    found = []
    for root in roots:
        for path in sorted((ROOT / root).rglob("*.py")):
            if "migrations" not in path.parts and not VENDORED & set(path.parts):
                text = path.read_text()
                found.append(Source(path=path, tree=ast.parse(text), lines=text.count("\n")))
    return tuple(found)


def product() -> tuple[Source, ...]:
    return python_files(*PACKAGES)


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with what is called, dotted: `transaction.on_commit`, `Agent.objects.filter().update`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a chain of names; what is not a name becomes empty: `Agent.objects.filter().update`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return ""


def imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """(statement, `package.module.name`) for every name that a module imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
