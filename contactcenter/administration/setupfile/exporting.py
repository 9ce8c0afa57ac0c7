"""Writes the set-up: the same set-up is the same text, byte for byte."""

from __future__ import annotations

from typing import Any

import yaml

from contactcenter.administration.setupfile.reading import VERSION
from contactcenter.administration.setupfile.sections import sections
from contactcenter.administration.setupfile.values import Section

Rows = dict[str, dict[tuple[str, ...], dict[str, Any]]]


class _Dumper(yaml.SafeDumper):
    """Texts of several lines are written as such, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


# Readers take these for ends of lines, too, and give back "\n": they are kept only where they are escaped.
_RARE_BREAKS = frozenset("\r\x85\u2028\u2029")


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _RARE_BREAKS.intersection(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def rows_of(section: Section) -> list[Any]:
    rows = section.model._default_manager.exclude(section.made)
    return list(rows.prefetch_related(*section.reads).order_by("pk"))


def read_setup() -> Rows:
    """Every section's entries by key, in the order of their keys."""
    found: Rows = {}
    for section in sections():
        entries = (section.show(row) for row in rows_of(section))
        found[section.name] = dict(
            sorted(((section.key_of(entry), entry) for entry in entries), key=lambda pair: pair[0])
        )
    return found


def write_setup(rows: Rows) -> str:
    """The file of these entries."""
    data = {"version": VERSION, **{name: list(entries.values()) for name, entries in rows.items()}}
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
