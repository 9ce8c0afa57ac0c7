"""What each process of the `dispatch` benchmark does. Django is set up before anything of the product is imported."""

from __future__ import annotations

from typing import Any

from benchmarks.floors.claim import claim_for
from benchmarks.world import World


class DispatchWork:
    """Commands: fill the agents, make turns, claim rows."""

    def __init__(self, world: World, agents: list[int], number: int, floor_database: str) -> None:
        import django

        django.setup()
        from benchmarks.turns import Turns

        self._turns = Turns(world, agents, seed=number)
        self._number = number
        self._floor_database = floor_database

    def __call__(self, command: str, *arguments: Any) -> Any:
        if command == "fill":
            return self._turns.fill()
        if command == "turns":
            return self._turns.run(*arguments)
        return claim_for(self._floor_database, self._number, *arguments)
