"""Several repetitions of the same world, and their figures with standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from routing.simulation.arrivals import draw_contacts
from routing.simulation.engine import Simulation
from routing.simulation.measures import Figures, Mean, Report, mean_of, report
from routing.simulation.policies import Policy, Router
from routing.simulation.world import World

# Told how far it is, 0..1; may raise to stop.
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Means over the repetitions; `groups` as in a `Report`."""

    runs: int
    groups: Mapping[str, Mapping[str, Mean]]
    occupancy: Mean
    occupancy_spread: Mean
    intervals: Sequence[Mapping[str, Mean]]


def run_seeds(
    world: World,
    seeds: Sequence[int],
    *,
    policy: Callable[[], Policy] = Router,
    interval_seconds: float = 1800.0,
    progress: Progress | None = None,
) -> list[Report]:
    """One report for each seed, in their order."""
    reports = []
    for place, seed in enumerate(seeds):

        def pulse(share: float, done: int = place) -> None:
            if progress is not None:
                progress((done + share) / len(seeds))

        run = Simulation(world, policy(), draw_contacts(world, seed), pulse=pulse).run()
        reports.append(report(run, interval_seconds=interval_seconds))
    return reports


def summarise(reports: Sequence[Report]) -> Summary:
    """Raises ValueError for none."""
    if not reports:
        raise ValueError("nothing to summarise")
    names = sorted({name for one in reports for name in one.groups})
    longest = max(len(one.intervals) for one in reports)
    return Summary(
        runs=len(reports),
        groups={name: _means(one.groups.get(name) for one in reports) for name in names},
        occupancy=mean_of(one.occupancy for one in reports),
        occupancy_spread=mean_of(one.occupancy_spread for one in reports),
        intervals=[_means(one.intervals[place] for one in reports) for place in range(longest)],
    )


def _means(rows: Iterable[object]) -> dict[str, Mean]:
    """Field by field over data classes of one kind; a repetition without such contacts counts nowhere."""
    known = [asdict(row) for row in rows if row is not None]  # type: ignore[call-overload]
    return {name: mean_of(float(row[name]) for row in known) for name in known[0]} if known else {}


def paired(first: Sequence[Report], second: Sequence[Report], group: str, figure: str) -> Mean:
    """Second minus first, seed by seed: the noise that both share falls out. `figure` is one of `Figures`."""
    assert figure in {field.name for field in fields(Figures)}
    pairs = zip(first, second, strict=True)
    differences = (
        getattr(after.groups[group], figure) - getattr(before.groups[group], figure)
        for before, after in pairs
        if group in before.groups and group in after.groups
    )
    return mean_of(value for value in differences if not math.isnan(value))
