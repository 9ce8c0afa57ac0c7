"""`python -m benchmarks [name] [--quick] [--json FILE]`, started by `python3 run.py bench` on engines of its own."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.environment import environment_record, git_record
from benchmarks.plan import QUICK, Plan
from benchmarks.results import Report, table
from benchmarks.runner import Run, TimeIsUp
from benchmarks.stack import Stack
from launcher.steps import start_dependent

# Name -> the module with its `prepare(stack, plan)`. Imported once Django knows its database.
BENCHMARKS = {
    "chat": "benchmarks.chat",
    "console": "benchmarks.console",
    "dispatch": "benchmarks.dispatch",
    "wait_estimates": "benchmarks.wait_estimates",
    "widget": "benchmarks.widget",
}


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench", description="Measures the product beside its floors.")
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="one benchmark; without it all of them")
    parser.add_argument("--quick", action="store_true", help="one round at concurrency 16, small data: a look")
    parser.add_argument("--rounds", type=int, help="how many rounds (5, or 1 with --quick)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    return parser.parse_args(argv)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TimeIsUp


def _run_one(name: str, plan: Plan) -> Report:
    """Prepare, run and clear away one benchmark."""
    stack = Stack(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
    try:
        os.environ.update(stack.environment())
        _prepare_project()
        benchmark = importlib.import_module(BENCHMARKS[name]).prepare(stack, plan)
        try:
            return Run(name, benchmark, plan, stack.cpu_roots()).run()
        finally:
            benchmark.close()
    finally:
        stack.close()


def _prepare_project() -> None:
    """Django on the stack's own database, migrated."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def _measure(name: str, plan: Plan) -> dict[str, Any]:
    """Run one benchmark here, print its table, return its record."""
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, plan.limit_seconds)
    record: dict[str, Any] = {"env": environment_record(os.environ["DATABASE_URL"]), "git": git_record()}
    try:
        report = _run_one(name, plan)
    except TimeIsUp:
        report = Report(name, problems=["the time limit was reached before anything was measured"])
    print("\n" + table(report), flush=True)
    return {**record, **report.as_json(), "pass": not report.failures()}


def _measure_all(argv: Sequence[str]) -> dict[str, Any]:
    """Each benchmark in a process of its own, since Django knows one database for life; one record of all."""
    whole: dict[str, Any] = {"pass": True}
    with tempfile.TemporaryDirectory() as folder:
        for name in BENCHMARKS:
            file = Path(folder, f"{name}.json")
            command = [sys.executable, "-m", "benchmarks", name, *argv, "--json", str(file)]
            code = start_dependent(command, os.environ).wait()
            part = (
                json.loads(file.read_text())
                if file.exists()
                else {"failures": [{"benchmark": name, "what": f"ended with {code}"}]}
            )
            for key, value in part.items():
                whole[key] = whole.get(key, []) + value if isinstance(value, list) else value
            whole["pass"] = whole["pass"] and code == 0
    return whole


def main(argv: Sequence[str]) -> int:
    """1 when a `must` is broken, an answer was wrong or a row is missing; else 0."""
    arguments = _arguments(argv)
    if arguments.name:
        plan = QUICK if arguments.quick else Plan()
        record = _measure(arguments.name, dataclasses.replace(plan, rounds=arguments.rounds or plan.rounds))
    else:
        options = ["--quick"] if arguments.quick else []
        record = _measure_all([*options, *(["--rounds", str(arguments.rounds)] if arguments.rounds else [])])
    if arguments.json:
        arguments.json.write_text(json.dumps(record, indent=1) + "\n")
    return 0 if record["pass"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
