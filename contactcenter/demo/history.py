"""Eight weeks in which the demo's agents have worked: whom they served, how, and what waits at the start."""

from __future__ import annotations

import random
import zoneinfo
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount, Conversation, Customer, Identity, Record
from contactcenter.conversations.states import Channel, IdentityKind, MessageKind
from contactcenter.demo import scripts
from contactcenter.demo.people import ZONE
from contactcenter.demo.scripts import SCRIPTS, Script
from contactcenter.demo.stories import Book, Story
from routing.models import (
    Agent,
    AgentStateInterval,
    AgentStateReason,
    ChannelProfile,
    Disposition,
    EntryPoint,
    Queue,
    SkillGroup,
)
from routing.services.groups import find_group, requirements_of
from routing.services.logging import log_contact
from routing.states import AgentState

WEEKS = 8
LOGGED_CONTACTS = 12
_ZONE = zoneinfo.ZoneInfo(ZONE)
# Minutes of the working day in which customers write; lunch stays free.
_BEGIN, _LUNCH, _LUNCH_END, _LAST, _END = (time(8), time(11, 45), time(12, 15), time(16, 45), time(17, 30))
_DECLINE_REASON = "busy"


class Past:
    """What the stories are made of, read once."""

    def __init__(self) -> None:
        self.chance = random.Random(20)  # noqa: S311 - the same past at every start, no secret
        self.book = Book()
        self.accounts = {row.brand_id: row for row in ChannelAccount.objects.select_related("brand")}
        self.queues = {row.slug: row for row in Queue.objects.select_related("team", "brand")}
        self.topics = dict(EntryPoint.objects.values_list("queue__slug", "topic"))
        self.agents = {row.pk: row for row in Agent.objects.select_related("user")}
        self.dispositions = {row.name: row for row in Disposition.objects.filter(parent__isnull=False)}
        self.cost = ChannelProfile.objects.get(channel=Channel.CHAT).cost
        # (customer, kind) -> number: what they ask about.
        self.numbers = {
            (row[0], row[1]): row[2] for row in Record.objects.values_list("customer", "kind", "external_id")
        }
        self.scripts: dict[int, list[Script]] = {}
        for script in SCRIPTS:
            self.scripts.setdefault(self.queues[script.queue].brand_id, []).append(script)
        self._groups: dict[tuple[int, str], tuple[SkillGroup, dict[int, float]]] = {}

    def group(self, queue: Queue, language: str) -> tuple[SkillGroup, dict[int, float]]:
        """Who may serve customers of this language in this queue, and how well they fit."""
        key = (queue.pk, language)
        if key not in self._groups:
            sought = Conversation(
                account=self.accounts[queue.brand_id],
                channel=Channel.CHAT,
                topic=self.topics.get(queue.slug, ""),
                language=language,
            )
            group = find_group(queue, Channel.CHAT, requirements_of(sought, queue))
            self._groups[key] = group, dict(group.agents.values_list("agent_id", "fit"))
        return self._groups[key]

    def number_of(self, customer: Customer, script: Script) -> str:
        """The order, invoice or booking that the customer asks about."""
        kind = {"orders": "order", "invoices": "invoice", "bookings": "booking"}.get(script.queue, "")
        return self.numbers.get((customer.pk, kind), str(2000 + customer.pk % 900))


def make_past(customers: list[Identity]) -> None:
    """Closed conversations over eight weeks, the agents' working days, and the few that are open now.

    `customers`: the signed identity of each who has a past. In the caller's transaction.
    """
    past = Past()
    for at in _moments(past.chance):
        _tell_one(past, past.chance.choice(customers), at)
    _tell_open(past, customers)
    past.book.write()
    _make_working_days(list(past.agents.values()))


def _days() -> Iterator[date]:
    today = now().astimezone(_ZONE).date()
    yield from (today - timedelta(days=days) for days in range(WEEKS * 7, -1, -1))


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, _ZONE)


def _moments(chance: random.Random) -> Iterator[datetime]:
    """When customers wrote, in order: within hours, less on weekends, and long enough ago to be over."""
    latest = now() - timedelta(minutes=45)
    for day in _days():
        halves = ((_BEGIN, _LUNCH), (_LUNCH_END, _LAST))
        moments = []
        for _ in range(chance.choice((1, 2) if day.weekday() > 4 else (3, 4, 5, 6))):
            begin, end = (_at(day, clock) for clock in chance.choice(halves))
            moments.append(begin + (end - begin) * chance.random())
        yield from (moment for moment in sorted(moments) if moment < latest)


def _begin(past: Past, identity: Identity, script: Script, at: datetime) -> tuple[Story, Iterator[str]]:
    """The customer writes and waits in the script's queue; the rest of the lines is returned."""
    customer = identity.customer
    lines = iter(script.lines[customer.language])
    tags = [*script.tags, *(["vip"] if customer.value == 10 else [])]
    account = past.accounts[identity.brand_id]
    topic = past.topics.get(script.queue, "")
    story = Story(past.book, account=account, identity=identity, topic=topic, at=at, tags=tags)
    story.say(MessageKind.IN, next(lines).format(number=past.number_of(customer, script)))
    return story, lines


def _tell_one(past: Past, identity: Identity, at: datetime) -> None:
    """One conversation of the past: answered, handed over, missed first, or given up."""
    chance = past.chance
    script = chance.choice(past.scripts[identity.brand_id])
    story, lines = _begin(past, identity, script, at)
    queue, language = past.queues[script.queue], identity.customer.language
    group, fits = past.group(queue, language)
    fate = chance.random()
    if fate < 0.07:
        story.enter(group)
        story.pass_time(chance.uniform(40, 400))
        story.abandon()
        return
    if fate < 0.14 and queue.team_id != past.queues["guests"].team_id:
        _hand_over(past, story, queue, language)
    story.enter(group)
    story.pass_time(chance.expovariate(1 / 35))
    agent = past.agents[chance.choice(sorted(fits))]
    if fate > 0.9:
        story.miss(agent, fits, past.cost, reason=_DECLINE_REASON if fate > 0.95 else "")
        agent = past.agents[chance.choice(sorted(fits))]
    story.accept(agent, fits, past.cost, chance.uniform(2, 14))
    _talk(past, story, agent, lines)
    story.close(
        disposition=past.dispositions[script.disposition],
        note=chance.choice(scripts.WRAP_UP_NOTES),
        wrap_up_seconds=chance.uniform(6, 55),
    )
    if chance.random() < 0.45:
        story.pass_time(chance.uniform(20, 600))
        score = chance.choices((5, 4, 3, 2, 1), (52, 27, 12, 5, 4))[0]
        story.rate(score, chance.choice(scripts.COMMENTS[language]) if score == 5 else "")


def _hand_over(past: Past, story: Story, queue: Queue, language: str) -> None:
    """First to somebody of the general queue, who passes it on."""
    first, fits = past.group(past.queues["service"], language)
    if queue.slug == "service" or not fits:
        return
    story.enter(first)
    story.pass_time(past.chance.uniform(5, 60))
    story.accept(past.agents[past.chance.choice(sorted(fits))], fits, past.cost, past.chance.uniform(2, 10))
    story.pass_time(past.chance.uniform(20, 60))
    story.transfer(queue, f"For {queue.name}.")


def _talk(past: Past, story: Story, agent: Agent, lines: Iterator[str]) -> None:
    chance = past.chance
    notes = chance.random() < 0.2
    for turn, line in enumerate(lines):
        is_agents = turn % 2 == 0
        story.pass_time(chance.uniform(15, 110) if is_agents else chance.uniform(10, 150))
        if is_agents:
            story.say(MessageKind.OUT, line.format(agent=agent.user.shown_name), agent.user)
            if notes and turn == 0:
                story.pass_time(5)
                story.say(MessageKind.NOTE, chance.choice(scripts.NOTES), agent.user)
        else:
            story.say(MessageKind.IN, line)
    story.pass_time(chance.uniform(5, 90))


def _tell_open(past: Past, customers: list[Identity]) -> None:
    """What a visitor finds: three wait, two are put off."""
    moment = now()
    wait = (("orders", "en", 150), ("invoices", "ru", 260), ("bookings", "et", 90))
    put_off = (("service", "en", moment + timedelta(hours=20)), ("invoices", "et", None))
    for slug, language, seconds in wait:
        identity, script = _who_asks(past, customers, slug, language)
        story, _lines = _begin(past, identity, script, moment - timedelta(seconds=seconds))
        story.enter(past.group(past.queues[slug], language)[0])
    ada = next(agent for agent in past.agents.values() if agent.user.username == "ada")
    for slug, language, until in put_off:
        identity, script = _who_asks(past, customers, slug, language)
        story, lines = _begin(past, identity, script, moment - timedelta(hours=2))
        group, fits = past.group(past.queues[slug], language)
        story.enter(group)
        story.accept(ada, fits, past.cost, 6)
        story.pass_time(40)
        story.say(MessageKind.OUT, next(lines).format(agent=ada.user.shown_name), ada.user)
        story.pass_time(20)
        story.snooze(until)


def _who_asks(past: Past, customers: list[Identity], slug: str, language: str) -> tuple[Identity, Script]:
    script = next(script for script in SCRIPTS if script.queue == slug)
    brand = past.queues[slug].brand_id
    fitting = [row for row in customers if row.brand_id == brand and row.customer.language == language]
    return past.chance.choice(fitting), script


def _make_working_days(agents: list[Agent]) -> None:
    """Each day at work as intervals of state, ended; everybody is offline now."""
    lunch = AgentStateReason.objects.order_by("pk").first()
    moment, rows = now(), []
    for agent in agents:
        last = _at(next(_days()), time(0))
        for day in _days():
            for state, begin, end in (
                (AgentState.AVAILABLE, _BEGIN, _LUNCH),
                (AgentState.BREAK, _LUNCH, _LUNCH_END),
                (AgentState.AVAILABLE, _LUNCH_END, _END),
            ):
                started_at, ended_at = _at(day, begin), min(_at(day, end), moment)
                if started_at >= moment:
                    break
                if started_at > last:
                    rows.append(_interval(agent, AgentState.OFFLINE, last, started_at))
                reason = lunch if state == AgentState.BREAK else None
                rows.append(_interval(agent, state, started_at, ended_at, reason))
                last = ended_at
        rows.append(_interval(agent, AgentState.OFFLINE, last, None))
        agent.state_since = agent.last_contact_at = last
    AgentStateInterval.objects.bulk_create(rows)
    Agent.objects.bulk_update(agents, ["state_since", "last_contact_at"])


def _interval(
    agent: Agent, state: AgentState, begin: datetime, end: datetime | None, reason: AgentStateReason | None = None
) -> AgentStateInterval:
    return AgentStateInterval(agent=agent, state=state, reason=reason, started_at=begin, ended_at=end)


def log_contacts() -> None:
    """Some contacts that agents logged by hand, by the service; it needs a transaction of its own for each."""
    signed = Identity.objects.filter(kind=IdentityKind.CUSTOMER_ID).select_related("customer__brand").order_by("pk")
    customers = [row.customer for row in signed if row.conversations.exists()]
    solved = Disposition.objects.get(name="Solved")
    texts = [(Channel(channel), text) for channel, lines in scripts.LOGGED.items() for text in lines]
    chance = random.Random(21)  # noqa: S311 - as above
    for number in range(LOGGED_CONTACTS):
        customer = chance.choice(customers)
        channel, text = texts[number % len(texts)]
        agents = User.objects.filter(agent__isnull=False, brands=customer.brand).order_by("pk")
        day = now().astimezone(_ZONE).date() - timedelta(days=1 + number * 4)
        log_contact(
            customer=customer,
            channel=channel,
            at=_at(day, time(10 + number % 6, 7 * number % 60)),
            text=text,
            actor=chance.choice(list(agents)),
            client_id=f"demo-contact-{number}",
            disposition=solved,
            tags=["counter"] if channel == Channel.IN_PERSON else [],
        )
