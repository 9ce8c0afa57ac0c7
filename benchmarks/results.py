"""Cells, ratios and the verdict: as a table for people and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.plan import Bound, Comparisons, Key, Ratio
from benchmarks.samples import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One measured cell of one round. `foreign_cpu` is the share 0..1 of the machine that others used meanwhile."""

    key: Key
    round: int
    sample: Sample
    figures: dict[str, float]
    foreign_cpu: float | None
    load_average: float

    def as_json(self) -> dict[str, Any]:
        return {
            "operation": self.key.operation,
            "system": self.key.system,
            "level": self.key.level,
            "round": self.round,
            "seconds": round(self.sample.seconds, 3),
            "errors": len(self.sample.errors),
            "foreign_cpu": self.foreign_cpu and round(self.foreign_cpu, 3),
            "load_average": self.load_average,
            **self.figures,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A ratio or a bound over all rounds, with what it should be. `met` is None where nothing is demanded."""

    name: str
    values: list[float]
    is_ratio: bool
    more_is_better: bool
    must: float | None
    aim: float | None

    @property
    def median(self) -> float | None:
        return median(self.values) if self.values else None

    def meets(self, bound: float | None) -> bool | None:
        """Whether the median keeps to that bound; a demand without any figure is not met."""
        if bound is None:
            return None
        if self.median is None:
            return False
        return self.median >= bound if self.more_is_better else self.median <= bound

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "per_round": [round(value, 4) for value in self.values],
            "median": self.median and round(self.median, 4),
            "min": round(min(self.values), 4) if self.values else None,
            "max": round(max(self.values), 4) if self.values else None,
            "must": self.must,
            "aim": self.aim,
            "meets_must": self.meets(self.must),
            "meets_aim": self.meets(self.aim),
        }


@dataclass
class Report:
    """Everything one benchmark found."""

    name: str
    cells: list[Cell] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def conclude(self, comparisons: Comparisons) -> None:
        """Work out ratios and bounds from the cells."""
        self.findings = [self._ratio(ratio) for ratio in comparisons.ratios]
        self.findings += [self._bound(bound) for bound in comparisons.bounds]

    def _figure(self, key: Key, figure: str) -> dict[int, float]:
        return {cell.round: cell.figures[figure] for cell in self.cells if cell.key == key and figure in cell.figures}

    def _ratio(self, ratio: Ratio) -> Finding:
        over = self._figure(ratio.over, ratio.figure)
        under = self._figure(ratio.under, ratio.under_figure or ratio.figure)
        values = [over[number] / under[number] for number in over if under.get(number)]
        return Finding(
            name=ratio.name,
            values=values,
            is_ratio=True,
            more_is_better=ratio.more_is_better,
            must=ratio.must,
            aim=ratio.aim,
        )

    def _bound(self, bound: Bound) -> Finding:
        values = list(self._figure(bound.of, bound.figure).values())
        return Finding(
            name=bound.name,
            values=values,
            is_ratio=False,
            more_is_better=bound.figure.endswith("rate"),
            must=bound.must,
            aim=bound.aim,
        )

    def failures(self) -> list[str]:
        """Why the run does not pass: a broken `must`, an incorrect answer, a row that is missing."""
        broken = [
            f"{finding.name}: {finding.median if finding.median is None else round(finding.median, 3)}, "
            f"must be {'at least' if finding.more_is_better else 'at most'} {finding.must}"
            for finding in self.findings
            if finding.meets(finding.must) is False
        ]
        wrong = [f"{cell.key}: {cell.sample.complaints()}" for cell in self.cells if cell.sample.errors]
        lost = [f"{cell.key}: {line}" for cell in self.cells for line in cell.sample.mismatches]
        return broken + wrong + lost + self.problems

    def as_json(self) -> dict[str, Any]:
        """Flat lists whose rows name their benchmark, so that the records of several can be put together."""
        goals = [finding for finding in self.findings if finding.must is not None or finding.aim is not None]
        lists = {
            "rounds": self.rounds,
            "cells": [cell.as_json() for cell in self.cells],
            "ratios": [finding.as_json() for finding in self.findings if finding.is_ratio],
            "bounds": [finding.as_json() for finding in self.findings if not finding.is_ratio],
            "goals": [finding.as_json() for finding in goals],
            "failures": [{"what": failure} for failure in self.failures()],
        }
        return {key: [{"benchmark": self.name, **row} for row in rows] for key, rows in lists.items()}


def _medians(cells: list[Cell]) -> dict[Key, dict[str, float]]:
    by_key: dict[Key, list[Cell]] = {}
    for cell in cells:
        by_key.setdefault(cell.key, []).append(cell)
    return {key: {name: _median(group, name) for name in _names(group)} for key, group in by_key.items()}


def _names(cells: list[Cell]) -> list[str]:
    """The figures of these cells, in the order in which they first appear."""
    return list(dict.fromkeys(name for cell in cells for name in cell.figures))


def _median(cells: list[Cell], name: str) -> float:
    return median([cell.figures[name] for cell in cells if name in cell.figures])


_COLUMNS = ("rate", "p50_ms", "p95_ms", "p99_ms")


def _line(key: Key, figures: dict[str, float]) -> str:
    columns = "".join(f"{figures[name]:>11,.2f}" for name in _COLUMNS)
    extra = "  ".join(f"{name} {value:.4g}" for name, value in figures.items() if name not in _COLUMNS)
    return f"{key.operation:<22}{key.system:<16}{key.level:>5}{columns}  {extra}".rstrip()


def _judgement(finding: Finding) -> str:
    words = []
    for word, bound in (("must", finding.must), ("aim", finding.aim)):
        if bound is not None:
            words.append(f"{word} {bound:g}: {'yes' if finding.meets(bound) else 'NO'}")
    return ", ".join(words)


def table(report: Report) -> str:
    """Medians over the rounds, then the ratios."""
    lines = [f"== {report.name}: medians of {len(report.rounds)} rounds (rate: a second)"]
    heads = "".join(f"{name:>11}" for name in _COLUMNS)
    lines.append(f"{'operation':<22}{'system':<16}{'level':>5}{heads}")
    lines += [
        _line(key, figures) for key, figures in sorted(_medians(report.cells).items(), key=lambda row: str(row[0]))
    ]
    lines.append("")
    lines.append(f"{'compared':<68}{'median':>10}{'min':>10}{'max':>10}")
    for finding in report.findings:
        if finding.median is None:
            lines.append(f"{finding.name:<68}   not measured  {_judgement(finding)}")
            continue
        spread = "".join(f"{value:>10.3f}" for value in (finding.median, min(finding.values), max(finding.values)))
        lines.append(f"{finding.name:<68}{spread}  {_judgement(finding)}".rstrip())
    lines += [f"FAILED {failure}" for failure in report.failures()]
    return "\n".join(lines)
