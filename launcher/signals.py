"""Ctrl-C, SIGTERM and ended children, seen only where the launcher waits.

Handlers merely count and wake the wait, so that no signal can tear the middle out of a start or a stop.
"""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Self

from launcher.output import Stopped


class Signals:
    """Installed once in the main thread by `cli`; everything that waits is given `pause`."""

    def __init__(self) -> None:
        self.stop_requests = 0
        self.terminated = False
        self._read_end, self._write_end = os.pipe()
        for end in (self._read_end, self._write_end):
            os.set_blocking(end, False)
            os.set_inheritable(end, False)

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._count_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` means: survive the terminal
            signal.signal(signal.SIGHUP, self._count_stop)
        signal.signal(signal.SIGCHLD, self._wake)
        signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(-1)
        os.close(self._read_end)
        os.close(self._write_end)

    def _count_stop(self, number: int, _frame: FrameType | None) -> None:
        self.stop_requests += 1
        self.terminated = self.terminated or number == signal.SIGTERM

    def _wake(self, _number: int, _frame: FrameType | None) -> None:
        """SIGCHLD needs a handler for the wake-up descriptor to be written at all."""

    def pause(self, seconds: float) -> None:
        """Wait until something happens or the time is over. Raises Stopped once a stop was asked for."""
        self._check()
        ready, _, _ = select.select([self._read_end], [], [], seconds)
        if ready:
            os.read(self._read_end, 4096)
        self._check()

    def hurry(self) -> bool:
        """True once the person asked a second time."""
        return self.stop_requests > 1

    def forget(self) -> None:
        """A stop that was meant for the foreground command alone (it got Ctrl-C from the terminal itself)."""
        self.stop_requests = 0

    def _check(self) -> None:
        if self.stop_requests:
            raise Stopped
