"""Patience out of waits of which most ended with an answer."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.survival import kaplan_meier, mean_patience

WAITS = st.lists(st.tuples(st.floats(0, 1000), st.booleans()), max_size=60)


def test_the_curve_of_a_worked_example() -> None:
    # Five callers; those of 3 and 5 s were answered.
    curve = kaplan_meier([(2, True), (3, False), (4, True), (5, False), (6, True)])
    assert curve.times == (2, 4, 6)
    assert curve.shares == pytest.approx((0.8, 0.8 * 2 / 3, 0.0))
    assert curve.share_after(1.9) == 1.0 and curve.share_after(4.5) == pytest.approx(0.5333333)
    assert curve.quantile(0.2) == 2 and curve.quantile(0.5) == 6
    assert curve.mean() == pytest.approx(2 + 2 * 0.8 + 2 * 0.8 * 2 / 3)


def test_who_is_answered_at_the_same_second_was_still_there() -> None:
    assert kaplan_meier([(4, True), (4, False)]).shares == pytest.approx((0.5,))


def test_nobody_left() -> None:
    curve = kaplan_meier([(5, False), (9, False)])
    assert curve.quantile(0.5) == math.inf
    assert curve.mean() == 9
    assert mean_patience([(5, False)]) is None
    assert kaplan_meier([]).mean() == 0


def test_mean_patience_counts_the_waiting_of_all() -> None:
    assert mean_patience([(10, True), (20, False), (30, True)]) == 30


@given(WAITS)
def test_a_curve_falls_from_one_to_nothing_at_least(waits: list[tuple[float, bool]]) -> None:
    curve = kaplan_meier(waits)
    assert all(0 <= share <= 1 for share in curve.shares)
    assert list(curve.shares) == sorted(curve.shares, reverse=True)
    assert 0 <= curve.mean() <= curve.horizon + 1e-9


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=60))
def test_without_answers_it_is_the_plain_share(waits: list[float]) -> None:
    curve = kaplan_meier((seconds, True) for seconds in waits)
    for seconds in waits:
        assert curve.share_after(seconds) == pytest.approx(sum(other > seconds for other in waits) / len(waits))
    assert curve.mean() == pytest.approx(sum(waits) / len(waits))
