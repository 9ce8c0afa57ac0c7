"""How long those would have waited who were answered: what a replay draws their patience from."""

from __future__ import annotations

import math
import random

import pytest

from routing.trials.replaying import patience_of


def test_patience_is_kaplan_meier() -> None:
    """Of five who wait, at 10 s one of five gives up (4/5), at 20 s one leaves answered, at 30 s one of three gives
    up (8/15), at 40 s one is answered, at 50 s the last one gives up (0)."""
    waits = [(10.0, True), (20.0, False), (30.0, True), (40.0, False), (50.0, True)]
    assert patience_of(waits).beyond(1.0, random.Random(1)) == math.inf
    curve = patience_of(waits * 2)
    assert curve.times == (10.0, 30.0, 50.0)
    assert curve.left == pytest.approx((0.8, 8 / 15, 0.0))


class _Stream:
    def __init__(self, value: float) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


@pytest.mark.parametrize(("chance", "waited", "until"), [(0.1, 0, 10), (0.3, 0, 30), (0.9, 0, 50), (0.1, 20, 30)])
def test_patience_beyond_what_was_waited(chance: float, waited: float, until: float) -> None:
    curve = patience_of([(10.0, True), (20.0, False), (30.0, True), (40.0, False), (50.0, True)] * 2)
    assert curve.beyond(waited, _Stream(chance)) == until  # type: ignore[arg-type]
