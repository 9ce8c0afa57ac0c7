"""The contacts of the past again, seed by seed: what was seen stays as it was, what was not is drawn.

Seen are arrivals, the patience of who gave up, the work on who was answered. How long those would have waited who were
answered is drawn by Kaplan-Meier from all waits, given that they had waited so long already.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.simulation.arrivals import Contact, draw_contacts
from routing.simulation.draws import Distribution, Empirical
from routing.simulation.world import World
from routing.survival import kaplan_meier
from routing.trials.past import Past, PastContact

# Fewer who gave up say nothing about patience: then nobody else gives up.
LEAST_ABANDONED = 5
LEAST_HANDLED = 5
_UNKNOWN_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Patience(Distribution):
    """A Kaplan-Meier curve: after each of `times`, the share of `left` has not given up."""

    times: tuple[float, ...]
    left: tuple[float, ...]

    def draw(self, stream: random.Random) -> float:
        return self.beyond(0.0, stream)

    def beyond(self, waited: float, stream: random.Random) -> float:
        """Given that somebody has waited so long already. Infinite beyond what was ever seen."""
        place = bisect_right(self.times, waited)
        share = (self.left[place - 1] if place else 1.0) * (1.0 - stream.random())
        # `left` falls: the first that is below the share.
        low = bisect_left(self.left, -share, lo=place, key=lambda value: -value)
        return self.times[low] if low < len(self.times) else math.inf


_ENDLESS = Patience((), ())


def patience_of(waits: Sequence[tuple[float, bool]]) -> Patience:
    """From (seconds, gave up) each; endless where too few gave up."""
    if sum(gave_up for _seconds, gave_up in waits) < LEAST_ABANDONED:
        return _ENDLESS
    curve = kaplan_meier(waits)
    return Patience(curve.times, curve.shares)


class Replay:
    """Makes the contacts of each repetition. `is_drawn`: they come at random, as often as they came by the hour."""

    def __init__(self, past: Past, *, is_drawn: bool = False, traffic: float = 1.0) -> None:
        self.is_drawn = is_drawn
        self.patience, self.handle = _patience(past), _handle(past)
        # Everybody could hang up, in the past and in its repetitions alike: their waits are compared.
        classes = zip(past.world.classes, self.patience, strict=True)
        impatient = tuple(replace(which, patience=curve) for which, curve in classes)
        self.past = replace(past, world=replace(past.world, classes=impatient))
        self.world = self._described(traffic) if is_drawn else self.past.world

    def _described(self, traffic: float) -> World:
        """The world with the arrivals, work and patience of the past as distributions of each class."""
        world = self.past.world
        number = max(math.ceil(world.duration_seconds / world.interval_seconds), 1)
        counts = [[0] * number for _ in world.classes]
        values: list[dict[int, int]] = [{} for _ in world.classes]
        known = [0] * len(world.classes)
        for contact in self.past.contacts:
            values[contact.which][contact.value] = values[contact.which].get(contact.value, 0) + 1
            known[contact.which] += contact.known >= 0
            if contact.at >= 0:
                counts[contact.which][min(int(contact.at // world.interval_seconds), number - 1)] += 1
        classes = []
        for index, which in enumerate(world.classes):
            total = sum(values[index].values())
            classes.append(
                replace(
                    which,
                    handle=self.handle[index],
                    rates=tuple(count * 3600 / world.interval_seconds * traffic for count in counts[index]),
                    values=tuple((value, count / total) for value, count in sorted(values[index].items())),
                    known_share=known[index] / total,
                )
            )
        return replace(world, classes=tuple(classes))

    def contacts(self, seed: int) -> list[Contact]:
        if self.is_drawn:
            return draw_contacts(self.world, seed)
        stream = random.Random(f"{seed}/replay")  # noqa: S311 (repeatable, not secret)
        return [self._again(contact, stream) for contact in self.past.contacts]

    def _again(self, contact: PastContact, stream: random.Random) -> Contact:
        # Both are drawn for everybody, so that one contact does not shift the others' numbers.
        drawn = self.handle[contact.which].draw(stream)
        patience = self.patience[contact.which].beyond(contact.wait, stream)
        return Contact(
            at=contact.at,
            which=contact.which,
            handle_seconds=drawn if contact.handle is None else contact.handle,
            patience_seconds=contact.wait if contact.has_abandoned else patience,
            value=contact.value,
            known=contact.known,
            answer_seconds=contact.answer_seconds,
        )


def _patience(past: Past) -> list[Patience]:
    """By class: of its queue and channel, all of which wait for the same people."""
    curves: dict[tuple[str, str], Patience] = {}
    for key, members in _together(past).items():
        curves[key] = patience_of([(max(one.wait, 0.0), one.has_abandoned) for one in members])
    return [curves.get((which.queue, which.channel), _ENDLESS) for which in past.world.classes]


def _handle(past: Past) -> list[Distribution]:
    """By class: its own work where enough is known, else that of its queue and channel, else of its channel."""
    wide = {key: _seconds(members) for key, members in _together(past).items()}
    of_class: dict[int, list[float]] = {}
    for one in past.contacts:
        if one.handle is not None:
            of_class.setdefault(one.which, []).append(one.handle)
    found: list[Distribution] = []
    for index, which in enumerate(past.world.classes):
        channel = [second for (_queue, name), seconds in wide.items() if name == which.channel for second in seconds]
        own, shared = of_class.get(index, []), wide.get((which.queue, which.channel), [])
        best = own if len(own) >= LEAST_HANDLED else shared if len(shared) >= LEAST_HANDLED else channel
        found.append(Empirical.of(best or own or shared or [_UNKNOWN_SECONDS]))
    return found


def _together(past: Past) -> dict[tuple[str, str], list[PastContact]]:
    groups: dict[tuple[str, str], list[PastContact]] = {}
    for one in past.contacts:
        which = past.world.classes[one.which]
        groups.setdefault((which.queue, which.channel), []).append(one)
    return groups


def _seconds(contacts: Sequence[PastContact]) -> list[float]:
    return [one.handle for one in contacts if one.handle is not None]
