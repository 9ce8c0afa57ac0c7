"""`dispatch`: how many routing decisions a second, beside one durable conditional claim by primary key.

Processes make turns: an agent with work finishes, is given the next and accepts, a new conversation arrives in a queue
with a backlog; another arrives where agents are free, is offered, accepted and finished. A decision is an offer made;
`rate` counts decisions while all that goes on around them, `decision_rate` in the time spent deciding alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.cpu import is_known
from benchmarks.dispatch_worker import DispatchWork
from benchmarks.floors.claim import ClaimTimes, count_claimed, prepare_claims
from benchmarks.plan import Comparisons, Key, Plan, Ratio, Step
from benchmarks.samples import MILLISECONDS, Sample, percentile
from benchmarks.seed import add_waiting, count_waiting, make_floor
from benchmarks.stack import Stack
from benchmarks.turns import TurnTimes
from benchmarks.workers import Workers
from benchmarks.world import VOICE_AGENTS, Scale
from contactcenter.management.commands.check_invariants import find_violations
from routing.models import Decision

FULL = Scale(agents=1000, waiting=10_000, skills=50)
SMALL = Scale(agents=200, waiting=1_000, skills=20)
PROCESSES = (1, 2, 4)
QUICK_PROCESSES = (2,)
# The same turns while this share of the backlog waits: what the length of the queues costs.
SHORT = 0.1
# A turn is long: windows of this many of the plan's, or a percentile would rest on a handful of decisions.
STRETCH = 3
DECIDE, SHORT_BACKLOG = "decide", "decide, short queues"


class DispatchBenchmark:
    """A floor with a backlog, and processes that dispatch on it."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._stack = stack
        self._plan = plan
        self._scale = SMALL if plan.is_quick else FULL
        self._levels = QUICK_PROCESSES if plan.is_quick else PROCESSES
        self._is_deep = False
        self._world = make_floor(self._scale)
        agents = self._world.busy_agents
        places = len(agents) * (VOICE_AGENTS + 5 * (10 - VOICE_AGENTS)) // 10
        add_waiting(self._world, places, seed=1)
        most = max(self._levels)
        rows = [(self._world, list(agents[n::most]), n, stack.floor_database) for n in range(most)]
        self._workers = Workers(DispatchWork, rows)
        made = sum(self._workers.ask(most, "fill"))
        self._deepen(int(self._scale.waiting * SHORT))
        print(f"   {len(agents)} busy agents filled with {made} conversations", flush=True)
        self._must_hold()

    def _deepen(self, waiting: int) -> None:
        add_waiting(self._world, max(waiting - count_waiting(), 0), seed=waiting)

    def _must_hold(self) -> None:
        violations = find_violations()
        assert not violations, violations[:5]

    def steps(self) -> list[Step]:
        first = [] if self._is_deep else [Step(Key(SHORT_BACKLOG, "router", 1), partial(self._router, 1))]
        return first + [
            step
            for level in self._levels
            for step in (
                Step(Key(DECIDE, "router", level), partial(self._router_on_backlog, level)),
                Step(Key(DECIDE, "claim", level), partial(self._claim, level)),
            )
        ]

    def comparisons(self) -> Comparisons:
        """Rates and tails against the claim, and what ten times the backlog costs."""
        ratios = []
        for level in self._levels:
            router, claim = Key(DECIDE, "router", level), Key(DECIDE, "claim", level)
            names = f"{level} dispatching"
            ratios += [
                Ratio(name=f"decisions/s with all around them / claims/s, {names}", over=router, under=claim),
                Ratio(
                    name=f"decisions/s of deciding alone / claims/s, {names}",
                    over=router,
                    under=claim,
                    figure="decision_rate",
                    under_figure="rate",
                ),
                Ratio(name=f"p99 of a decision / of a claim, {names}", over=router, under=claim, figure="p99_ms"),
            ]
        if 1 in self._levels:
            ratios.append(
                Ratio(
                    name=f"CPU of a decision, {self._scale.waiting:,} waiting / a tenth of them",
                    over=Key(DECIDE, "router", 1),
                    under=Key(SHORT_BACKLOG, "router", 1),
                    figure="decision_cpu_ms",
                )
            )
        return Comparisons(ratios=ratios)

    def check(self) -> list[str]:
        return [f"invariant broken: {rule}: {what}" for rule, what in find_violations()]

    def close(self) -> None:
        self._workers.close()

    def _router_on_backlog(self, level: int) -> Sample:
        if not self._is_deep:
            self._deepen(self._scale.waiting)
            self._is_deep = True
        return self._router(level)

    def _router(self, level: int) -> Sample:
        before = Decision.objects.count()
        window = self._plan.window * STRETCH
        times: list[TurnTimes] = self._workers.measure(level, "turns", warm_up=self._plan.warm_up, window=window)
        written = Decision.objects.count() - before
        made = sum(row.made_in_all for row in times)
        sample = _router_sample(times, level, window)
        sample.extra["waiting"] = count_waiting()
        if written != made:
            sample.mismatches.append(f"{made} decisions made, {written} rows written")
        return sample

    def _claim(self, level: int) -> Sample:
        prepare_claims(self._stack.floor_database, level)
        times: list[ClaimTimes] = self._workers.measure(
            level, "claim", warm_up=self._plan.warm_up, window=self._plan.window
        )
        claimed = sum(row.claimed for row in times)
        latencies = [latency for row in times for latency in row.latencies]
        sample = Sample(seconds=self._plan.window, latencies=latencies, acknowledged=claimed)
        if is_known() and claimed:
            cpu = sum(row.app_cpu + row.backend_cpu for row in times)
            sample.extra["decision_cpu_ms"] = cpu / claimed * MILLISECONDS
        if count_claimed(self._stack.floor_database) != claimed or any(row.refused for row in times):
            sample.mismatches.append(f"{claimed} claims acknowledged, {count_claimed(self._stack.floor_database)} rows")
        return sample


def _router_sample(times: Sequence[TurnTimes], level: int, window: float) -> Sample:
    """Put the processes' figures together. CPU figures count empty looks, which are part of what deciding costs."""
    watches = [watch for row in times for watch in row.watches.values()]
    made = sum(watch.made for watch in watches)
    sample = Sample(seconds=window, latencies=[value for watch in watches for value in watch.latencies], count=made)
    if not made:
        sample.errors.append("no decision was made")
        return sample
    sample.extra["decision_rate"] = made / (sum(watch.wall for watch in watches) / level)
    for name in ("pull", "push"):
        own = sorted(value for row in times if name in row.watches for value in row.watches[name].latencies)
        sample.extra[f"{name}_p50_ms"] = percentile(own, 0.5) * MILLISECONDS
        sample.extra[f"{name}_p99_ms"] = percentile(own, 0.99) * MILLISECONDS
    if is_known():
        deciding = sum(watch.app_cpu + watch.backend_cpu for watch in watches)
        sample.extra["decision_cpu_ms"] = deciding / made * MILLISECONDS
        sample.extra["of_it_postgres_ms"] = sum(watch.backend_cpu for watch in watches) / made * MILLISECONDS
        sample.extra["turn_cpu_ms"] = sum(row.app_cpu + row.backend_cpu for row in times) / made * MILLISECONDS
    return sample


def prepare(stack: Stack, plan: Plan) -> DispatchBenchmark:
    """Seed the floor; a minute or two at full scale."""
    return DispatchBenchmark(stack, plan)
