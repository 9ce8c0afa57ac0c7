"""PURE: how long somebody will wait, as a band that was right in nine of ten earlier cases. No database, no clock.

The estimate counts who stands before and how fast the agents take from that line, those who give up included: the
best of the usual ones where customers abandon (Ibrahim and Whitt 2009). What it leaves out (later arrivals who
overtake, agents with other channels in hand, breaks) is the same from day to day, so the ratios of actual to
estimated waits in the past correct it; their quantiles are the band.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from routing.survival import kaplan_meier

# Added to both sides of a ratio, so that short waits do not rule it.
CUSHION_SECONDS = 5.0
# Fewer earlier waits than that tell nothing.
FEWEST_SAMPLES = 10
# A group's own ratio counts as much as its queue's with so many waits.
EVEN_SAMPLES = 30
MINUTE = 60.0
EXACT_TERMS = 100
# From here on people count in hours.
MOST_MINUTES = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a line is served: conversations that its agents can hold at once, seconds that one takes, and seconds
    after which customers give up on average (None: they do not)."""

    slots: float
    handle_seconds: float
    patience_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """Actual over estimated waits: what half and nine tenths of them kept to, out of so many samples."""

    p50: float = 1.0
    p90: float = 1.0
    samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Seconds: half of the waits are over by `p50`, nine tenths by `p90`."""

    p50: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A band as people say it: whole minutes, or hours for long waits; `last` 0 is less than a minute."""

    first: int
    last: int
    in_hours: bool = False


def expected_seconds(ahead: float, pace: Pace) -> float:
    """The wait behind `ahead` others: the sum over those still before us of 1 / (service rate + their giving up).

    `ahead` may be a fraction, where some of those before us go to other agents. The pace needs a slot.
    """
    service = pace.slots / pace.handle_seconds
    leaving = 1.0 / pace.patience_seconds if pace.patience_seconds else 0.0
    whole = math.floor(ahead)
    exact = min(whole + 1, EXACT_TERMS)
    seconds = sum(1.0 / (service + before * leaving) for before in range(exact))
    if whole + 1 > exact:  # a long line: the integral of the rest is as good, and does not grow with it
        start, end = service + (exact - 0.5) * leaving, service + (whole + 0.5) * leaving
        seconds += math.log(end / start) / leaving if leaving else (whole + 1 - exact) / service
    return seconds + (ahead - whole) / (service + (whole + 1) * leaving)


def share_of_line(ours: frozenset[int], theirs: frozenset[int]) -> float:
    """How much of another group's line stands before us: the share of its agents who serve us too."""
    return len(ours & theirs) / len(theirs) if theirs else 0.0


def ratio_of(actual: float, expected: float) -> float:
    return (actual + CUSHION_SECONDS) / (expected + CUSHION_SECONDS)


def fit_ratios(stays: Iterable[tuple[float, float, bool]]) -> Ratios:
    """From (estimated, actual, whether it was answered) of earlier stays; who left first would have waited longer."""
    ratios = [(ratio_of(actual, expected), seen) for expected, actual, seen in stays]
    if not ratios:
        return Ratios()
    curve = kaplan_meier(ratios)
    # Where the last ones left early, nothing is known beyond them.
    p50, p90 = (min(curve.quantile(share), curve.horizon) for share in (0.5, 0.9))
    return Ratios(p50=p50, p90=p90, samples=len(ratios))


def blend_ratios(own: Ratios, whole: Ratios) -> Ratios:
    """A group's ratios drawn to those of its queue, the more the fewer its own samples."""
    weight = own.samples / (own.samples + EVEN_SAMPLES)
    return Ratios(
        p50=own.p50**weight * whole.p50 ** (1.0 - weight),
        p90=own.p90**weight * whole.p90 ** (1.0 - weight),
        samples=own.samples,
    )


def band_of(expected: float, ratios: Ratios) -> Band:
    """The estimate corrected by the ratios; never negative, never the wrong way round."""
    p50, p90 = (max((expected + CUSHION_SECONDS) * ratio - CUSHION_SECONDS, 0.0) for ratio in (ratios.p50, ratios.p90))
    return Band(p50=p50, p90=max(p50, p90))


def keep_told(before: Band | None, fresh: Band, *, is_overtaken: bool) -> Band:
    """What to tell now, as ends on one clock: earlier than told before, later only for who was overtaken."""
    if before is None or is_overtaken:
        return fresh
    return Band(p50=min(before.p50, fresh.p50), p90=min(before.p90, fresh.p90))


def told_of(band: Band) -> Told:
    """Rounded up: half an hour too early is a broken promise, half a minute too late is none."""
    if band.p90 <= MINUTE:
        return Told(first=0, last=0)
    minutes = math.ceil(band.p90 / MINUTE)
    unit = MINUTE if minutes <= MOST_MINUTES else MINUTE * MINUTE
    last = math.ceil(band.p90 / unit)
    return Told(first=min(max(math.ceil(band.p50 / unit), 1), last), last=last, in_hours=unit > MINUTE)
