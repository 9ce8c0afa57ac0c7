"""Text made comparable: search without accents, previews, addresses in one spelling."""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not decompose, as people type them on a plain keyboard.
_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ё": "е", "þ": "th"})


def fold(text: str) -> str:
    """`text` in lower case, without accents, with single spaces: "Bērziņš " -> "berzins"."""
    folded = unicodedata.normalize("NFKD", text.lower().replace("ё", "е").translate(_PLAIN))
    # The breve of й is part of the letter, not an accent that people leave out.
    plain = "".join(char for char in folded if not unicodedata.combining(char) or char == "\u0306")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", plain)).strip()


def preview(text: str, length: int = 120) -> str:
    """The beginning of `text` on one line, cut at a word with an ellipsis."""
    line = re.sub(r"\s+", " ", text).strip()
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def clean_input(text: str) -> str:
    """`text` without the characters PostgreSQL or a screen cannot show (NUL, lone surrogates, controls)."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc").strip()
