"""The router against a strong baseline on three channels (docs/scenarios/three-channels.yaml, docs/simulation.md).

The baseline is longest idle with chats packed and agents without voice first. The world was matched to the published
figures of that baseline and the weights were chosen on seeds 201 to 208, neither with the seeds played here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from routing.scenarios import read_scenario
from routing.simulation.measures import Mean, Report
from routing.simulation.policies import Router, Strong
from routing.simulation.running import paired, run_seeds, summarise
from routing.simulation.world import World

SCENARIO = Path(__file__).parents[2] / "docs/scenarios/three-channels.yaml"
SEEDS = range(1, 11)
GOLD_CALLS = "channel:call value:10"


def world(hours: float | None = None) -> World:
    found = read_scenario(SCENARIO.read_text()).world
    return replace(found, duration_seconds=hours * 3600) if hours else found


@cache
def both(hours: float | None, seeds: range) -> tuple[Sequence[Report], Sequence[Report]]:
    return tuple(run_seeds(world(hours), list(seeds), policy=policy) for policy in (Strong, Router))  # type: ignore[return-value]


def level(reports: Sequence[Report], group: str, figure: str = "service_level") -> Mean:
    return summarise(reports).groups[group][figure]


def check_value(strong: Sequence[Report], ours: Sequence[Report]) -> None:
    for figure in ("value_lost", "weighted_wait_seconds"):
        assert level(ours, "all", figure).mean <= 0.85 * level(strong, "all", figure).mean, figure


def test_value_is_served_better_in_a_short_day() -> None:
    check_value(*both(5, range(1, 2)))


def test_the_baseline_is_the_published_one() -> None:
    """74.8 % of calls in 20 s, 9.9 % of them abandoned, 98.5 % of chats in a minute; one short day is near it."""
    strong, _ours = both(5, range(1, 2))
    assert 0.68 < level(strong, "channel:call").mean < 0.82
    assert level(strong, "channel:chat").mean > 0.98


@pytest.mark.full
def test_value_is_served_better_at_no_channels_cost() -> None:
    strong, ours = both(None, SEEDS)
    check_value(strong, ours)
    for channel in ("call", "chat", "email"):
        change = paired(strong, ours, f"channel:{channel}", "service_level")
        assert change.mean >= -0.01, (channel, change)
    assert summarise(ours).occupancy_spread.mean <= summarise(strong).occupancy_spread.mean


@pytest.mark.full
def test_gold_customers_do_not_wait() -> None:
    """Calls and chats together, as the published 92.3 % are counted (the baseline's own rows there show it)."""
    _strong, ours = both(None, SEEDS)
    rows = [summarise(ours).groups[f"channel:{channel} value:10"] for channel in ("call", "chat")]
    contacts = sum(row["contacts"].mean for row in rows)
    assert sum(row["service_level"].mean * row["contacts"].mean for row in rows) / contacts >= 0.9


@pytest.mark.full
@pytest.mark.xfail(
    strict=True,
    reason="calls alone: where two agents have a language and a product, a gold caller waits for one to end a call",
)
def test_gold_customers_calls_do_not_wait() -> None:
    _strong, ours = both(None, SEEDS)
    assert level(ours, GOLD_CALLS).mean >= 0.9
