"""PURE: how long people wait before they leave, from waits of which many ended otherwise (Kaplan and Meier 1958)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Survival:
    """`times` are ascending seconds at which somebody left, `shares` how many last longer than each."""

    times: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    # The longest wait seen, however it ended: beyond it nothing is known.
    horizon: float = 0.0

    def share_after(self, seconds: float) -> float:
        """The share that lasts longer than so many seconds."""
        lasting = 1.0
        for time, share in zip(self.times, self.shares, strict=True):
            if time > seconds:
                break
            lasting = share
        return lasting

    def quantile(self, p: float) -> float:
        """The seconds after which the share `p` has left; infinite if so many were never seen to leave."""
        for time, share in zip(self.times, self.shares, strict=True):
            if share <= 1.0 - p + 1e-12:
                return time
        return math.inf

    def mean(self) -> float:
        """The mean up to the horizon (restricted mean): the area under the curve."""
        area, last, share = 0.0, 0.0, 1.0
        for time, after in zip(self.times, self.shares, strict=True):
            area += share * (time - last)
            last, share = time, after
        return area + share * max(self.horizon - last, 0.0)


def kaplan_meier(waits: Iterable[tuple[float, bool]]) -> Survival:
    """The curve of (seconds, left) pairs; `left` false: they were answered then, and would have waited longer.

    At the same second leaving counts before being answered, as is usual.
    """
    rows = sorted((max(seconds, 0.0), left) for seconds, left in waits)
    at_risk, share = len(rows), 1.0
    times: list[float] = []
    shares: list[float] = []
    for seconds, group in groupby(rows, key=lambda row: row[0]):
        ended = [left for _seconds, left in group]
        left = sum(ended)
        if left:
            share *= 1.0 - left / at_risk
            times.append(seconds)
            shares.append(share)
        at_risk -= len(ended)
    return Survival(tuple(times), tuple(shares), rows[-1][0] if rows else 0.0)


def mean_patience(waits: Iterable[tuple[float, bool]]) -> float | None:
    """Mean patience in seconds of an exponential: all waiting over all who left; None if nobody did.

    The maximum-likelihood estimate under censoring, which Erlang-A wants.
    """
    rows = list(waits)
    left = sum(gone for _seconds, gone in rows)
    return sum(max(seconds, 0.0) for seconds, _gone in rows) / left if left else None
