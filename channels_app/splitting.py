"""PURE: a text that is too long for one message, in several that read well."""

from __future__ import annotations

import re

# Where a text may be parted, the best place first: after a paragraph, a line, a sentence, a word.
_PLACES = (re.compile(r"\n{2,}"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))


def length_of(text: str, *, in_bytes: bool = False) -> int:
    """Characters, or UTF-8 bytes."""
    return len(text.encode()) if in_bytes else len(text)


def split_text(text: str, most: int, *, in_bytes: bool = False) -> list[str]:
    """Parts of at most `most` characters or bytes, in order; an empty text has none."""
    parts = []
    rest = text.strip()
    while length_of(rest, in_bytes=in_bytes) > most:
        head = _head(rest, most, in_bytes=in_bytes)
        parts.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*parts, rest] if rest else parts


def _head(text: str, most: int, *, in_bytes: bool) -> str:
    """The longest beginning that fits and ends at a good place; at least a third of what fits."""
    fits = text.encode()[:most].decode(errors="ignore") if in_bytes else text[:most]
    for place in _PLACES:
        ends = [found.start() for found in place.finditer(text[: len(fits) + 1])]
        good = [end for end in ends if len(fits) // 3 <= end <= len(fits)]
        if good:
            return text[: good[-1]]
    return fits
