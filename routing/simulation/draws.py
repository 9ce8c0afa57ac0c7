"""Distributions that seconds are drawn from."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Distribution:
    """A way to draw seconds; `draw` takes the stream."""

    def draw(self, stream: random.Random) -> float:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Constant(Distribution):
    seconds: float

    def draw(self, stream: random.Random) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class Exponential(Distribution):
    mean: float

    def draw(self, stream: random.Random) -> float:
        return stream.expovariate(1.0 / self.mean)


@dataclass(frozen=True, slots=True)
class Lognormal(Distribution):
    """By its mean and its coefficient of variation (standard deviation over mean)."""

    mean: float
    cv: float

    def draw(self, stream: random.Random) -> float:
        sigma = math.sqrt(math.log1p(self.cv**2))
        return stream.lognormvariate(math.log(self.mean) - sigma**2 / 2, sigma)


@dataclass(frozen=True, slots=True)
class Mix(Distribution):
    """One of several, each with its share; shares need not add up to 1."""

    parts: tuple[tuple[float, Distribution], ...]

    def draw(self, stream: random.Random) -> float:
        [part] = stream.choices([part for _share, part in self.parts], [share for share, _part in self.parts])
        return part.draw(stream)


@dataclass(frozen=True, slots=True)
class Empirical(Distribution):
    """What was seen: values in order with the running sum of their shares. What is missing to 1 is `beyond`."""

    values: tuple[float, ...]
    reached: tuple[float, ...]
    beyond: float = math.inf

    @classmethod
    def of(cls, values: Sequence[float]) -> Empirical:
        """Each value as likely as the others. Raises ValueError for none."""
        if not values:
            raise ValueError("no values")
        return cls(tuple(sorted(values)), tuple(accumulate([1 / len(values)] * len(values))), max(values))

    def draw(self, stream: random.Random) -> float:
        place = bisect_left(self.reached, stream.random())
        return self.values[place] if place < len(self.values) else self.beyond
