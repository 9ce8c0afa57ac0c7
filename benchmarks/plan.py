"""The plan of a run: rounds, what is measured inside one, in which order, and what is compared with what.

Neighbours on the same cores change absolute figures by factors within minutes, so every round measures all systems
back to back in shuffled order, and only ratios inside a round are trusted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.samples import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    rounds: int = 5
    levels: tuple[int, ...] = (1, 16, 64)
    is_quick: bool = False
    warm_up: float = 0.5
    window: float = 2.0
    seed: int = 1
    # No run is longer than that, whatever hangs.
    limit_seconds: float = 3600.0


QUICK = Plan(rounds=1, levels=(16,), is_quick=True, limit_seconds=600.0)


@dataclass(frozen=True, slots=True)
class Key:
    """What a cell measures: an operation of a system under a level of load (connections, sockets, processes)."""

    operation: str
    system: str
    level: int

    def __str__(self) -> str:
        return f"{self.operation}/{self.system}/{self.level}"


@dataclass(frozen=True, slots=True)
class Step:
    """A cell to be measured. Steps of one operation and level are compared, so they run back to back."""

    key: Key
    run: Callable[[], Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Two cells of one round, one figure of each divided. `must` and `aim` bound the median, from below for `rate`."""

    name: str
    over: Key
    under: Key
    figure: str = "rate"
    under_figure: str = ""
    must: float | None = None
    aim: float | None = None

    @property
    def more_is_better(self) -> bool:
        return self.figure.endswith("rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A figure of a cell on its own, where a ratio would say nothing (a delay that people notice)."""

    name: str
    of: Key
    figure: str
    must: float | None = None
    aim: float | None = None


@dataclass
class Comparisons:
    """What a benchmark concludes from its cells."""

    ratios: list[Ratio] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)


class Benchmark(Protocol):
    """One named benchmark, prepared on a stack of its own."""

    def steps(self) -> list[Step]: ...

    def comparisons(self) -> Comparisons: ...

    def check(self) -> list[str]:
        """What must hold after the last round: each line names a violation."""
        ...

    def close(self) -> None: ...


def order_of_round(steps: Iterable[Step], shuffle: random.Random) -> list[Step]:
    """Groups of comparable steps one after the other, each group's systems in random order."""
    groups: dict[tuple[str, int], list[Step]] = {}
    for step in steps:
        groups.setdefault((step.key.operation, step.key.level), []).append(step)
    ordered = list(groups.values())
    for group in ordered:
        shuffle.shuffle(group)
    return [step for group in ordered for step in group]
