"""What one measurement brings home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

MILLISECONDS = 1000.0


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the ordered values do not exceed; 0 of nothing."""
    if not ordered:
        return 0.0
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(kw_only=True)
class Sample:
    """One system under one load for one window.

    `seconds` is the window until the last straggler returned; `latencies` are in seconds, of what was begun and
    answered correctly inside it. `extra` holds further figures with their unit in the name.
    """

    seconds: float
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)
    extra: dict[str, float] = field(default_factory=dict)
    # Answers beyond latencies: deliveries of a fan-out, decisions of several processes.
    count: int | None = None
    # Everything acknowledged from the first warm-up request on: what must be in the table afterwards.
    acknowledged: int = 0

    def rate(self) -> float:
        """Correct answers a second."""
        done = len(self.latencies) if self.count is None else self.count
        return done / self.seconds if self.seconds else 0.0

    def complaints(self) -> str:
        """The errors by kind, the most frequent first."""
        kinds = Counter(self.errors).most_common(3)
        return ", ".join(f"{count} times {error}" for error, count in kinds)

    def figures(self) -> dict[str, float]:
        """What a cell of the table shows: `rate` a second, percentiles in milliseconds, and the extras."""
        ordered = sorted(self.latencies)
        return {
            "rate": round(self.rate(), 2),
            "p50_ms": round(percentile(ordered, 0.50) * MILLISECONDS, 3),
            "p95_ms": round(percentile(ordered, 0.95) * MILLISECONDS, 3),
            "p99_ms": round(percentile(ordered, 0.99) * MILLISECONDS, 3),
            **{name: round(value, 3) for name, value in self.extra.items()},
        }
