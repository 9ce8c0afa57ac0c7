"""Keeps the children running: a crashed one is started again, later each time it happens again."""

import time
from collections.abc import Callable

from launcher.output import note
from launcher.process import Child, Guard, describe_exit

FIRST_DELAY = 0.5
LONGEST_DELAY = 15.0
# A child that ran this long was well: the next crash counts as the first.
WELL_AFTER = 60.0


class Service:
    """One supervised child and how it has been doing."""

    def __init__(self, child: Child, clock: Callable[[], float] = time.monotonic) -> None:
        self.child = child
        self._clock = clock
        self.crashes = 0
        self.last_exit = ""
        self._delay = FIRST_DELAY
        self._started_at = clock()
        self._start_at: float | None = None

    @property
    def name(self) -> str:
        """The name of the process, as in its log's."""
        return self.child.spec.name

    def look(self) -> bool:
        """Notice an end, or start again when the delay is over; True if something changed."""
        now = self._clock()
        if self._start_at is not None:
            if now < self._start_at:
                return False
            self._start_at = None
            self._started_at = now
            self.child.start()
            return True
        code = self.child.exit_code()
        if code is None:
            return False
        if now - self._started_at > WELL_AFTER:
            self._delay = FIRST_DELAY
        self.crashes += 1
        self.last_exit = describe_exit(code)
        note(f"{self.name} {self.last_exit}, starting it again in {self._delay:g} s; its log: {self.child.spec.log}")
        self._start_at = now + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY)
        return True


class Supervisor:
    """All children in the order they were started."""

    def __init__(self, guard: Guard, changed: Callable[[], None]) -> None:
        self.services: list[Service] = []
        self._guard = guard
        self._changed = changed

    def add(self, child: Child) -> None:
        """From now on this running child is looked after."""
        self.services.append(Service(child))

    def look(self) -> None:
        """Called whenever something may have happened, and a few times a second."""
        self._guard.keep_alive()
        changes = [service.look() for service in self.services]
        if any(changes):
            self._changed()

    def pids(self) -> dict[str, int]:
        """Process ids by name; 0 for one that is about to be started again."""
        return {service.name: service.child.pid for service in self.services}
