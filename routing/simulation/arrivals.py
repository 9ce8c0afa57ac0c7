"""The contacts that a seed makes.

Every class draws its arrivals, handle times, patience and customers from streams of its own, so the same seed brings
the same contacts to every policy and configuration (common random numbers).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from routing.simulation.world import ContactClass, World, fit_of, requirement


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as it comes. `known`: the index of the agent whom the customer knows, -1 for none. `answer_seconds`:
    from its offer until it is accepted, beside what its channel takes."""

    at: float
    which: int  # index of its class
    handle_seconds: float
    patience_seconds: float
    value: int
    known: int = -1
    answer_seconds: float = 0.0


def _arrivals(which: ContactClass, world: World, stream: random.Random) -> list[float]:
    """A Poisson process whose rate changes from interval to interval."""
    times, at, end = [], 0.0, world.duration_seconds
    while at < end and which.rates:
        place = min(int(at // world.interval_seconds), len(which.rates) - 1)
        last = place == len(which.rates) - 1
        until = end if last else min((place + 1) * world.interval_seconds, end)
        rate = which.rates[place] / 3600.0
        step = stream.expovariate(rate) if rate > 0 else math.inf
        if at + step >= until:
            # Memoryless: the next interval begins anew.
            at = until
            continue
        at += step
        times.append(at)
    return times


def _stream(seed: int, which: ContactClass, name: str) -> random.Random:
    return random.Random(f"{seed}/{which.name}/{name}")  # noqa: S311 (repeatable, not secret)


def draw_contacts(world: World, seed: int) -> list[Contact]:
    """All contacts of the period in the order in which they come."""
    contacts = []
    for index, which in enumerate(world.classes):
        streams = {name: _stream(seed, which, name) for name in ("at", "handle", "wait", "who")}
        needed, optional = requirement(world, which, None)
        able = [
            number
            for number, agent in enumerate(world.agents)
            if which.queue in agent.queues
            and which.channel in agent.channels
            and fit_of(agent.skills, needed, optional) is not None
        ]
        values, shares = zip(*which.values, strict=True)
        for at in _arrivals(which, world, streams["at"]):
            who = streams["who"]
            [value] = who.choices(values, shares)
            known, chosen = who.random() < which.known_share, who.random()
            contacts.append(
                Contact(
                    at=at,
                    which=index,
                    handle_seconds=which.handle.draw(streams["handle"]),
                    patience_seconds=which.patience.draw(streams["wait"]) if which.patience else math.inf,
                    value=value,
                    known=able[int(chosen * len(able))] if known and able else -1,
                )
            )
    contacts.sort(key=lambda contact: contact.at)
    return contacts
