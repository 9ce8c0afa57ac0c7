"""PURE: into how many text messages a text goes.

Source: 3GPP TS 23.038 (alphabet) and 23.040 (concatenation): 160 septets alone, 153 in each of several; with any
character beyond the alphabet 70 UTF-16 units alone, 67 in each of several. Neither an escaped character nor a
surrogate pair is torn apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each is an escape and a character.
_EXTENDED = frozenset("^{}\\[~]|€\f")
_SEPTETS, _SEPTETS_EACH = 160, 153
_UNITS, _UNITS_EACH = 70, 67


@dataclass(frozen=True, slots=True)
class Segments:
    """`count` messages; `left` units fit into the last one; `is_unicode` where the short alphabet does not do."""

    count: int
    left: int
    is_unicode: bool


def segments_of(text: str) -> Segments:
    """How many messages, and what the last still holds. An empty text is none."""
    is_unicode = not set(text) <= _BASIC | _EXTENDED
    if is_unicode:
        sizes, alone, each = [2 if ord(char) > 0xFFFF else 1 for char in text], _UNITS, _UNITS_EACH
    else:
        sizes, alone, each = [2 if char in _EXTENDED else 1 for char in text], _SEPTETS, _SEPTETS_EACH
    total = sum(sizes)
    if total <= alone:
        return Segments(1 if text else 0, alone - total, is_unicode)
    count, used = _fill(sizes, each)
    return Segments(count, each - used, is_unicode)


def _fill(sizes: Iterable[int], each: int) -> tuple[int, int]:
    count, used = 1, 0
    for size in sizes:
        if used + size > each:
            count, used = count + 1, 0
        used += size
    return count, used
