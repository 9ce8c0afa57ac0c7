from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from contactcenter.base.errors import Gone
from contactcenter.demo.floor import asked_speed, hold_floor, show_speed
from contactcenter.demo.simulating import as_virtual, possible_talks, simulate, tidy_up, virtual_agents
from contactcenter.demo.virtual import Floor


class Command(BaseCommand):
    help = "Lets virtual customers write to the running demo and virtual agents serve them, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--speed", type=float, default=1.0, help="how many times faster than people they are")
        parser.add_argument("--minutes", type=float, default=10.0, help="how long it lives")
        parser.add_argument("--customers", type=int, default=6, help="how many write at the same time")
        parser.add_argument("--agents", default="", help="names of the agents, by commas; all but ada without")
        parser.add_argument("--with-parent", action="store_true", help="ends with the process that has started it")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The floor lives in demo mode only.")
        if options["speed"] <= 0 or options["customers"] < 1:
            raise CommandError("Speed and customers must be more than nothing.")
        try:
            with hold_floor(options["speed"]) as lock:
                self._live(lock, options)
        except Gone as error:
            raise CommandError(str(error.text)) from error
        except psycopg.OperationalError:
            self.stdout.write("stopped")

    def _live(self, lock: psycopg.Connection, options: dict[str, Any]) -> None:
        chance = random.Random()  # noqa: S311 - no secret
        floor = Floor(url=settings.PUBLIC_URL, speed=options["speed"], chance=chance)
        agents = virtual_agents([name for name in options["agents"].split(",") if name])
        if not agents:
            raise CommandError("None of these agents is free to be played.")
        stopped: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda got, _frame: stopped.append(got))
        parent, until = os.getppid(), time.monotonic() + options["minutes"] * 60

        def is_over() -> bool:
            try:
                speed = asked_speed(lock)
                if speed is not None:
                    floor.speed = speed
                    show_speed(lock, speed)
            except psycopg.OperationalError:  # taken away: somebody has pressed stop
                return True
            has_left = options["with_parent"] and os.getppid() != parent
            return bool(stopped) or has_left or time.monotonic() > until

        try:
            people = as_virtual(floor, agents)
            asyncio.run(simulate(floor, people, options["customers"], is_over, lambda: possible_talks(chance)))
        finally:
            tidy_up(floor, agents)
        for problem in floor.problems[:20]:
            self.stderr.write(problem)
        counts = ", ".join(f"{name} {number}" for name, number in sorted(floor.counts.items()))
        self.stdout.write(f"the floor has gone home: {counts or 'nothing happened'}")
        if floor.problems:
            raise CommandError(f"{len(floor.problems)} problems")
