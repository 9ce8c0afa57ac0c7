"""Worlds to measure in, made by the services that admins and customers use.

Only what exists in thousands before anything is measured (people, their skills, waiting conversations) is written in
bulk; `check_invariants` runs over it before the first round.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from benchmarks.world import CHANNELS, DIGITAL, LANGUAGES, TEXT, VOICE, VOICE_AGENTS, Scale, World
from contactcenter.accounts.models import Brand, Role, Team, User
from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import ChannelAccount, Conversation, Customer, Event, Identity, Message
from contactcenter.conversations.states import (
    ConversationState,
    IdentityKind,
    IdentityLevel,
    MessageKind,
)
from routing.models import Agent, AgentSkill, EntryPoint, Queue, QueueEntry, QueueMember, QueueSkill, Skill, SkillGroup
from routing.profiles import cost_of
from routing.services.agents import set_agent_state, touch_presence
from routing.services.groups import find_group, requirements_of
from routing.states import AgentState

_BATCH = 1000


def make_team() -> Team:
    """One brand with one team."""
    brand = Brand.objects.create(slug="bench", name="Bench")
    return Team.objects.create(brand=brand, name="Bench")


def make_users(team: Team, count: int, prefix: str = "agent") -> list[User]:
    """Agents' users of the team; nobody signs in by this password."""
    password = make_password(None)
    users = User.objects.bulk_create(
        User(username=f"{prefix}{number}", display_name=f"Agent {number}", password=password, role=Role.AGENT)
        for number in range(count)
    )
    team.members.add(*users)
    team.brand.users.add(*users)
    return users


def make_customers(brand: Brand, count: int) -> list[Identity]:
    """Customers known by a visitor id, each with a name to be shown."""
    customers = Customer.objects.bulk_create(
        (Customer(brand=brand, name=f"Customer {n}") for n in range(count)), batch_size=_BATCH
    )
    identities = (
        Identity(
            customer=customer,
            brand=brand,
            kind=IdentityKind.VISITOR,
            address=uuid.uuid4().hex,
            level=IdentityLevel.RECOGNISED,
        )
        for customer in customers
    )
    return Identity.objects.bulk_create(identities, batch_size=_BATCH)


def _make_skills(count: int) -> tuple[dict[str, Skill], list[Skill]]:
    languages = {
        code: Skill.objects.create(slug=f"language-{code}", name=f"Language {code}", language=code)
        for code in LANGUAGES
    }
    topics = [Skill.objects.create(slug=f"topic-{n}", name=f"Topic {n}") for n in range(count - len(languages))]
    return languages, topics


def _make_queues(team: Team, topics: Sequence[Skill], accounts: Sequence[ChannelAccount]) -> list[Queue]:
    """One queue a topic, asking for its skill; offers do not run out and nobody wraps up while we measure."""
    queues = []
    for topic in topics:
        queue = Queue.objects.create(
            brand=team.brand,
            team=team,
            name=topic.name,
            slug=topic.slug,
            offer_seconds=86_400,
            wrap_up_seconds=0,
        )
        QueueSkill.objects.create(queue=queue, skill=topic, min_level=2)
        for account in accounts:
            EntryPoint.objects.create(account=account, topic=topic.slug, queue=queue)
        queues.append(queue)
    return queues


def _make_agents(
    team: Team, languages: Sequence[Skill], queues: Sequence[Queue], count: int, chance: random.Random, prefix: str
) -> list[Agent]:
    """Agents of two languages and four or five topics among these queues, members of the queues they know."""
    users = make_users(team, count, prefix)
    agents = Agent.objects.bulk_create(
        Agent(user=user, off_channels=list(DIGITAL if number % 10 < VOICE_AGENTS else VOICE))
        for number, user in enumerate(users)
    )
    skills, members = [], []
    for agent in agents:
        known = chance.sample(queues, k=min(chance.choice((4, 5)), len(queues)))
        members += [QueueMember(queue=queue, agent=agent) for queue in known]
        able = [*chance.sample(languages, k=2), *(queue.skills.all()[0].skill for queue in known)]
        skills += [AgentSkill(agent=agent, skill=skill, level=chance.randint(2, 5)) for skill in able]
    AgentSkill.objects.bulk_create(skills)
    QueueMember.objects.bulk_create(members)
    return agents


def make_floor(scale: Scale, seed: int = 1) -> World:
    """Queues, agents signed in and there, customers: nobody waits yet."""
    chance = random.Random(seed)
    team = make_team()
    accounts = [
        ChannelAccount.objects.create(brand=team.brand, kind="bench", channel=channel, name=channel, slug=channel)
        for channel in CHANNELS
    ]
    languages, topics = _make_skills(scale.skills)
    _make_queues(team, topics, accounts)
    queues = list(Queue.objects.prefetch_related("skills__skill").order_by("pk"))
    half = (len(queues) + 1) // 2
    spoken = list(languages.values())
    busy = _make_agents(team, spoken, queues[:half], scale.agents // 2, chance, "busy")
    quiet = _make_agents(team, spoken, queues[half:], scale.agents - scale.agents // 2, chance, "quiet")
    make_customers(team.brand, scale.customers)
    with transaction.atomic():
        for queue, account, language in itertools.product(queues, accounts, LANGUAGES):
            sought = Conversation(account=account, channel=account.channel, language=language)
            find_group(queue, account.channel, requirements_of(sought, queue))
    for agent in (*busy, *quiet):
        set_agent_state(agent_id=agent.pk, to=AgentState.AVAILABLE)
    touch_presence(agent.pk for agent in (*busy, *quiet))
    return World(
        accounts={account.channel: account.pk for account in accounts},
        busy_topics=tuple(queue.slug for queue in queues[:half]),
        quiet_topics=tuple(queue.slug for queue in queues[half:]),
        busy_agents=tuple(agent.pk for agent in busy),
    )


def add_waiting(world: World, count: int, seed: int) -> None:
    """Conversations that have waited up to twenty minutes in the queues with a backlog, as the services leave them."""
    chance = random.Random(seed)
    fresh = Identity.objects.filter(customer__conversations=None).order_by("pk").select_related("customer")
    identities = list(fresh[:count])
    queues = {queue.slug: queue for queue in Queue.objects.select_related("team")}
    groups = {(g.queue_id, g.channel, str(g.requirements)): g.pk for g in SkillGroup.objects.all()}
    for first in range(0, count, _BATCH):
        _add_batch(world, identities[first : first + _BATCH], queues, groups, chance)


def _add_batch(
    world: World,
    identities: Sequence[Identity],
    queues: dict[str, Queue],
    groups: dict[tuple[int, str, str], int],
    chance: random.Random,
) -> None:
    moment = now()
    conversations = Conversation.objects.bulk_create(
        Conversation(
            brand_id=identity.brand_id,
            customer=identity.customer,
            account_id=world.accounts[channel],
            identity=identity,
            channel=channel,
            topic=topic,
            language=chance.choice(LANGUAGES),
            state=ConversationState.QUEUED,
            team=queues[topic].team,
            created_at=moment - timedelta(seconds=chance.uniform(0, 1200)),
            event_seq=3,
            last_message_text=TEXT,
            last_message_kind=MessageKind.IN,
            unread_count=1,
            waiting_since=moment,
        )
        for identity in identities
        for channel, topic in [(chance.choice(CHANNELS), chance.choice(world.busy_topics))]
    )
    Message.objects.bulk_create(
        Message(conversation=row, kind=MessageKind.IN, account_id=row.account_id, text=TEXT, search_text=TEXT, seq=2)
        for row in conversations
    )
    kinds = (EventKind.CONVERSATION_CREATED, EventKind.MESSAGE_RECEIVED, EventKind.CONVERSATION_QUEUED)
    Event.objects.bulk_create(
        Event(conversation=row, seq=seq, kind=kind) for row in conversations for seq, kind in enumerate(kinds, start=1)
    )
    skill_of = dict(Skill.objects.exclude(language="").values_list("language", "pk"))
    topic_of = dict(QueueSkill.objects.values_list("queue_id", "skill_id"))
    QueueEntry.objects.bulk_create(
        QueueEntry(
            conversation=row,
            queue=queue,
            group_id=groups[queue.pk, row.channel, str(_requirements(topic_of[queue.pk], skill_of[row.language]))],
            channel=row.channel,
            entered_at=row.created_at,
            rank_key=row.created_at.timestamp(),
            cost=cost_of(row),
            value=row.customer.value,
        )
        for row in conversations
        for queue in [queues[row.topic]]
    )


def _requirements(topic: int, language: int) -> list[list[int]]:
    """As a skill group spells them: by ascending skill."""
    return sorted([[topic, 2], [language, 1]])


def count_waiting() -> int:
    return QueueEntry.objects.filter(left_at=None, is_offered=False).count()
