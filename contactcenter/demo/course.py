"""The course of the demo's past: its contacts played through the router's own rules, a day at a time.

Who was asked, who took it after how long, at which step, who gave up: all of it is what the router would have done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contactcenter.conversations.states import Channel
from routing.matching import Ranked, Weights
from routing.models import AccountManager, Agent, Queue, Skill
from routing.simulation.arrivals import Contact
from routing.simulation.draws import Constant
from routing.simulation.engine import Simulation
from routing.simulation.floor import Member, SimAgent, Stay
from routing.simulation.policies import AgentOption, Router, WorkOption
from routing.simulation.world import AgentRules, ContactClass, World
from routing.trials.past import read_agents, read_channels, read_rules

DAY_SECONDS = 86400.0
# An offer that is not taken: declined after this, or missed.
DECLINED_SECONDS, MISSED_SECONDS = 8.0, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One stay to come: its queue, the work on it and, before it is accepted, an offer that is `declined` or `missed`.
    All times are seconds; `after` is the work of this leg once it has been accepted."""

    queue: str
    after: float
    patience: float
    accepting: float
    miss: str = ""

    @property
    def answer_seconds(self) -> float:
        return self.accepting + {"": 0.0, "declined": DECLINED_SECONDS, "missed": MISSED_SECONDS}[self.miss]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Somebody who writes: each leg follows the work on the one before it."""

    at: datetime
    customer_id: int
    value: int
    language: str
    legs: Sequence[Leg]


@dataclass(slots=True)
class Told:
    """What became of a leg. `offers`: (agent, terms of the decision), the last one is who took it, if anybody did."""

    leg: Leg
    known: Agent | None
    waited: float = 0.0  # until it was offered for the first time, or given up
    offers: list[tuple[Agent, dict[str, Any]]] = field(default_factory=list)


class Course:
    """Days in a row: who served a customer last is known on the days after."""

    def __init__(self, agents: Sequence[Agent], queues: Mapping[str, Queue], since: datetime, until: datetime) -> None:
        # Differences of moments in one zone are those of its clocks, an hour wrong over a change of time.
        self.since, self.queues = since.astimezone(UTC), queues
        by_pk = {queue.pk: queue for queue in queues.values()}
        self.rules = read_agents([agent.pk for agent in agents], by_pk, since, until)
        by_name = {agent.user.username: agent for agent in agents}
        self.agents = [by_name[rules.name] for rules in self.rules]
        self.index = {agent.pk: number for number, agent in enumerate(self.agents)}
        self.channels = read_channels()
        self.queue_rules = {slug: read_rules(queue, by_pk) for slug, queue in queues.items()}
        languages = dict(Skill.objects.exclude(language="").values_list("language", "slug"))
        self.which = {
            (slug, language): number
            for number, (slug, language) in enumerate((slug, language) for slug in queues for language in languages)
        }
        self.classes = tuple(
            ContactClass(
                name=f"{slug}/{language}",
                queue=slug,
                channel=Channel.CHAT,
                handle=Constant(1.0),
                language=languages[language],
            )
            for slug, language in self.which
        )
        self._managers = dict(AccountManager.objects.values_list("customer_id", "agent_id"))
        self._last: dict[int, tuple[datetime, int]] = {}

    def play(self, midnight: datetime, asks: Sequence[Ask]) -> list[list[Told]]:
        """What became of each leg of those who write on this day; legs after one that was given up are left out."""
        begins = midnight.astimezone(UTC)
        day = _Day(self, asks)
        world = World(
            channels=self.channels,
            queues=self.queue_rules,
            classes=self.classes,
            agents=tuple(self._on_duty((begins - self.since).total_seconds())),
            duration_seconds=DAY_SECONDS,
        )
        contacts = [day.contact(number, 0, (ask.at - begins).total_seconds()) for number, ask in enumerate(asks)]
        run = Simulation(world, _Declining(day), contacts, observer=day).run()
        for stay in run.stays:
            told = day.told[id(stay.contact)]
            told.waited = (stay.left_at or DAY_SECONDS) - stay.contact.at
            if stay.agent is not None:
                told.waited -= stay.contact.answer_seconds
                number, _leg = day.place[id(stay.contact)]
                self._last[asks[number].customer_id] = asks[number].at, stay.agent.index
        return day.by_ask

    def known(self, ask: Ask, queue: str) -> int:
        """The index of whom the customer knows as the day begins, -1 for nobody."""
        if (manager := self._managers.get(ask.customer_id)) is not None:
            return self.index.get(manager, -1)
        at, agent = self._last.get(ask.customer_id, (self.since, -1))
        return agent if at > ask.at - timedelta(days=self.queues[queue].last_agent_days) else -1

    def _on_duty(self, begins: float) -> list[AgentRules]:
        ends = begins + DAY_SECONDS
        return [
            replace(
                rules,
                shifts=tuple(
                    (max(since, begins) - begins, min(until, ends) - begins)
                    for since, until in rules.shifts
                    if until > begins and since < ends
                ),
            )
            for rules in self.rules
        ]


class _Day:
    """One day as it is played: sees each match, and lets what is handed over wait in the next queue."""

    def __init__(self, course: Course, asks: Sequence[Ask]) -> None:
        self.course, self.asks = course, asks
        self.by_ask: list[list[Told]] = [[] for _ in asks]
        # By the identity of contacts, all of which `_contacts` keeps alive.
        self.told: dict[int, Told] = {}
        self.place: dict[int, tuple[int, int]] = {}
        self._contacts: list[Contact] = []
        self._router = Router()

    def contact(self, number: int, at_leg: int, at: float) -> Contact:
        ask = self.asks[number]
        leg = ask.legs[at_leg]
        known = self.course.known(ask, leg.queue) if at_leg == 0 else -1
        contact = Contact(
            at=at,
            which=self.course.which[leg.queue, ask.language],
            handle_seconds=leg.after,
            patience_seconds=leg.patience,
            value=ask.value,
            known=known,
            answer_seconds=leg.answer_seconds,
        )
        told = Told(leg, self.course.agents[known] if known >= 0 else None)
        self._contacts.append(contact)
        self.by_ask[number].append(told)
        self.told[id(contact)], self.place[id(contact)] = told, (number, at_leg)
        return contact

    def pushed(self, stay: Stay, options: Sequence[AgentOption], now: float) -> None:
        """The decision with all who could and all who could not."""
        could = {member.agent.index for member, _interrupts in options}
        waited = now - stay.contact.at
        refused = [
            {"agent": self._agent(member.agent.index).pk, "why": _why_not(member, waited)}
            for member in stay.group.members
            if member.agent.index not in could
        ]
        ranked = self._router.rank_agents(stay, options, now)
        self._offer(stay, ranked, refused)
        told = self.told[id(stay.contact)]
        if told.leg.miss == "declined" and len(ranked) > 1:
            refused.append({"agent": self._agent(ranked[0].id).pk, "why": "declined"})
            self._offer(stay, ranked[1:], refused)
        elif told.leg.miss == "missed":
            self._offer(stay, [*ranked[1:], _after_missing(ranked[0], stay.queue.weights)], refused)

    def pulled(self, agent: SimAgent, stay: Stay, options: Sequence[WorkOption], now: float) -> None:
        best = next(row for row in self._router.rank_work(agent, options, now) if row.id == stay.number)
        self._offer(stay, [best._replace(id=agent.index)], [])
        if self.told[id(stay.contact)].leg.miss == "missed":
            self._offer(stay, [_after_missing(best._replace(id=agent.index), stay.queue.weights)], [])

    def handled(self, stay: Stay, now: float) -> Contact | None:
        number, at_leg = self.place[id(stay.contact)]
        following = at_leg + 1
        return self.contact(number, following, now) if following < len(self.asks[number].legs) else None

    def misses(self, stay: Stay) -> bool:
        return bool(self.told[id(stay.contact)].leg.miss)

    def _agent(self, index: int) -> Agent:
        return self.course.agents[index]

    def _offer(self, stay: Stay, ranked: Sequence[Ranked], refused: Sequence[dict[str, Any]]) -> None:
        candidates = [{"agent": self._agent(row.id).pk, "score": row.score, "terms": row.terms} for row in ranked]
        terms = {"candidates": candidates, "refused": list(refused)}
        self.told[id(stay.contact)].offers.append((self._agent(ranked[0].id), terms))


class _Declining(Router):
    """The router; what its first choice does not take goes to the second."""

    def __init__(self, day: _Day) -> None:
        self._day = day

    def pick_agent(self, stay: Stay, options: Sequence[AgentOption], now: float) -> Member:
        ranked = self.rank_agents(stay, options, now)
        chosen = ranked[1 if self._day.misses(stay) and len(ranked) > 1 else 0].id
        return next(member for member, _interrupts in options if member.agent.index == chosen)


def _after_missing(row: Ranked, weights: Weights) -> Ranked:
    return row._replace(score=round(row.score - weights.missed, 6), points=(*row.points[:-1], -weights.missed))


def _why_not(member: Member, waited: float) -> str:
    """In the words of decisions."""
    if not member.agent.is_on:
        return "state"
    return "delay" if member.delay > waited else "load"
