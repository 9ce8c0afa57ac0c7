"""A floor to try wait estimates on: 60 agents, three channels, five languages, two queues, customers of three values.

Parameters of the field (shares of languages, handle times, patience); who gets what is decided by `routing.matching`,
as in the product. More come than can be served at once: who has to wait, waits about a minute. A tenth of the callers
and chatters never give up, so that their waits are known in full.
"""

from __future__ import annotations

import bisect
import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from routing.matching import Candidate, Waiting, rank_agents, rank_waiting

HOUR = 3600.0
AGENTS = 60
LANGUAGE_SHARES = (0.50, 0.20, 0.15, 0.10, 0.05)
QUEUES = 2
VALUES, VALUE_SHARES = (1, 3, 10), (0.75, 0.20, 0.05)
# What each step of value is worth as place in the line, seconds.
BOOSTS = {1: 0.0, 3: 60.0, 10: 120.0}
PATIENT = 0.10
SLOWED_BY_ONE_MORE = 0.12
MOST_CHATS = 3
# Waiting entries of a group that a freed agent looks at, as in the product.
HEADS = 4


@dataclass(frozen=True, slots=True)
class Kind:
    """A channel: contacts an hour, seconds of handling, seconds of patience, target."""

    per_hour: float
    handle_seconds: float
    patience_seconds: float | None
    target_seconds: float


KINDS = {
    "call": Kind(440, 240, 150, 20),
    "chat": Kind(480, 480, 400, 60),
    "mail": Kind(85, 420, None, 3600),
}

# (queue, channel, language)
Group = tuple[int, str, int]


@dataclass(slots=True)
class Mail:
    """What an agent writes between live work: `since` is None while it is interrupted."""

    contact: Contact
    left_seconds: float
    begun_at: float
    since: float | None


@dataclass(slots=True)
class FloorAgent:
    id: int
    groups: list[Group]
    takes_calls: bool
    on_call: bool = False
    chats: int = 0
    mail: Mail | None = None
    idle_since: float = 0.0

    def has_room(self, channel: str) -> bool:
        if self.on_call:
            return False
        if channel == "chat":
            return self.chats < MOST_CHATS
        return self.chats == 0 and (channel == "call" or self.mail is None)


@dataclass(slots=True)
class Contact:
    """Somebody who comes; `left_at` is when they were answered or gave up."""

    id: int
    group: Group
    at: float
    value: int
    rank: float
    patience: float
    work_seconds: float
    left_at: float | None = None
    is_answered: bool = False

    @property
    def waited(self) -> float:
        return math.inf if self.left_at is None else self.left_at - self.at


def _staff() -> list[FloorAgent]:
    """The same people for every seed: each speaks a language by its share, more than half of them another besides."""
    chance = random.Random(7)
    agents = []
    for number in range(AGENTS):
        first = bisect.bisect([sum(LANGUAGE_SHARES[: n + 1]) for n in range(4)], (number + 0.5) / AGENTS)
        languages = {first}
        if chance.random() < 0.6:
            languages.add(chance.choice([language for language in range(5) if language != first]))
        queues = range(QUEUES) if chance.random() < 0.6 else [number % QUEUES]
        channels = chance.choices((("call", "chat", "mail"), ("chat", "mail"), ("call", "mail")), (70, 15, 15))[0]
        groups = [(queue, name, language) for queue in queues for name in channels for language in sorted(languages)]
        agents.append(FloorAgent(number, groups, "call" in channels))
    return agents


@dataclass
class Floor:
    """One stretch of hours. `on_wait` is called for everybody who is not taken at once, before they stand in line."""

    seed: int
    hours: float = 12.0
    on_wait: Callable[[Contact], None] = lambda contact: None
    now: float = 0.0
    agents: list[FloorAgent] = field(default_factory=_staff)
    members: dict[Group, list[FloorAgent]] = field(default_factory=dict)
    waiting: dict[Group, list[tuple[float, int, Contact]]] = field(default_factory=dict)
    # Everybody whose wait is over, in that order, and seconds that each channel's contacts took.
    over: list[Contact] = field(default_factory=list)
    handled: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in KINDS})

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._number = count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        for agent in self.agents:
            for group in agent.groups:
                self.members.setdefault(group, []).append(agent)
        for name, kind in KINDS.items():
            self._plan_arrivals(name, kind)

    def _plan_arrivals(self, name: str, kind: Kind) -> None:
        chance, at = self._chance, 0.0
        spread = math.log(2.0)  # a coefficient of variation of 1
        while (at := at + chance.expovariate(kind.per_hour / HOUR)) < self.hours * HOUR:
            language = chance.choices(range(5), LANGUAGE_SHARES)[0]
            value = chance.choices(VALUES, VALUE_SHARES)[0]
            never = kind.patience_seconds is None or chance.random() < PATIENT
            contact = Contact(
                id=next(self._number),
                group=(chance.randrange(QUEUES), name, language),
                at=at,
                value=value,
                rank=at - BOOSTS[value],
                patience=math.inf if never else chance.expovariate(1.0 / (kind.patience_seconds or 1.0)),
                work_seconds=chance.lognormvariate(math.log(kind.handle_seconds) - spread / 2, math.sqrt(spread)),
            )
            self._plan(at, lambda contact=contact: self._arrive(contact))  # type: ignore[misc]

    def _plan(self, at: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at, next(self._number), act))

    def run(self) -> Floor:
        while self._due and self._due[0][0] <= self.hours * HOUR:
            self.now, _number, act = heapq.heappop(self._due)
            act()
        return self

    def _arrive(self, contact: Contact) -> None:
        channel = contact.group[1]
        free = [agent for agent in self.members.get(contact.group, ()) if agent.has_room(channel)]
        if free:
            candidates = [
                Candidate(
                    agent_id=agent.id,
                    reach=len(agent.groups) / len(self.members),
                    idle_seconds=self.now - agent.idle_since,
                    takes_voice=agent.takes_calls and channel != "call",
                    packs=channel == "chat" and agent.chats > 0,
                    interrupts=agent.mail is not None,
                )
                for agent in free
            ]
            self._begin(self.agents[rank_agents(candidates)[0].id], contact)
            return
        self.on_wait(contact)
        bisect.insort(self.waiting.setdefault(contact.group, []), (contact.rank, contact.id, contact))
        if contact.patience < math.inf:
            self._plan(self.now + contact.patience, lambda: self._give_up(contact))

    def _give_up(self, contact: Contact) -> None:
        if contact.left_at is None:
            self._leave(contact)

    def _leave(self, contact: Contact) -> None:
        line = self.waiting.get(contact.group, [])
        place = (contact.rank, contact.id, contact)
        if place in line:
            line.remove(place)
        contact.left_at = self.now
        self.over.append(contact)

    def _begin(self, agent: FloorAgent, contact: Contact) -> None:
        self._leave(contact)
        contact.is_answered = True
        mail = agent.mail
        if mail is not None and mail.since is not None:
            mail.left_seconds -= self.now - mail.since
            mail.since = None
        if contact.group[1] == "mail":
            agent.mail = Mail(contact, contact.work_seconds, self.now, None)
            self._write_on(agent)
            return
        seconds = contact.work_seconds
        if contact.group[1] == "call":
            agent.on_call = True
        else:
            seconds *= 1.0 + SLOWED_BY_ONE_MORE * agent.chats
            agent.chats += 1
        self.handled[contact.group[1]].append(seconds)
        self._plan(self.now + seconds, lambda: self._finish(agent, contact.group[1]))

    def _write_on(self, agent: FloorAgent) -> None:
        mail = agent.mail
        if mail is not None and mail.since is None and not agent.on_call and agent.chats == 0:
            since = mail.since = self.now
            self._plan(self.now + mail.left_seconds, lambda: self._mailed(agent, mail, since))

    def _mailed(self, agent: FloorAgent, mail: Mail, since: float) -> None:
        if agent.mail is mail and mail.since == since:
            agent.mail = None
            self.handled["mail"].append(self.now - mail.begun_at)
            self._look_for_work(agent)

    def _finish(self, agent: FloorAgent, channel: str) -> None:
        if channel == "call":
            agent.on_call = False
        else:
            agent.chats -= 1
        if agent.chats == 0:
            agent.idle_since = self.now
        self._look_for_work(agent)

    def _look_for_work(self, agent: FloorAgent) -> None:
        while heads := [
            place[2]
            for group in agent.groups
            if agent.has_room(group[1])
            for place in self.waiting.get(group, ())[:HEADS]
        ]:
            works = [
                Waiting(
                    conversation_id=head.id,
                    age_seconds=self.now - head.rank,
                    target_seconds=KINDS[head.group[1]].target_seconds,
                    value=head.value,
                    takes_voice=agent.takes_calls and head.group[1] != "call",
                    packs=head.group[1] == "chat" and agent.chats > 0,
                    interrupts=agent.mail is not None,
                )
                for head in heads
            ]
            chosen = rank_waiting(works)[0].id
            self._begin(agent, next(head for head in heads if head.id == chosen))
        self._write_on(agent)
