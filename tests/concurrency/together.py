"""Running things at the same moment, each in a thread with a database connection of its own."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from contactcenter.base.errors import Refused

ROUNDS = 6


def dawdle(rng: random.Random) -> None:
    """Arrive a little later, by a random number of empty queries, so that every round meets differently."""
    with connection.cursor() as cursor:
        for _ in range(rng.randrange(5)):
            cursor.execute("SELECT 1")


def together(*acts: Callable[[], Any], seed: int = 0) -> list[Any]:
    """What each act returned, or the refusal that it met; anything else it raised is raised here.

    A deadlock, a broken constraint or a lock out of order is never a legal way to lose a race.
    """
    barrier = threading.Barrier(len(acts), timeout=60)
    results: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        rng = random.Random(f"{seed}/{place}")
        try:
            barrier.wait()
            dawdle(rng)
            results[place] = acts[place]()
        except BaseException as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Refused):
            raise result
    return results


def won(results: list[Any]) -> int:
    """How many were not refused and did something."""
    return sum(not isinstance(result, Refused) and result not in (None, False, 0) for result in results)
