"""Counting text messages: the alphabet, escapes, pairs that are not torn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.sms.segments import segments_of


@pytest.mark.parametrize(
    ("text", "count", "left", "is_unicode"),
    [
        ("", 0, 160, False),
        ("a" * 160, 1, 0, False),
        ("a" * 161, 2, 2 * 153 - 161, False),
        ("€" * 80, 1, 0, False),
        ("€" * 81, 2, 153 - 2 * (81 - 76), False),  # 76 escapes fit into 153 septets, one septet stays empty
        ("õ" * 70, 1, 0, True),
        ("ы" * 71, 2, 2 * 67 - 71, True),
        ("😀" * 35, 1, 0, True),
        ("😀" * 36, 2, 67 - 2 * (36 - 33), True),
    ],
)
def test_counts(text: str, count: int, left: int, is_unicode: bool) -> None:
    found = segments_of(text)
    assert (found.count, found.left, found.is_unicode) == (count, left, is_unicode)


@given(st.text(max_size=500), st.text(max_size=50))
def test_more_text_never_takes_fewer_messages(text: str, more: str) -> None:
    assert segments_of(text).count <= segments_of(text + more).count
    assert 0 <= segments_of(text).left < 161
