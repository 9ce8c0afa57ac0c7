"""What was looked for, marked in what was found."""

from __future__ import annotations

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from contactcenter.base.text import fold, preview

register = template.Library()

_BEFORE = 30
_LENGTH = 140


def _folded(text: str) -> tuple[str, list[int]]:
    """`text` folded letter by letter, and for every letter of it the place in `text` that it came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        folded = " " if char.isspace() else fold(char)
        letters += folded
        places += [place] * len(folded)
    return "".join(letters), places


def _spans(text: str, query: str) -> list[tuple[int, int]]:
    """Where the query stands in the text: the whole of it, or else each of its words."""
    folded, places = _folded(text)
    whole = fold(query)
    wanted = [whole] if whole in folded else [word for word in whole.split() if len(word) > 1]
    spans: list[tuple[int, int]] = []
    for word in filter(None, wanted):
        start = folded.find(word)
        while start >= 0:
            spans.append((places[start], places[start + len(word) - 1] + 1))
            start = folded.find(word, start + len(word))
    return sorted(spans)


@register.filter
def highlight(value: object, query: str) -> SafeString:
    """The text, escaped, with what was looked for in `<mark>`, whatever its accents."""
    text, parts, done = str(value), [], 0
    for start, end in _spans(text, query):
        if start < done:
            continue
        parts += [escape(text[done:start]), "<mark>", escape(text[start:end]), "</mark>"]
        done = end
    return mark_safe("".join([*parts, escape(text[done:])]))  # noqa: S308  # every part is escaped


@register.filter
def excerpt(value: object, query: str) -> SafeString:
    """The part of a long text in which the words stand."""
    text = " ".join(str(value).split())
    spans = _spans(text, query)
    start = max(spans[0][0] - _BEFORE, 0) if spans else 0
    if start:
        start = text.find(" ", start) + 1
    return highlight(("… " if start else "") + preview(text[start:], _LENGTH), query)
