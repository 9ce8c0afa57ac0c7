"""CPU seconds of processes and of the machine, from /proc. Elsewhere than on Linux nothing is known, and said so."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1
# Columns of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. Stolen time is time we did not have.
_BUSY = (0, 1, 2, 5, 6, 7)


def is_known() -> bool:
    """Whether this system tells who used its processors."""
    return (PROC / "stat").exists()


def machine_seconds() -> float:
    """CPU seconds that the machine has spent since it was started, whoever used them."""
    columns = [int(word) for word in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]]
    return sum(columns[index] for index in _BUSY) / TICKS


@dataclass(frozen=True, slots=True)
class _Usage:
    parent: int
    seconds: float  # own, and of children that have ended


def _usages() -> dict[int, _Usage]:
    usages = {}
    for entry in os.listdir(PROC):
        if not entry.isdigit():
            continue
        try:
            columns = (PROC / entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
        usages[int(entry)] = _Usage(int(columns[1]), sum(int(word) for word in columns[11:15]) / TICKS)
    return usages


def tree_seconds(roots: Iterable[int]) -> float:
    """CPU seconds of these processes with all their descendants, those that have ended included."""
    usages = _usages()
    children: dict[int, list[int]] = {}
    for pid, usage in usages.items():
        children.setdefault(usage.parent, []).append(pid)
    total, waiting, seen = 0.0, list(roots), set[int]()
    while waiting:
        pid = waiting.pop()
        if pid in seen or pid not in usages:
            continue
        seen.add(pid)
        total += usages[pid].seconds
        waiting += children.get(pid, [])
    return total


def process_seconds(pid: int) -> float:
    """CPU seconds of one process, to the nanosecond where the kernel tells it so."""
    try:
        return int((PROC / str(pid) / "schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, PermissionError):
        return _usages()[pid].seconds if is_known() else 0.0


class ForeignCpu:
    """How much of the machine others used between two looks: share 0..1 of all cores, None where nobody knows."""

    def __init__(self, roots: Iterable[int]) -> None:
        self._roots = tuple(roots)
        self.look()

    def look(self) -> float | None:
        """The share since the last look, and begin anew."""
        if not is_known():
            return None
        reading = (time.monotonic(), machine_seconds(), tree_seconds(self._roots))
        last = getattr(self, "_last", reading)
        self._last = reading
        wall, machine, own = (now - before for now, before in zip(reading, last, strict=True))
        return min(max((machine - own) / (wall * CORES), 0.0), 1.0) if wall > 0 else 0.0
