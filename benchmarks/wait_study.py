"""How right wait estimates are: the model beside a 3/4 moving average and a constant, on days not learned from.

All three are corrected by the same ratios from other days, so that what is compared is what they know, not their bias.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

from benchmarks.wait_floor import KINDS, MOST_CHATS, Contact, Floor
from routing.survival import mean_patience
from routing.waiting_time import Band, Pace, Ratios, band_of, blend_ratios, expected_seconds, fit_ratios, share_of_line

MODEL, AVERAGE, CONSTANT = "model", "moving average", "constant"
LIVE = ("call", "chat")
# The floor begins empty: waits before this moment say nothing.
WARM_UP_SECONDS = 1800.0
SLOTS = {"call": 1, "chat": MOST_CHATS, "mail": 1}

_Key = TypeVar("_Key", bound=tuple[object, ...])
Line = tuple[int, str]  # a queue and a channel: what is calibrated as one


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Somebody who had to wait, with what was estimated when they came."""

    contact: Contact
    estimates: dict[str, float]

    @property
    def line(self) -> Line:
        return self.contact.group[:2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What earlier days say of each channel."""

    paces: dict[str, Pace]
    mean_waits: dict[Line, float]


class Watcher:
    """Estimates the wait of everybody who stands in line on one floor."""

    def __init__(self, floor: Floor, learned: Learned) -> None:
        self.stays: list[Stay] = []
        self._floor, self._learned = floor, learned
        self._agents = {group: frozenset(agent.id for agent in agents) for group, agents in floor.members.items()}
        self._averages: dict[Line, float] = {}
        self._seen = 0
        floor.on_wait = self._estimate

    def _estimate(self, contact: Contact) -> None:
        self._follow_average()
        line: Line = contact.group[:2]
        usual = self._learned.mean_waits.get(line, 0.0)
        estimates = {
            MODEL: self._model(contact),
            AVERAGE: self._averages.get(line, usual),
            CONSTANT: usual,
        }
        self.stays.append(Stay(contact=contact, estimates=estimates))

    def _model(self, contact: Contact) -> float:
        channel = contact.group[1]
        ours = self._agents[contact.group]
        ahead = sum(
            share_of_line(ours, self._agents[group]) * sum(place[0] < contact.rank for place in line)
            for group, line in self._floor.waiting.items()
            if group[1] == channel
        )
        pace = self._learned.paces[channel]
        pace = Pace(
            slots=len(ours) * pace.slots, handle_seconds=pace.handle_seconds, patience_seconds=pace.patience_seconds
        )
        return expected_seconds(ahead, pace)

    def _follow_average(self) -> None:
        """Three parts of what it was, one part of the last wait that was answered."""
        for contact in self._floor.over[self._seen :]:
            if contact.is_answered and contact.waited > 0:
                line: Line = contact.group[:2]
                before = self._averages.get(line, contact.waited)
                self._averages[line] = 0.75 * before + 0.25 * contact.waited
        self._seen = len(self._floor.over)


def learn(seeds: Iterable[int]) -> Learned:
    """Handle times, patience and mean waits of some days."""
    floors = [Floor(seed).run() for seed in seeds]
    over = [contact for floor in floors for contact in floor.over if contact.waited > 0]
    paces = {}
    for channel in KINDS:
        waits = [contact for contact in over if contact.group[1] == channel]
        paces[channel] = Pace(
            slots=SLOTS[channel],
            handle_seconds=fmean(seconds for floor in floors for seconds in floor.handled[channel]),
            patience_seconds=mean_patience((contact.waited, not contact.is_answered) for contact in waits),
        )
    lines: dict[Line, list[float]] = {}
    for contact in over:
        if contact.is_answered:
            lines.setdefault(contact.group[:2], []).append(contact.waited)
    return Learned(paces=paces, mean_waits={line: fmean(waits) for line, waits in lines.items()})


def watch(seeds: Iterable[int], learned: Learned) -> list[Stay]:
    """The stays of some days whose end is known; those who were still waiting at the end are left out."""
    stays: list[Stay] = []
    for seed in seeds:
        watcher = Watcher(floor := Floor(seed), learned)
        floor.run()
        stays += [row for row in watcher.stays if row.contact.left_at and row.contact.at > WARM_UP_SECONDS]
    return stays


class Corrections:
    """The ratios of one estimator, by queue and channel and drawn from there by group."""

    def __init__(self, stays: Sequence[Stay], name: str) -> None:
        self._name = name
        self._lines = self._fit(stays, lambda row: row.line)
        own = self._fit(stays, lambda row: row.contact.group)
        self._groups = {group: blend_ratios(ratios, self._lines[group[:2]]) for group, ratios in own.items()}

    def _fit(self, stays: Sequence[Stay], key_of: Callable[[Stay], _Key]) -> dict[_Key, Ratios]:
        rows: dict[_Key, list[tuple[float, float, bool]]] = {}
        for row in stays:
            seen = (row.estimates[self._name], row.contact.waited, row.contact.is_answered)
            rows.setdefault(key_of(row), []).append(seen)
        return {key: fit_ratios(values) for key, values in rows.items()}

    def band(self, row: Stay) -> Band:
        ratios = self._groups.get(row.contact.group) or self._lines.get(row.line, Ratios())
        return band_of(row.estimates[self._name], ratios)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Of those who never give up: mean absolute error and mean error of the middle, seconds; share within the band."""

    stays: int
    mean_error: float
    bias: float
    coverage: float


def judge(known: Sequence[Stay], unseen: Sequence[Stay], channels: Sequence[str] = LIVE) -> dict[str, Result]:
    """Each estimator corrected by `known` stays, measured on the patient ones of the unseen days."""
    patient = [row for row in unseen if row.contact.patience == math.inf and row.contact.group[1] in channels]
    results = {}
    for name in (MODEL, AVERAGE, CONSTANT):
        corrections = Corrections(known, name)
        pairs = [(corrections.band(row), row.contact.waited) for row in patient]
        results[name] = Result(
            stays=len(pairs),
            mean_error=fmean(abs(band.p50 - waited) for band, waited in pairs),
            bias=fmean(band.p50 - waited for band, waited in pairs),
            coverage=fmean(waited <= band.p90 for band, waited in pairs),
        )
    return results
