"""Eight weeks in which the demo's agents have worked: whom they served, how, and what waits at the start."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount, Conversation, Customer, Identity, Record
from contactcenter.conversations.states import Channel, IdentityKind, MessageKind
from contactcenter.demo import scripts
from contactcenter.demo.course import Ask, Course, Leg, Told
from contactcenter.demo.scripts import SCRIPTS, Script
from contactcenter.demo.stories import Book, Story
from contactcenter.demo.workdays import days, make_working_days, moment_of, moments_of
from routing.models import Agent, ChannelProfile, Disposition, EntryPoint, Queue, QueueStep, SkillGroup
from routing.services.groups import demand_of, find_group
from routing.services.logging import log_contact

LOGGED_CONTACTS = 12
_GENERAL = "service"
_DECLINE_REASON = "busy"
# Seconds that customers wait at most: less than after which their queue would pass them on.
_LONGEST_WAIT = 580.0
_MEAN_PATIENCE = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A conversation as it would go: `talk` is what is said after how many seconds, `rest` are those until its end."""

    identity: Identity
    script: Script
    ask: Ask
    talk: Sequence[tuple[float, MessageKind, str]]
    rest: float
    wrap_up: float
    note: str
    # After how many seconds with how many stars, if at all.
    rating: tuple[float, int] | None


class Past:
    """What the stories are made of, read once."""

    def __init__(self) -> None:
        self.chance = random.Random(20)  # noqa: S311 - the same past at every start, no secret
        self.book = Book()
        self.accounts = {row.brand_id: row for row in ChannelAccount.objects.select_related("brand")}
        self.queues = {row.slug: row for row in Queue.objects.select_related("team", "brand", "calendar")}
        self.topics = dict(EntryPoint.objects.values_list("queue__slug", "topic"))
        self.agents = {row.pk: row for row in Agent.objects.select_related("user")}
        self.dispositions = {row.name: row for row in Disposition.objects.filter(parent__isnull=False)}
        self.cost = ChannelProfile.objects.get(channel=Channel.CHAT).cost
        # (customer, kind) -> number: what they ask about.
        self.numbers = {
            (row[0], row[1]): row[2] for row in Record.objects.values_list("customer", "kind", "external_id")
        }
        self.scripts: dict[int, list[Script]] = defaultdict(list)
        for script in SCRIPTS:
            self.scripts[self.queues[script.queue].brand_id].append(script)
        self.steps: dict[str, list[QueueStep]] = defaultdict(list)
        for step in QueueStep.objects.select_related("queue").order_by("after_seconds"):
            self.steps[step.queue.slug].append(step)
        self._groups: dict[tuple[int, str, int], SkillGroup] = {}

    def group(self, queue: Queue, language: str, number: int = 0) -> SkillGroup:
        """Who may serve customers of this language in this queue, at its step of this number."""
        key = (queue.pk, language, number)
        if key not in self._groups:
            sought = Conversation(
                account=self.accounts[queue.brand_id],
                channel=Channel.CHAT,
                topic=self.topics.get(queue.slug, ""),
                language=language,
            )
            demand = demand_of(sought, queue, self.steps[queue.slug][number - 1] if number else None)
            self._groups[key] = find_group(
                queue, Channel.CHAT, demand.requirements, optional=demand.optional, joins=demand.joins
            )
        return self._groups[key]

    def number_of(self, customer: Customer, script: Script) -> str:
        """The order, invoice or booking that the customer asks about."""
        kind = {"orders": "order", "invoices": "invoice", "bookings": "booking"}.get(script.queue, "")
        return self.numbers.get((customer.pk, kind), str(2000 + customer.pk % 900))


def make_past(customers: list[Identity]) -> None:
    """The agents' working days, closed conversations over eight weeks, and the few that are open now.

    `customers`: the signed identity of each who has a past. In the caller's transaction.
    """
    past = Past()
    make_working_days(list(past.agents.values()))
    course = Course(list(past.agents.values()), past.queues, moment_of(next(days()), time(0)), now())
    for day in days():
        drafts = [_draft(past, past.chance.choice(customers), at) for at in moments_of(day, past.chance)]
        for draft, legs in zip(drafts, course.play(moment_of(day, time(0)), [row.ask for row in drafts]), strict=True):
            _tell(past, draft, legs)
    _tell_open(past, customers)
    past.book.write()


def _draft(past: Past, identity: Identity, at: datetime) -> Draft:
    chance = past.chance
    customer = identity.customer
    script = chance.choice(past.scripts[identity.brand_id])
    talk = list(_talk(chance, script.lines[customer.language][1:]))
    rest, wrap_up = chance.uniform(5, 90), chance.uniform(6, 55)
    legs = [_leg(chance, script.queue, sum(seconds for seconds, _kind, _text in talk) + rest + wrap_up)]
    if (
        script.queue != _GENERAL
        and chance.random() < 0.07
        and past.queues[script.queue].brand == past.queues[_GENERAL].brand
    ):
        legs.insert(0, _leg(chance, _GENERAL, chance.uniform(20, 60)))
    score = chance.choices((5, 4, 3, 2, 1), (52, 27, 12, 5, 4))[0]
    return Draft(
        identity=identity,
        script=script,
        ask=Ask(at=at, customer_id=customer.pk, value=customer.value, language=customer.language, legs=legs),
        talk=talk,
        rest=rest,
        wrap_up=wrap_up,
        note=chance.choice(scripts.WRAP_UP_NOTES),
        rating=(chance.uniform(20, 600), score) if chance.random() < 0.45 else None,
    )


def _leg(chance: random.Random, queue: str, seconds: float) -> Leg:
    return Leg(
        queue=queue,
        after=seconds,
        patience=min(chance.expovariate(1 / _MEAN_PATIENCE), _LONGEST_WAIT),
        accepting=chance.uniform(2, 14),
        miss=chance.choices(("", "declined", "missed"), (90, 5, 5))[0],
    )


def _talk(chance: random.Random, lines: Sequence[str]) -> Iterator[tuple[float, MessageKind, str]]:
    has_note = chance.random() < 0.2
    for turn, line in enumerate(lines):
        is_agents = turn % 2 == 0
        seconds = chance.uniform(15, 110) if is_agents else chance.uniform(10, 150)
        yield seconds, MessageKind.OUT if is_agents else MessageKind.IN, line
        if has_note and turn == 0:
            yield 5.0, MessageKind.NOTE, chance.choice(scripts.NOTES)


def _begin(past: Past, identity: Identity, script: Script, at: datetime) -> Story:
    """The customer writes."""
    customer = identity.customer
    tags = [*script.tags, *(["vip"] if customer.value == 10 else [])]
    account = past.accounts[identity.brand_id]
    topic = past.topics.get(script.queue, "")
    story = Story(past.book, account=account, identity=identity, topic=topic, at=at, tags=tags)
    first = script.lines[customer.language][0]
    story.say(MessageKind.IN, first.format(number=past.number_of(customer, script)))
    return story


def _tell(past: Past, draft: Draft, legs: Sequence[Told]) -> None:
    """One conversation of the past as it went: answered, handed over, missed first, or given up."""
    story = _begin(past, draft.identity, draft.script, draft.ask.at)
    for number, told in enumerate(legs, 1):
        agent = _wait(past, story, told, draft.ask.language)
        if agent is None:
            story.abandon()
        elif number < len(draft.ask.legs):
            following = past.queues[draft.ask.legs[number].queue]
            story.pass_time(told.leg.after)
            story.transfer(following, f"For {following.name}.")
        else:
            _end(past, story, draft, agent)


def _wait(past: Past, story: Story, told: Told, language: str) -> Agent | None:
    """In the queue, step by step, until somebody takes it; None if the customer gives up."""
    queue = past.queues[told.leg.queue]
    story.enter(past.group(queue, language), last_agent=told.known)
    waited = 0.0
    for number, step in enumerate(past.steps[queue.slug], 1):
        if step.after_seconds < told.waited:
            story.pass_time(step.after_seconds - waited)
            waited = float(step.after_seconds)
            story.begin_step(step, number, past.group(queue, language, number))
    story.pass_time(told.waited - waited)
    if not told.offers:
        return None
    for agent, terms in told.offers[:-1]:
        reason = _DECLINE_REASON if told.leg.miss == "declined" else ""
        story.miss(agent, terms, past.cost, reason=reason)
    agent, terms = told.offers[-1]
    missed = len(told.offers) > 1
    story.accept(agent, terms, past.cost, told.leg.accepting if missed else told.leg.answer_seconds)
    return agent


def _end(past: Past, story: Story, draft: Draft, agent: Agent) -> None:
    """They talk, the agent wraps up, and some customers say how it was."""
    for seconds, kind, line in draft.talk:
        story.pass_time(seconds)
        text = line.format(agent=agent.user.shown_name) if kind == MessageKind.OUT else line
        story.say(kind, text, None if kind == MessageKind.IN else agent.user)
    story.pass_time(draft.rest)
    story.close(disposition=past.dispositions[draft.script.disposition], note=draft.note, wrap_up_seconds=draft.wrap_up)
    if draft.rating is not None:
        seconds, score = draft.rating
        story.pass_time(seconds)
        thanks = scripts.COMMENTS[draft.ask.language]
        story.rate(score, past.chance.choice(thanks) if score == 5 else "")


def _tell_open(past: Past, customers: list[Identity]) -> None:
    """What a visitor finds: three wait, two are put off."""
    moment = now()
    wait = (("orders", "en", 150), ("invoices", "ru", 260), ("bookings", "et", 90))
    put_off = (("service", "en", moment + timedelta(hours=20)), ("invoices", "et", None))
    for slug, language, seconds in wait:
        identity, script = _who_asks(past, customers, slug, language)
        story = _begin(past, identity, script, moment - timedelta(seconds=seconds))
        story.enter(past.group(past.queues[slug], language))
    ada = next(agent for agent in past.agents.values() if agent.user.username == "ada")
    for slug, language, until in put_off:
        identity, script = _who_asks(past, customers, slug, language)
        story = _begin(past, identity, script, moment - timedelta(hours=2))
        story.enter(past.group(past.queues[slug], language))
        story.accept(ada, {"candidates": [{"agent": ada.pk, "score": 0.0, "terms": {}}], "refused": []}, past.cost, 6)
        story.pass_time(40)
        story.say(MessageKind.OUT, script.lines[language][1].format(agent=ada.user.shown_name), ada.user)
        story.pass_time(20)
        story.snooze(until)


def _who_asks(past: Past, customers: list[Identity], slug: str, language: str) -> tuple[Identity, Script]:
    script = next(script for script in SCRIPTS if script.queue == slug)
    brand = past.queues[slug].brand_id
    fitting = [row for row in customers if row.brand_id == brand and row.customer.language == language]
    return past.chance.choice(fitting), script


def log_contacts() -> None:
    """Some contacts that agents logged by hand, by the service; it needs a transaction of its own for each."""
    signed = Identity.objects.filter(kind=IdentityKind.CUSTOMER_ID).select_related("customer__brand").order_by("pk")
    customers = [row.customer for row in signed if row.conversations.exists()]
    solved = Disposition.objects.get(name="Solved")
    texts = [(Channel(channel), text) for channel, lines in scripts.LOGGED.items() for text in lines]
    *_past, today = days()
    chance = random.Random(21)  # noqa: S311 - as above
    for number in range(LOGGED_CONTACTS):
        customer = chance.choice(customers)
        channel, text = texts[number % len(texts)]
        agents = User.objects.filter(agent__isnull=False, brands=customer.brand).order_by("pk")
        day = today - timedelta(days=1 + number * 4)
        log_contact(
            customer=customer,
            channel=channel,
            at=moment_of(day, time(10 + number % 6, 7 * number % 60)),
            text=text,
            actor=chance.choice(list(agents)),
            client_id=f"demo-contact-{number}",
            disposition=solved,
            tags=["counter"] if channel == Channel.IN_PERSON else [],
        )
