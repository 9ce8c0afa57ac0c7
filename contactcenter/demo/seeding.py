"""Builds the demo's world by the services that admins and customers use. Running it again changes nothing."""

from __future__ import annotations

from datetime import time, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from contactcenter.accounts.models import Brand, Role, Team, User
from contactcenter.base.clock import now
from contactcenter.checks import DEMO_PASSWORD
from contactcenter.conversations.models import ChannelAccount, Record
from contactcenter.conversations.services.customers import find_or_create_identity, refresh_search_text, update_customer
from contactcenter.conversations.states import Channel, IdentityKind, IdentityLevel
from contactcenter.demo import people
from contactcenter.demo.answers import ANSWERS
from routing.models import (
    Agent,
    AgentStateReason,
    Calendar,
    CalendarInterval,
    Disposition,
    EntryPoint,
    Queue,
    QueueSkill,
    Skill,
)
from routing.services.groups import set_agent_skills, set_queue_members
from selfservice.canned.models import CannedReply, CannedText


@transaction.atomic
def seed_demo() -> bool:
    """Make the demo's world unless it is there. Returns whether anything was made."""
    if Brand.objects.filter(slug=people.BRAND["slug"]).exists():
        return False
    brand = Brand.objects.create(**people.BRAND)
    teams = {name: Team.objects.create(brand=brand, name=name) for name in people.TEAMS}
    skills = _make_skills()
    agents = _make_people(brand, teams, skills)
    _make_queues(brand, teams, skills, agents)
    _make_customers(brand)
    _make_answers()
    for name in people.BREAK_REASONS:
        AgentStateReason.objects.create(name=name)
    for name, children in people.DISPOSITIONS.items():
        parent = Disposition.objects.create(name=name)
        Disposition.objects.bulk_create([Disposition(name=child, parent=parent) for child in children])
    return True


def _make_skills() -> dict[str, Skill]:
    skills = {slug: Skill.objects.create(slug=slug, name=name) for slug, name in people.SKILLS.items()}
    for code, name in people.LANGUAGE_SKILLS.items():
        skills[code] = Skill.objects.create(slug=f"language-{code}", name=name, language=code)
    return skills


def _make_people(brand: Brand, teams: dict[str, Team], skills: dict[str, Skill]) -> list[Agent]:
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
            time_zone=brand.time_zone,
            is_demo=True,
            is_staff=is_admin,
            is_superuser=is_admin,
        )
        user.brands.add(brand)
        user.teams.set([teams[name] for name in person.teams])
        if person.role == Role.AGENT:
            agent = Agent.objects.create(user=user)
            set_agent_skills(agent, {skills[slug]: level for slug, level in person.skills.items()})
            agents.append(agent)
    return agents


def _make_queues(brand: Brand, teams: dict[str, Team], skills: dict[str, Skill], agents: list[Agent]) -> None:
    calendar = Calendar.objects.create(name="Always", time_zone=brand.time_zone)
    for weekday in range(7):
        CalendarInterval.objects.create(calendar=calendar, weekday=weekday, opens_at=time(0), closes_at=time(0))
    account = ChannelAccount.objects.create(
        brand=brand,
        kind="webchat",
        channel=Channel.CHAT,
        name="Nordwind shop",
        slug="shop",
        address=people.WIDGET_KEY,
        config={"origins": [settings.PUBLIC_URL], **people.WIDGET},
    )
    for row in people.QUEUES:
        queue = Queue.objects.create(
            brand=brand,
            team=teams[row.team],
            name=row.name,
            slug=row.slug,
            calendar=calendar,
            target_seconds=row.target_seconds,
            max_wait_seconds=180,
        )
        for slug, level in row.skills.items():
            QueueSkill.objects.create(queue=queue, skill=skills[slug], min_level=level)
        members = [agent for agent in agents if agent.user.teams.filter(pk=teams[row.team].pk).exists()]
        set_queue_members(queue, members)
        EntryPoint.objects.create(account=account, topic=row.topic, topic_name=row.topic_name, queue=queue)


def _make_answers() -> None:
    for shortcut, title, tags, texts in ANSWERS:
        reply = CannedReply.objects.create(shortcut=shortcut, title=title, tags=list(tags))
        CannedText.objects.bulk_create(
            CannedText(reply=reply, language=language, text=text) for language, text in texts.items()
        )


def _make_customers(brand: Brand) -> None:
    for number, row in enumerate(people.CUSTOMERS):
        identity = find_or_create_identity(
            brand=brand,
            kind=IdentityKind.EMAIL,
            address=row.email,
            level=IdentityLevel.VERIFIED,
            name=row.name,
            language=row.language,
        )
        customer = update_customer(identity.customer, value=row.value)
        find_or_create_identity(
            brand=brand, kind=IdentityKind.PHONE, address=row.phone, level=IdentityLevel.CLAIMED, customer=customer
        )
        for record in row.records:
            Record.objects.create(
                customer=customer,
                kind=record.kind,
                external_id=record.external_id,
                title=record.title or record.external_id,
                status=record.status,
                amount=record.amount,
                currency="EUR",
                occurred_at=now() - timedelta(days=3 + number),
            )
        refresh_search_text(customer)
