"""Processes that make load together: started once, told when to begin and to end, ending with whoever started them."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, Protocol

# Between the order and the first request: all of them have read it by then.
HEAD_START = 0.05
ANSWER_SECONDS = 300.0


class Work(Protocol):
    """What a process does when it is called: (command, *arguments) -> anything that can be pickled."""

    def __call__(self, command: str, *arguments: Any) -> Any: ...


class WorkerError(Exception):
    """A process failed; the message is its traceback."""


def _serve(pipe: Connection, make: Callable[..., Work], arguments: tuple[Any, ...]) -> None:
    """Life of a process: make the work, then answer commands until the pipe is closed."""
    try:
        work = make(*arguments)
        pipe.send((True, None))
        while True:
            pipe.send((True, work(*pipe.recv())))
    except EOFError:
        return
    except Exception:  # whatever it is, the starter is told
        pipe.send((False, traceback.format_exc()))


class Workers:
    """Processes of their own Python, each with the work that `make(*arguments)` returns in it."""

    def __init__(self, make: Callable[..., Work], arguments: Sequence[tuple[Any, ...]]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for row in arguments:
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, make, row), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        self._answers(self._pipes)

    def ask(self, count: int, command: str, *arguments: Any) -> list[Any]:
        """The same command to the first `count`; their answers when all have answered. Raises WorkerError."""
        for pipe in self._pipes[:count]:
            pipe.send((command, *arguments))
        return self._answers(self._pipes[:count])

    def measure(self, count: int, command: str, *arguments: Any, warm_up: float, window: float) -> list[Any]:
        """The command with the moments at which measuring begins and ends (of `time.monotonic`)."""
        begins = time.monotonic() + HEAD_START + warm_up
        return self.ask(count, command, *arguments, begins, begins + window)

    def _answers(self, pipes: Sequence[Connection]) -> list[Any]:
        answers = []
        for pipe in pipes:
            if not pipe.poll(ANSWER_SECONDS):
                raise WorkerError("a measuring process does not answer")
            is_well, answer = pipe.recv()
            if not is_well:
                raise WorkerError(answer)
            answers.append(answer)
        return answers

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(5)
            if process.is_alive():
                process.kill()
