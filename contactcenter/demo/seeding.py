"""Builds the demo's world by the services that admins and customers use. Running it again changes nothing."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from contactcenter.accounts.logos import set_logo
from contactcenter.accounts.models import Brand, Role, Team, User
from contactcenter.base.clock import now
from contactcenter.base.text import fold
from contactcenter.checks import DEMO_PASSWORD
from contactcenter.conversations.models import ChannelAccount, Customer, Identity, Record, Tag
from contactcenter.conversations.states import Channel, IdentityKind, IdentityLevel
from contactcenter.demo import people
from contactcenter.demo.answers import ANSWERS
from contactcenter.demo.customers import CUSTOMERS
from contactcenter.demo.history import log_contacts, make_past
from contactcenter.demo.trying import try_a_change
from routing.models import (
    AccountManager,
    Agent,
    AgentStateReason,
    Calendar,
    CalendarInterval,
    Disposition,
    EntryPoint,
    Fallback,
    Queue,
    QueueSkill,
    QueueStep,
    Skill,
    SLATarget,
    StepSkill,
    TagCost,
)
from routing.models.steps import FallbackAction, FallbackCondition
from routing.services.groups import set_agent_skills, set_queue_members
from selfservice.canned.models import CannedReply, CannedText

_LOGOS = settings.BASE_DIR / "contactcenter" / "static" / "contactcenter" / "demo"
# Customer numbers, as a shop signs them: the first of the list is 1001.
FIRST_CUSTOMER_NUMBER = 1001


def seed_demo() -> bool:
    """Make the demo's world unless it is there. Returns whether anything was made."""
    if Brand.objects.filter(slug=people.NORDWIND).exists():
        return False
    with transaction.atomic():
        make_past(make_world())
    log_contacts()
    try_a_change()
    return True


def make_world() -> list[Identity]:
    """Brands, people, queues, answers and customers, without a past. Returns who is to have one."""
    brands = {str(row["slug"]): Brand.objects.create(**row) for row in people.BRANDS}
    for slug, brand in brands.items():
        set_logo(brand, (_LOGOS / f"{slug}.svg").read_bytes())
    teams = {name: Team.objects.create(brand=brands[slug], name=name) for name, slug in people.TEAMS.items()}
    skills = _make_skills()
    agents = _make_people(teams, skills)
    accounts = {slug: _make_widget(brand) for slug, brand in brands.items()}
    _make_queues(teams, skills, agents, accounts)
    _make_answers()
    Tag.objects.bulk_create(Tag(name=name, description=description) for name, description in people.TAGS.items())
    for name, cost in people.TAG_COSTS.items():
        TagCost.objects.create(tag=Tag.objects.get(name=name), cost=cost)
    for name in people.BREAK_REASONS:
        AgentStateReason.objects.create(name=name)
    for name, children in people.DISPOSITIONS.items():
        parent = Disposition.objects.create(name=name)
        Disposition.objects.bulk_create([Disposition(name=child, parent=parent) for child in children])
    identities = _make_customers(brands)
    for name, username in people.MANAGERS.items():
        AccountManager.objects.create(
            customer=Customer.objects.get(name=name), agent=Agent.objects.get(user__username=username)
        )
    return identities


def _make_skills() -> dict[str, Skill]:
    skills = {slug: Skill.objects.create(slug=slug, name=name) for slug, name in people.SKILLS.items()}
    for code, name in people.LANGUAGE_SKILLS.items():
        skills[code] = Skill.objects.create(slug=f"language-{code}", name=name, language=code)
    return skills


def _make_people(teams: dict[str, Team], skills: dict[str, Skill]) -> list[Agent]:
    agents = []
    password = make_password(DEMO_PASSWORD)  # hashed once: it is everybody's
    for person in people.PEOPLE:
        is_admin = person.role == Role.ADMIN
        user = User.objects.create(
            username=person.username,
            email=f"{person.username}@example.com",
            password=password,
            role=person.role,
            display_name=person.name,
            language=person.language,
            time_zone=people.ZONE,
            is_demo=True,
            is_staff=is_admin,
            is_superuser=is_admin,
        )
        own = [teams[name] for name in person.teams]
        user.brands.set({team.brand for team in own})
        user.teams.set(own)
        if person.role == Role.AGENT:
            agent = Agent.objects.create(user=user)
            set_agent_skills(agent, {skills[slug]: level for slug, level in person.skills.items()})
            agents.append(agent)
    return agents


def _make_widget(brand: Brand) -> ChannelAccount:
    """With a secret, so that the shop can vouch for who is signed in there."""
    return ChannelAccount.objects.create(
        brand=brand,
        kind="webchat",
        channel=Channel.CHAT,
        secret=secrets.token_urlsafe(32),
        config={"origins": [settings.PUBLIC_URL], **people.WIDGET},
        **people.WIDGETS[brand.slug],
    )


def _make_calendar(brand: Brand) -> Calendar:
    name, opens_at, closes_at = people.HOURS[brand.slug]
    calendar = Calendar.objects.create(name=name, time_zone=brand.time_zone)
    CalendarInterval.objects.bulk_create(
        CalendarInterval(calendar=calendar, weekday=weekday, opens_at=opens_at, closes_at=closes_at)
        for weekday in range(7)
    )
    return calendar


def _make_queues(
    teams: dict[str, Team], skills: dict[str, Skill], agents: list[Agent], accounts: dict[str, ChannelAccount]
) -> None:
    calendars = {slug: _make_calendar(account.brand) for slug, account in accounts.items()}
    for row in people.QUEUES:
        team = teams[row.team]
        queue = Queue.objects.create(
            brand=team.brand,
            team=team,
            name=row.name,
            slug=row.slug,
            calendar=calendars[team.brand.slug],
            target_seconds=row.target_seconds,
            max_wait_seconds=180,
        )
        for slug, level in row.skills.items():
            QueueSkill.objects.create(queue=queue, skill=skills[slug], min_level=level)
        members = [agent for agent in agents if agent.user.teams.filter(pk=team.pk).exists()]
        set_queue_members(queue, members)
        for username, (priority, delay) in row.helpers.items():
            queue.members.filter(agent__user__username=username).update(priority=priority, delay_seconds=delay)
        EntryPoint.objects.create(
            account=accounts[team.brand.slug], topic=row.topic, topic_name=row.topic_name, queue=queue
        )
    _make_ways(skills)


def _make_ways(skills: dict[str, Skill]) -> None:
    """How work gets on when nobody answers, and what customers are promised."""
    queues = {queue.slug: queue for queue in Queue.objects.all()}
    first, following, resolution = people.PROMISES
    for row in people.QUEUES:
        queue = queues[row.slug]
        SLATarget.objects.create(
            queue=queue, first_seconds=first, next_seconds=following, resolution_seconds=resolution
        )
        for given in row.steps:
            step = QueueStep.objects.create(
                queue=queue, after_seconds=given.after_seconds, boost_seconds=given.boost_seconds
            )
            step.joins.set([queues[slug] for slug in given.joins])
            needed = [StepSkill(step=step, skill=skills[slug], min_level=level) for slug, level in given.skills.items()]
            optional = [StepSkill(step=step, skill=skills[slug], is_optional=True) for slug in given.optional]
            StepSkill.objects.bulk_create([*needed, *optional])
        if row.spent is not None:
            seconds, other = row.spent
            Queue.objects.filter(pk=queue.pk).update(spent_seconds=seconds)
            Fallback.objects.create(
                queue=queue, condition=FallbackCondition.SPENT, action=FallbackAction.QUEUE, to_queue=queues[other]
            )
        if row.team == "Holidays":
            Fallback.objects.create(
                queue=queue,
                condition=FallbackCondition.CLOSED,
                action=FallbackAction.PROMISE,
                texts=people.CLOSED_TEXT,
            )


def _make_answers() -> None:
    for shortcut, title, tags, texts in ANSWERS:
        reply = CannedReply.objects.create(shortcut=shortcut, title=title, tags=list(tags))
        CannedText.objects.bulk_create(
            CannedText(reply=reply, language=language, text=text) for language, text in texts.items()
        )


def _make_customers(brands: dict[str, Brand]) -> list[Identity]:
    """Everybody with addresses and records, as the shop's system would push them. Returns the signed identities of
    those who have a past."""
    moment = now()
    customers = Customer.objects.bulk_create(
        Customer(
            brand=brands[row.brand],
            name=row.name,
            language=row.language,
            value=row.value,
            search_text=fold(
                " ".join(
                    [
                        row.name,
                        str(number),
                        row.email,
                        row.phone,
                        *(record.external_id for record in row.records),
                    ]
                )
            ),
        )
        for number, row in enumerate(CUSTOMERS, start=FIRST_CUSTOMER_NUMBER)
    )
    sure, claimed = IdentityLevel.VERIFIED, IdentityLevel.CLAIMED
    identities = Identity.objects.bulk_create(
        Identity(
            customer=customer,
            brand=customer.brand,
            kind=kind,
            address=address,
            level=level,
            verified_at=moment if level == sure else None,
        )
        for number, (row, customer) in enumerate(zip(CUSTOMERS, customers, strict=True), start=FIRST_CUSTOMER_NUMBER)
        for kind, address, level in (
            (IdentityKind.CUSTOMER_ID, str(number), sure),
            (IdentityKind.EMAIL, row.email, sure),
            (IdentityKind.PHONE, row.phone, claimed),
        )
    )
    Record.objects.bulk_create(
        Record(
            customer=customer,
            kind=record.kind,
            external_id=record.external_id,
            title=record.title or record.external_id,
            status=record.status,
            amount=record.amount,
            currency="EUR",
            occurred_at=moment - timedelta(days=3 + number % 50),
        )
        for number, (row, customer) in enumerate(zip(CUSTOMERS, customers, strict=True))
        for record in row.records
    )
    with_past = {customer.pk for row, customer in zip(CUSTOMERS, customers, strict=True) if row.has_past}
    return [row for row in identities if row.kind == IdentityKind.CUSTOMER_ID and row.customer_id in with_past]
