"""PURE: what the page tells of the present visit, cut to what an agent can use. Nothing of it is stored before the
visitor writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contactcenter.base.text import clean_input

MOST_VIEWS, MOST_EVENTS, MOST_VALUES = 10, 20, 20
_MOST_CHARACTERS = 200


def read_visit(given: object, *, order: str = "") -> dict[str, Any]:
    """Title and referrer of the page, the host page's own values, the order number of the form; pages seen and events
    only where the visitor has consented to that."""
    visit = given if isinstance(given, Mapping) else {}
    found: dict[str, Any] = {
        "title": _text(visit.get("title")),
        "referrer": _text(visit.get("referrer")),
        "order": _text(order),
        "set": _values(visit.get("set")),
    }
    if visit.get("consented") is True:
        found["views"] = [
            {name: _text(row.get(name)) for name in ("url", "title", "at")}
            for row in _rows(visit.get("views"), MOST_VIEWS)
        ]
        found["events"] = [
            {"name": _text(row.get("name")), "data": _values(row.get("data"))}
            for row in _rows(visit.get("events"), MOST_EVENTS)
        ]
    return {name: value for name, value in found.items() if value}


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean_input(str(value))[:_MOST_CHARACTERS]


def _rows(value: object, most: int) -> list[Mapping[str, Any]]:
    """The last ones: they say most of why somebody writes."""
    return [row for row in value if isinstance(row, Mapping)][-most:] if isinstance(value, list) else []


def _values(value: object) -> dict[str, str]:
    pairs = list(value.items())[:MOST_VALUES] if isinstance(value, Mapping) else []
    return {_text(name)[:50]: text for name, given in pairs if (text := _text(given))}
