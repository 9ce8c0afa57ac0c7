from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.erlang import Line, agents_needed, answer


class Command(BaseCommand):
    help = "Computes what so many agents give, and how many a goal needs, by Erlang-C or, with patience, Erlang-A."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--calls-per-hour", type=float, required=True)
        parser.add_argument("--handle-seconds", type=float, required=True, help="talking and wrap-up, on average")
        parser.add_argument("--agents", type=int, required=True)
        parser.add_argument("--target-seconds", type=float, required=True, help="answered within so long is in time")
        parser.add_argument("--patience-seconds", type=float, help="mean time until somebody who waits hangs up")
        parser.add_argument("--goal", type=float, default=0.8, help="share to be answered in time, 0.8 without")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        line = Line(
            calls_per_hour=options["calls_per_hour"],
            handle_seconds=options["handle_seconds"],
            agents=options["agents"],
            patience_seconds=options["patience_seconds"],
        )
        try:
            found = _figures(line, options["target_seconds"], options["goal"])
            if line.patience_seconds is not None:
                # Patience flatters the service level: who has left does not wait. Both are told.
                endless = replace(line, patience_seconds=None)
                found["without_patience"] = _figures(endless, options["target_seconds"], options["goal"])
        except ValueError as error:
            name, _colon, wrong = str(error).partition(":")
            raise CommandError(f"--{name.replace('_', '-').replace(', ', ', --')}:{wrong}") from error
        self.stdout.write(json.dumps(found) if options["json"] else _in_words(found, options))


def _figures(line: Line, target: float, goal: float) -> dict[str, Any]:
    figures = asdict(answer(line, target))
    if math.isinf(figures["asa_seconds"]):
        figures["asa_seconds"] = None
    return {**figures, "agents_needed": agents_needed(line, target, goal)}


def _in_words(found: dict[str, Any], options: dict[str, Any]) -> str:
    rows = [f"{options['agents']} agents, {options['calls_per_hour']:g} an hour of {options['handle_seconds']:g} s:"]
    for title, row in (("", found), ("if nobody left: ", found.get("without_patience"))):
        if row is None:
            continue
        wait = "the line grows for ever" if row["asa_seconds"] is None else f"mean wait {row['asa_seconds']:.1f} s"
        needed = row["agents_needed"] if row["agents_needed"] is not None else "more than 10,000"
        rows.append(
            f"{title}{row['service_level']:.1%} within {options['target_seconds']:g} s, {wait}, "
            f"{row['p_wait']:.1%} wait, {row['p_abandon']:.1%} leave, occupancy {row['occupancy']:.1%}; "
            f"{options['goal']:.0%} in time needs {needed}"
        )
    return "\n".join(rows)
