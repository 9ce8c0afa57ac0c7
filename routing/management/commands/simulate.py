from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.scenarios import Scenario, ScenarioError, read_scenario
from routing.simulation.measures import Mean
from routing.simulation.policies import POLICIES
from routing.simulation.running import Summary, run_seeds, summarise

_SHARES = {"service_level", "p_wait", "p_abandon", "p_blocked", "value_lost", "last_agent_share", "occupancy"}


class Command(BaseCommand):
    help = "Plays a scenario file through the router's matching and prints service levels, waits and occupancy."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("scenario", type=Path, help="YAML file; the format is in docs/simulation.md")
        parser.add_argument("--seed", type=int, default=1, help="of the first repetition")
        parser.add_argument("--seeds", type=int, default=1, help="how many repetitions, 1 to 1000")
        parser.add_argument("--policy", choices=sorted(POLICIES), help="instead of the scenario's own")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["seeds"] <= 1000:
            raise CommandError("--seeds must be 1 to 1000.")
        scenario = _read(options["scenario"])
        policy = options["policy"] or scenario.policy
        seeds = range(options["seed"], options["seed"] + options["seeds"])
        world = scenario.world
        reports = run_seeds(world, seeds, policy=POLICIES[policy], interval_seconds=world.interval_seconds)
        summary = summarise(reports)
        if options["json"]:
            answer = {"policy": policy, "seed": options["seed"], "seeds": options["seeds"], **_as_json(summary)}
            self.stdout.write(json.dumps(answer, indent=2))
        else:
            self.stdout.write("\n".join(_as_text(scenario, policy, summary)))


def _read(path: Path) -> Scenario:
    try:
        return read_scenario(path.read_text(encoding="utf-8"))
    except ScenarioError as error:
        raise CommandError(f"{path}: {error}") from error
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no text in UTF-8.") from error


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _plain(means: dict[str, Mean]) -> dict[str, Any]:
    """The means, and their standard errors beside them where there is more than one repetition."""
    plain: dict[str, Any] = {name: _number(mean.mean) for name, mean in means.items()}
    errors = {name: _number(mean.error) for name, mean in means.items() if not math.isnan(mean.error)}
    return {**plain, "standard_errors": errors} if errors else plain


def _as_json(summary: Summary) -> dict[str, Any]:
    """All contacts at the top; then by channel, class, value, and value on each channel; then over time."""
    whole = {"occupancy": summary.occupancy, "occupancy_spread": summary.occupancy_spread}
    answer = _plain({**summary.groups.get("all", {}), **whole})
    kinds = {"channels": "channel:", "queues": "queue:", "classes": "class:", "values": "value:"}
    for name, prefix in kinds.items():
        answer[name] = {
            group.removeprefix(prefix): _plain(dict(means))
            for group, means in summary.groups.items()
            if group.startswith(prefix) and " " not in group.removeprefix(prefix).replace(" value:", " ")
        }
    answer["channel_values"] = {
        group.removeprefix("channel:").replace(" value:", " "): _plain(dict(means))
        for group, means in summary.groups.items()
        if group.startswith("channel:") and " value:" in group
    }
    answer["intervals"] = [_plain(dict(means)) for means in summary.intervals]
    return answer


def _as_text(scenario: Scenario, policy: str, summary: Summary) -> list[str]:
    lines = [scenario.description] if scenario.description else []
    lines.append(f"policy {policy}, {summary.runs} repetition(s)")
    for group, means in summary.groups.items():
        if group == "all" or (group.startswith("channel:") and " value:" not in group):
            lines.append("all contacts" if group == "all" else group.removeprefix("channel:"))
            lines += [f"  {name.replace('_', ' '):24}{_shown(name, mean)}" for name, mean in means.items()]
    lines.append(f"occupancy {_shown('occupancy', summary.occupancy)}")
    return lines


def _shown(name: str, mean: Mean) -> str:
    if math.isnan(mean.mean):
        return "-"
    scale, unit = (100, " %") if name in _SHARES else (1, "")
    error = "" if math.isnan(mean.error) else f" ± {mean.error * scale:.2f}"
    return f"{mean.mean * scale:.2f}{error}{unit}"
