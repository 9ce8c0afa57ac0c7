"""A trial's repetitions side by side: the queue as it is, as it would be, and as it was."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from routing.simulation.engine import Simulation
from routing.simulation.measures import (
    Clock,
    Interval,
    Mean,
    Outcome,
    Report,
    figures,
    intervals,
    mean_of,
    overlap,
    report,
)
from routing.simulation.policies import Router
from routing.simulation.running import paired, summarise
from routing.simulation.world import World
from routing.trials.past import Past
from routing.trials.replaying import Replay

Progress = Callable[[float], None]
# An unchanged replay that is further off the past's service level cannot be trusted, and says so.
MOST_OFF = 0.03
_INTERVALS = ((86400 + 7200, 1800.0), (8 * 86400, 7200.0), (math.inf, 6 * 3600.0))


def interval_of(length: float) -> float:
    """Half hours for a day, longer ones for more: a plot has room for about a hundred."""
    return next(seconds for longest, seconds in _INTERVALS if length <= longest)


def compare(replay: Replay, after: World, seeds: Sequence[int], progress: Progress) -> dict[str, Any]:
    """The result as it is stored: numbers, None where there is none. `progress` is told 0..1 and may raise to stop."""
    past, before = replay.past, replay.world
    clock = clock_of(past)
    seconds = interval_of(before.duration_seconds)
    reports: tuple[list[Report], list[Report]] = ([], [])
    steps = 2 * len(seeds)
    for place, seed in enumerate(seeds):
        contacts = replay.contacts(seed)
        for half, world in enumerate((before, after)):
            done = 2 * place + half

            def pulse(share: float, done: int = done) -> None:
                progress((done + share) / steps)

            pulse(0.0)
            run = Simulation(world, Router(), contacts, pulse=pulse).run()
            reports[half].append(report(run, interval_seconds=seconds, clock=clock, queue=past.queue))
    actual = None if replay.is_drawn else outcomes_of_past(past, clock)
    result: dict[str, Any] = _plain(_result(past, reports, actual, seconds))
    return result


def clock_of(past: Past) -> Clock:
    """Waiting counts while the queue is open."""

    def waited(queue: str, begins: float, ends: float) -> float:
        spans = past.open_spans.get(queue)
        return ends - begins if spans is None else overlap(spans, begins, ends)

    return waited


def outcomes_of_past(past: Past, clock: Clock) -> list[Outcome]:
    """What became of the queue's own contacts, counted as the simulation's are."""
    found = []
    for one in past.contacts:
        which = past.world.classes[one.which]
        if which.queue == past.queue and one.at >= 0:
            found.append(
                Outcome(
                    at=one.at,
                    channel=which.channel,
                    queue=which.queue,
                    cls=which.name,
                    value=one.value,
                    target=past.world.queues[which.queue].target_seconds,
                    wait=clock(which.queue, one.at, one.at + one.wait),
                    is_answered=one.is_answered,
                    has_abandoned=one.has_abandoned,
                )
            )
    return found


def _result(
    past: Past, reports: tuple[list[Report], list[Report]], actual: list[Outcome] | None, seconds: float
) -> dict[str, Any]:
    before, after = map(summarise, reports)
    group = f"queue:{past.queue}"
    was = asdict(figures(actual)) if actual is not None else None
    replayed = before.groups.get(group, {})
    level = replayed["service_level"].mean if replayed else math.nan
    return {
        "interval_seconds": seconds,
        "actual": was,
        "off_by": abs(level - was["service_level"]) if was else None,
        "before": _figures(replayed, before.occupancy, before.occupancy_spread),
        "after": _figures(after.groups.get(group, {}), after.occupancy, after.occupancy_spread),
        "change": _change(reports, group),
        "others": [
            {"queue": name, "change": _change(reports, f"queue:{name}"), **_levels(before, after, f"queue:{name}")}
            for name in sorted(past.world.queues)
            if name != past.queue and f"queue:{name}" in before.groups
        ],
        "series": _series(past, before.intervals, after.intervals, actual, seconds),
    }


def _figures(means: Mapping[str, Mean], occupancy: Mean, spread: Mean) -> dict[str, Any]:
    found = {name: [mean.mean, mean.error] for name, mean in means.items()}
    return {
        **found,
        "occupancy": [occupancy.mean, occupancy.error],
        "occupancy_spread": [spread.mean, spread.error],
    }


def _change(reports: tuple[list[Report], list[Report]], group: str) -> dict[str, Any]:
    """After minus before, seed by seed."""
    names = next((asdict(one.groups[group]) for one in reports[0] if group in one.groups), {})
    found = {name: paired(*reports, group, name) for name in names}
    for name in ("occupancy", "occupancy_spread"):
        found[name] = mean_of(getattr(b, name) - getattr(a, name) for a, b in zip(*reports, strict=True))
    return {name: [mean.mean, mean.error] for name, mean in found.items()}


def _levels(before: Any, after: Any, group: str) -> dict[str, Any]:
    return {
        when: summary.groups[group]["service_level"].mean if group in summary.groups else None
        for when, summary in (("before", before), ("after", after))
    }


def _series(
    past: Past,
    before: Sequence[Mapping[str, Mean]],
    after: Sequence[Mapping[str, Mean]],
    actual: list[Outcome] | None,
    seconds: float,
) -> list[dict[str, Any]]:
    """One row for each interval that was open or had contacts."""
    spans = past.open_spans.get(past.queue)
    was: list[Interval | None] = [None] * len(before)
    if actual is not None:
        was = [*intervals(actual, past.world.duration_seconds, seconds)]
    rows = []
    for place, (old, new, real) in enumerate(zip(before, after, was, strict=True)):
        at = place * seconds
        is_open = spans is None or overlap(spans, at, at + seconds) > 0
        contacts = real.contacts if real is not None else old["contacts"].mean
        if is_open or contacts:
            rows.append(
                {
                    "at": at,
                    "contacts": contacts,
                    "actual": {"service_level": real.service_level, "wait": real.mean_wait_seconds} if real else None,
                    "before": _point(old),
                    "after": _point(new),
                }
            )
    return rows


def _point(interval: Mapping[str, Mean]) -> dict[str, Any]:
    level = interval["service_level"]
    return {
        "service_level": level.mean,
        "error": level.error,
        "wait": interval["mean_wait_seconds"].mean,
        "occupancy": interval["occupancy"].mean,
    }


def _plain(value: Any) -> Any:
    """JSON knows no nan."""
    if isinstance(value, float):
        return None if math.isnan(value) or math.isinf(value) else round(value, 5)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
