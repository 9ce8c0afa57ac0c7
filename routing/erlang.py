"""PURE: closed forms of waiting lines, for staffing and as the yardstick of the simulator.

Times are in seconds, loads in erlangs (calls in progress, if all were answered at once).
Sources: A. K. Erlang (1917) for B and C; C. Palm (1957) and Garnett, Mandelbaum and Reiman (2002) for Erlang-A.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

MOST_AGENTS = 10_000
# What is e^-35 times the largest changes nothing.
_DIGITS = 35.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One kind of work that comes at random to so many equal agents.

    `patience_seconds` is the mean time until somebody who waits leaves; None: nobody ever does.
    """

    calls_per_hour: float
    handle_seconds: float
    agents: int
    patience_seconds: float | None = None

    @property
    def load(self) -> float:
        """Offered load in erlangs."""
        return self.calls_per_hour * self.handle_seconds / 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What customers meet. `asa_seconds` is the mean wait of all, leavers included; infinite where the line grows
    for ever. `service_level` is the share of all who are answered within the target."""

    p_wait: float
    asa_seconds: float
    service_level: float
    occupancy: float
    p_abandon: float


def check_line(line: Line) -> None:
    """Raises ValueError that names what is wrong."""
    wrong = [
        name
        for name, value in (
            ("calls_per_hour", line.calls_per_hour),
            ("handle_seconds", line.handle_seconds),
            ("patience_seconds", line.patience_seconds if line.patience_seconds is not None else 1.0),
        )
        if not (math.isfinite(value) and value > 0)
    ]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: must be more than 0")
    if not 1 <= line.agents <= MOST_AGENTS:
        raise ValueError(f"agents: must be 1 to {MOST_AGENTS}")


def erlang_b(load: float, agents: int) -> float:
    """The share that finds all agents busy where nobody can wait."""
    return 1.0 / _inverse_of_b(load, agents)


def _inverse_of_b(load: float, agents: int) -> float:
    """1 over it, by the usual recursion, which cannot lose digits; infinite where so many are never busy at once."""
    inverse = 1.0
    for busy in range(1, agents + 1):
        inverse = 1.0 + inverse * busy / load
    return inverse


def erlang_c(load: float, agents: int) -> float:
    """The share that has to wait where everybody waits; 1 where the load is more than the agents."""
    if load >= agents:
        return 1.0
    blocked = erlang_b(load, agents)
    return blocked / (1.0 - (load / agents) * (1.0 - blocked))


def answer(line: Line, target_seconds: float) -> Service:
    """Erlang-A where patience is given, else Erlang-C. Raises ValueError."""
    check_line(line)
    if target_seconds < 0 or not math.isfinite(target_seconds):
        raise ValueError("target_seconds: must be 0 or more")
    return _with_patience(line, target_seconds) if line.patience_seconds else _without_patience(line, target_seconds)


def _without_patience(line: Line, target: float) -> Service:
    load, agents = line.load, line.agents
    waits = erlang_c(load, agents)
    if load >= agents:
        return Service(p_wait=1.0, asa_seconds=math.inf, service_level=0.0, occupancy=1.0, p_abandon=0.0)
    spare = (agents - load) / line.handle_seconds
    return Service(
        p_wait=waits,
        asa_seconds=waits / spare,
        service_level=1.0 - waits * math.exp(-spare * target),
        occupancy=load / agents,
        p_abandon=0.0,
    )


def _with_patience(line: Line, target: float) -> Service:
    """By the wait that somebody with endless patience would meet.

    Its density is, up to a factor, exp(arrive E(x) - s serve x), with E(x) the mean of the smaller of x and a patience
    (Baccelli and Hebuterne 1981), beside 1 / B(s - 1) / arrive for a free agent: integrals over time, so that long
    lines cost no more than short ones.
    """
    assert line.patience_seconds is not None
    arrive, serve, leave = line.calls_per_hour / 3600.0, line.agents / line.handle_seconds, 1.0 / line.patience_seconds

    def log_density(x: float) -> float:
        return -arrive / leave * math.expm1(-leave * x) - serve * x

    def density(x: float) -> float:
        return math.exp(log_density(x) - peak)

    likeliest = max(math.log(arrive / serve) / leave, 0.0)
    # All is relative to the likeliest wait, as its density can be a number of thousands of digits.
    peak = log_density(likeliest)
    low = _edge(lambda back: log_density(likeliest - back) - peak, likeliest)
    high = _edge(lambda on: log_density(likeliest + on) - peak, math.inf)
    parts = sorted({max(likeliest - low, 0.0), likeliest, likeliest + high})
    waits = _over(density, parts)
    total = waits + _inverse_of_b(line.load, line.agents - 1) * math.exp(-peak) / arrive
    p_wait = waits / total
    p_abandon = _over(lambda x: -density(x) * math.expm1(-leave * x), parts) / total
    in_time = sorted({min(part, target) for part in parts})
    answered = _over(lambda x: density(x) * math.exp(-leave * x), in_time) / total
    return Service(
        p_wait=min(p_wait, 1.0),
        asa_seconds=p_abandon / leave,
        service_level=max(0.0, min(1.0, 1.0 - p_wait + answered)),
        occupancy=min(arrive * (1.0 - p_abandon) / serve, 1.0),
        p_abandon=min(p_abandon, 1.0),
    )


def _edge(log: Callable[[float], float], most: float) -> float:
    """How far, at most `most`, from the peak a falling logarithm is nothing beside it."""
    step = 1.0
    while step < most and log(step) > -_DIGITS:
        step *= 2.0
    low, high = 0.0, min(step, most)
    for _halving in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if log(middle) > -_DIGITS else (low, middle)
    return high


def _over(function: Callable[[float], float], parts: list[float]) -> float:
    """The integral over adjoining parts, by Simpson's rule; what is integrated here is smooth."""
    return math.fsum(_simpson(function, low, high, 400) for low, high in pairwise(parts))


def _simpson(function: Callable[[float], float], low: float, high: float, pieces: int) -> float:
    step = (high - low) / pieces
    inner = math.fsum(function(low + step * index) * (4 if index % 2 else 2) for index in range(1, pieces))
    return (function(low) + inner + function(high)) * step / 3.0


def agents_needed(line: Line, target_seconds: float, goal: float) -> int | None:
    """The fewest agents with whom the share `goal` is answered within the target; None if none are enough.

    `line.agents` does not matter. Raises ValueError.
    """
    if not 0.0 < goal < 1.0:
        raise ValueError("goal: must be between 0 and 1")

    def is_enough(agents: int) -> bool:
        trial = Line(
            calls_per_hour=line.calls_per_hour,
            handle_seconds=line.handle_seconds,
            agents=agents,
            patience_seconds=line.patience_seconds,
        )
        return answer(trial, target_seconds).service_level >= goal

    low, high = 0, 1
    while not is_enough(high):
        if high >= MOST_AGENTS:
            return None
        low, high = high, min(high * 2, MOST_AGENTS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def chat_line(line: Line, *, at_once: int, slowdown: float) -> Line:
    """The same line where each agent has up to `at_once` chats: each agent is so many places, and a chat takes
    `slowdown` longer for each other one beside it.

    An approximation: handle time at full concurrency, h (1 + slowdown (at_once - 1)), served by agents x at_once
    places; on the safe side where agents are not always full. Raises ValueError.
    """
    if not 1 <= at_once <= 100 or slowdown < 0:
        raise ValueError("at_once: must be 1 to 100, and slowdown 0 or more")
    return Line(
        calls_per_hour=line.calls_per_hour,
        handle_seconds=line.handle_seconds * (1.0 + slowdown * (at_once - 1)),
        agents=line.agents * at_once,
        patience_seconds=line.patience_seconds,
    )
