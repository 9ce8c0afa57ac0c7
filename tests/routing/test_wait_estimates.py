"""The pure estimate of waits, and how right it is on simulated days that it has not learned from."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.wait_study import AVERAGE, CONSTANT, MODEL, judge, learn, watch
from routing.waiting_time import (
    Band,
    Pace,
    Ratios,
    Told,
    band_of,
    blend_ratios,
    expected_seconds,
    fit_ratios,
    keep_told,
    share_of_line,
    told_of,
)

seconds = st.floats(min_value=0.0, max_value=100_000.0)
paces = st.builds(
    Pace,
    slots=st.floats(min_value=0.5, max_value=500.0),
    handle_seconds=st.floats(min_value=1.0, max_value=10_000.0),
    patience_seconds=st.none() | st.floats(min_value=1.0, max_value=10_000.0),
)
ratios = st.builds(Ratios, p50=st.floats(min_value=0.0, max_value=50.0), p90=st.floats(min_value=0.0, max_value=50.0))
bands = st.tuples(seconds, seconds).map(lambda pair: Band(p50=min(pair), p90=max(pair)))


def test_nobody_ahead_waits_for_the_first_to_come_free() -> None:
    assert expected_seconds(0, Pace(slots=4, handle_seconds=240)) == 60.0


def test_each_one_ahead_adds_less_the_more_of_them_give_up() -> None:
    patient, impatient = (Pace(slots=4, handle_seconds=240, patience_seconds=limit) for limit in (None, 120.0))
    assert expected_seconds(3, patient) == 240.0
    # 1/60 a second are served, and each of those before us leaves with 1/120 a second.
    assert expected_seconds(3, impatient) == pytest.approx(60 + 40 + 30 + 24)
    assert expected_seconds(0.5, impatient) == pytest.approx(60 + 20)


@given(ahead=st.floats(min_value=0.0, max_value=3_000.0), more=st.floats(min_value=0.0, max_value=200.0), pace=paces)
def test_more_ahead_never_means_sooner(ahead: float, more: float, pace: Pace) -> None:
    shorter, longer = expected_seconds(ahead, pace), expected_seconds(ahead + more, pace)
    assert 0.0 < shorter <= longer * (1 + 1e-12)


@given(pace=paces)
def test_a_long_line_is_summed_up_closely(pace: Pace) -> None:
    service, leaving = pace.slots / pace.handle_seconds, 1.0 / pace.patience_seconds if pace.patience_seconds else 0.0
    exact = math.fsum(1.0 / (service + before * leaving) for before in range(1_501))
    assert expected_seconds(1_500, pace) == pytest.approx(exact, rel=1e-3)


@given(expected=seconds, learned=ratios)
def test_a_band_is_never_negative_and_never_the_wrong_way_round(expected: float, learned: Ratios) -> None:
    band = band_of(expected, learned)
    assert 0.0 <= band.p50 <= band.p90


@given(told=bands, fresh=bands)
def test_what_was_told_grows_only_for_who_is_overtaken(told: Band, fresh: Band) -> None:
    kept = keep_told(told, fresh, is_overtaken=False)
    assert kept.p50 <= told.p50
    assert kept.p90 <= told.p90
    assert kept.p50 <= kept.p90
    assert keep_told(told, fresh, is_overtaken=True) == keep_told(None, fresh, is_overtaken=False) == fresh


@given(band=bands)
def test_what_is_said_is_never_earlier_than_the_band(band: Band) -> None:
    told = told_of(band)
    unit = 3600.0 if told.in_hours else 60.0
    assert told.first <= told.last
    assert told.last * unit >= band.p90 or told.last == 0


@pytest.mark.parametrize(
    ("p50", "p90", "told"),
    [
        (10, 59, Told(first=0, last=0)),
        (10, 61, Told(first=1, last=2)),
        (130, 301, Told(first=3, last=6)),
        (280, 300, Told(first=5, last=5)),
        (3600, 90 * 60, Told(first=60, last=90)),
        (3600, 91 * 60, Told(first=1, last=2, in_hours=True)),
    ],
)
def test_bands_are_rounded_up_to_whole_minutes(p50: float, p90: float, told: Told) -> None:
    assert told_of(Band(p50=p50, p90=p90)) == told


def test_who_left_first_would_have_waited_longer() -> None:
    answered = [(55.0, 55.0 + 6 * n, True) for n in range(10)]
    learned = fit_ratios(answered)
    assert (round(learned.p50, 9), round(learned.p90, 9), learned.samples) == (1.4, 1.8, 10)
    # Five left at once: they say nothing, and are not taken for short waits.
    with_leavers = fit_ratios([*answered, *[(55.0, 1.0, False)] * 5])
    assert (round(with_leavers.p50, 9), with_leavers.samples) == (1.4, 15)
    assert fit_ratios([]) == Ratios()


def test_a_group_with_few_waits_is_corrected_like_its_queue() -> None:
    whole = Ratios(p50=1.0, p90=2.0, samples=500)
    halfway = blend_ratios(Ratios(p50=4.0, p90=8.0, samples=30), whole)
    assert (round(halfway.p50, 9), round(halfway.p90, 9)) == (2.0, 4.0)
    assert blend_ratios(Ratios(), whole).p90 == 2.0


def test_only_those_whom_our_agents_will_take_stand_before_us() -> None:
    assert share_of_line(frozenset({1, 2, 3}), frozenset({3, 4})) == 0.5
    assert share_of_line(frozenset({1}), frozenset()) == 0.0


def test_the_estimate_beats_an_average_and_a_constant_on_unseen_days() -> None:
    learned = learn([100])
    results = judge(watch(range(200, 203), learned), watch(range(300, 304), learned))
    model = results[MODEL]
    assert model.stays > 500
    assert model.mean_error <= 0.85 * results[AVERAGE].mean_error
    assert model.mean_error <= 0.85 * results[CONSTANT].mean_error
    assert 0.87 <= model.coverage <= 0.93
