"""Runs a benchmark by its plan: rounds, repeats of noisy ones, and the end when time is up."""

from __future__ import annotations

import os
import random
import time

from benchmarks.cpu import ForeignCpu
from benchmarks.plan import Benchmark, Key, Plan, Step, order_of_round
from benchmarks.results import Cell, Report
from benchmarks.samples import Sample

# A round during which others used more than this share of the machine says little.
NOISY = 0.25
MOST_REPEATS = 2


class TimeIsUp(KeyboardInterrupt):
    """The plan's limit was reached; the rounds finished until then are reported.

    Event loops and handlers of `Exception` let a KeyboardInterrupt through, wherever it comes.
    """


def _say(words: str) -> None:
    print(words, flush=True)


class Run:
    """One benchmark from its first round to its report."""

    def __init__(self, name: str, benchmark: Benchmark, plan: Plan, cpu_roots: list[int]) -> None:
        self._benchmark = benchmark
        self._plan = plan
        self._roots = cpu_roots
        self._shuffle = random.Random(plan.seed)
        self._repeats = 0
        self.report = Report(name)

    def run(self) -> Report:
        """Measure every round, then draw the conclusions."""
        try:
            for number in range(1, self._plan.rounds + 1):
                self._round(number)
            self.report.problems += self._benchmark.check()
        except TimeIsUp:
            self.report.problems.append("the time limit was reached: not everything was measured")
        self.report.conclude(self._benchmark.comparisons())
        return self.report

    def _round(self, number: int) -> None:
        # What a repeat does not measure again (a state that is gone by then) is kept from the attempt before.
        cells: dict[Key, Cell] = {}
        while True:
            started = time.monotonic()
            foreign = ForeignCpu(self._roots)
            steps = order_of_round(self._benchmark.steps(), self._shuffle)
            cells |= {step.key: self._cell(number, step) for step in steps}
            share = foreign.stop()
            is_noisy = share is not None and share > NOISY
            _say(f"   round {number}: {time.monotonic() - started:.0f} s, others used {_percent(share)} of the machine")
            # A quick run is a look, not a record: it keeps a noisy round and says so.
            if is_noisy and self._repeats < MOST_REPEATS and not self._plan.is_quick:
                self._repeats += 1
                _say("   too noisy: once more")
                continue
            self.report.cells += cells.values()
            self.report.rounds.append({"round": number, "foreign_cpu": share and round(share, 3), "noisy": is_noisy})
            return

    def _cell(self, number: int, step: Step) -> Cell:
        foreign = ForeignCpu(self._roots)
        sample: Sample = step.run()
        share = foreign.stop()
        figures = sample.figures()
        _say(
            f"   {step.key}: {figures['rate']:,.1f}/s, p50 {figures['p50_ms']:.2f} ms, p99 {figures['p99_ms']:.2f} ms"
            f"{', ERRORS: ' + sample.complaints() if sample.errors else ''}"
        )
        return Cell(
            key=step.key,
            round=number,
            sample=sample,
            figures=figures,
            foreign_cpu=share,
            load_average=os.getloadavg()[0],
        )


def _percent(share: float | None) -> str:
    return "an unknown share" if share is None else f"{share:.0%}"
