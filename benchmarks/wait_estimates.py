"""`wait_estimates`: how right estimated waits are on days not learned from, beside what others announce.

No engine is measured: a simulated floor, the product's own matching and estimate. `error_seconds` is the mean absolute
error of the band's middle, `covered_rate` the share of waits that ended within the band.
"""

from __future__ import annotations

import time
from functools import partial

from benchmarks.plan import Bound, Comparisons, Key, Plan, Ratio, Step
from benchmarks.samples import Sample
from benchmarks.stack import Stack
from benchmarks.wait_study import AVERAGE, CONSTANT, MODEL, Learned, Result, Stay, judge, learn, watch

OPERATION = "estimate waits"
LEARNED_SEEDS = range(100, 102)
KNOWN_SEEDS, FEWER_KNOWN_SEEDS = range(200, 206), range(200, 203)
FIRST_UNSEEN_SEED, SEEDS_A_ROUND = 300, 4
MOST_ERROR = 0.85
LEAST_COVERED, LEAST_EXCEEDED = 0.87, 0.07


class WaitEstimates:
    """Each round is judged on days of its own, the first system of a round has them simulated."""

    def __init__(self, plan: Plan) -> None:
        self._learned: Learned = learn(LEARNED_SEEDS)
        seeds = FEWER_KNOWN_SEEDS if plan.is_quick else KNOWN_SEEDS
        self._known: list[Stay] = watch(seeds, self._learned)
        self._next_seed = FIRST_UNSEEN_SEED
        self._results: dict[str, Result] = {}

    def steps(self) -> list[Step]:
        seeds = range(self._next_seed, self._next_seed + SEEDS_A_ROUND)
        self._next_seed = seeds.stop
        self._results = {}
        return [
            Step(Key(OPERATION, name, 1), partial(self._measure, name, seeds)) for name in (MODEL, AVERAGE, CONSTANT)
        ]

    def _measure(self, name: str, seeds: range) -> Sample:
        started = time.monotonic()
        if not self._results:
            self._results = judge(self._known, watch(seeds, self._learned))
        result = self._results[name]
        return Sample(
            seconds=time.monotonic() - started,
            extra={
                "stays": result.stays,
                "error_seconds": result.mean_error,
                "bias_seconds": result.bias,
                "covered_rate": result.coverage,
                "exceeded_rate": 1.0 - result.coverage,
            },
        )

    def comparisons(self) -> Comparisons:
        model = Key(OPERATION, MODEL, 1)
        return Comparisons(
            ratios=[
                Ratio(
                    name=f"mean error, over that of the {other}",
                    over=model,
                    under=Key(OPERATION, other, 1),
                    figure="error_seconds",
                    must=MOST_ERROR,
                )
                for other in (AVERAGE, CONSTANT)
            ],
            bounds=[
                Bound(name="share of waits within the band", of=model, figure="covered_rate", must=LEAST_COVERED),
                Bound(name="share of waits beyond the band", of=model, figure="exceeded_rate", must=LEAST_EXCEEDED),
            ],
        )

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        pass


def prepare(_stack: Stack, plan: Plan) -> WaitEstimates:
    return WaitEstimates(plan)
