"""What moves in a simulation: stays in queues, agents and the work at hand."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from routing.simulation.arrivals import Contact
from routing.simulation.world import AgentRules, ChannelRules, ContactClass, QueueRules, World

# The occupancy of the score is a mean that forgets within about an hour.
OCCUPANCY_SECONDS = 3600.0


class Stay:
    """One contact in its queue, and how it ended."""

    __slots__ = (
        "agent",
        "answered_at",
        "boost",
        "cls",
        "contact",
        "group",
        "has_abandoned",
        "is_blocked",
        "is_waiting",
        "left_at",
        "number",
        "queue",
        "rank_key",
        "target",
        "target_until",
    )

    def __init__(self, number: int, contact: Contact, cls: ContactClass, queue: QueueRules, group: Group) -> None:
        self.number, self.contact, self.cls, self.queue, self.group = number, contact, cls, queue, group
        self.rank_key, self.boost = contact.at, 0.0
        self.is_waiting = self.has_abandoned = self.is_blocked = False
        self.target: SimAgent | None = None
        self.target_until = -math.inf
        self.agent: SimAgent | None = None
        self.answered_at: float | None = None
        self.left_at: float | None = None


class Work:
    """One contact being handled. `remaining` seconds of work, of which `pace` is done in each second."""

    __slots__ = ("is_paused", "pace", "remaining", "rules", "since", "started_at", "stay", "version")

    def __init__(self, stay: Stay, rules: ChannelRules, seconds: float, now: float) -> None:
        self.stay, self.rules, self.remaining = stay, rules, seconds
        self.started_at = self.since = now
        self.pace, self.version, self.is_paused = 0.0, 0, False

    def change_pace(self, pace: float, now: float) -> None:
        self.remaining = max(self.remaining - (now - self.since) * self.pace, 0.0)
        self.pace, self.since = pace, now
        self.version += 1


class SimAgent:
    """An agent on the floor. `busy` are their (from, until) with anything at hand."""

    def __init__(self, index: int, rules: AgentRules, *, call: ChannelRules | None) -> None:
        self.index, self.rules, self.call = index, rules, call
        self.takes_voice = call is not None
        self.capacity, self.is_on = rules.capacity, False
        self.load = 0
        self.works: list[Work] = []
        self.theirs: list[Stay] = []
        self.served: list[tuple[Group, Member]] = []
        self.reach = 0.0
        self.idle_since = 0.0
        self.assigned_at = -math.inf
        self.busy: list[tuple[float, float]] = []
        self._occupancy, self._settled_at = 0.0, 0.0

    def room(self, rules: ChannelRules) -> int:
        """0: none; 1: room; 2: room if what this channel may interrupt is paused."""
        missing = self.load + rules.cost - self.capacity
        if missing <= 0:
            return 1
        for work in self.works:
            if not work.is_paused and rules.name in work.rules.interrupted_by:
                missing -= work.rules.cost
        return 2 if missing <= 0 else 0

    def would_miss_calls(self, rules: ChannelRules) -> bool:
        """Whether work of this channel, which calls may not pause, would keep them from a call that they could take
        now."""
        if self.call is None or rules.is_voice or self.call.name in rules.interrupted_by:
            return False
        return self.room(self.call) > 0

    def make_room(self, rules: ChannelRules, now: float) -> list[Work]:
        """Pause what is missing, newest first."""
        paused = []
        missing = self.load + rules.cost - self.capacity
        for work in reversed(self.works):
            if missing <= 0:
                break
            if not work.is_paused and rules.name in work.rules.interrupted_by:
                work.is_paused = True
                self.load -= work.rules.cost
                missing -= work.rules.cost
                paused.append(work)
        return paused

    def resume(self) -> list[Work]:
        """Give room that has come free back to what was interrupted, oldest first."""
        resumed = []
        for work in self.works:
            if work.is_paused:
                if self.load + work.rules.cost > self.capacity:
                    break
                work.is_paused = False
                self.load += work.rules.cost
                resumed.append(work)
        return resumed

    def holds(self, rules: ChannelRules) -> bool:
        return any(work.rules is rules and not work.is_paused for work in self.works)

    def settle(self, now: float) -> None:
        """Write down the time since the load last changed."""
        passed = now - self._settled_at
        if passed > 0:
            if self.load:
                if self.busy and self.busy[-1][1] == self._settled_at:
                    self.busy[-1] = (self.busy[-1][0], now)
                else:
                    self.busy.append((self._settled_at, now))
            self._occupancy = self.occupancy(now)
            self._settled_at = now

    def occupancy(self, now: float) -> float:
        """Load over capacity, averaged over about the last hour, 0..1."""
        kept = math.exp((self._settled_at - now) / OCCUPANCY_SECONDS)
        return self._occupancy * kept + self.load / self.capacity * (1.0 - kept)


@dataclass(frozen=True, slots=True)
class Member:
    """An agent of a group: `fit` 0..1, and the priority and delay of their membership."""

    agent: SimAgent
    fit: float
    priority: int
    delay: float


@dataclass(slots=True)
class Group:
    """Who may take what waits here; `waiting` is in order of the place kept."""

    channel: ChannelRules
    may_interrupt: bool
    members: list[Member] = field(default_factory=list)
    waiting: list[tuple[float, int, Stay]] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)


def build_agents(world: World) -> list[SimAgent]:
    voice = [rules for rules in world.channels.values() if rules.is_voice]
    agents = []
    for index, rules in enumerate(world.agents):
        calls = [channel for channel in voice if channel.name in rules.channels]
        agents.append(SimAgent(index, rules, call=min(calls, key=lambda channel: channel.cost, default=None)))
    return agents
