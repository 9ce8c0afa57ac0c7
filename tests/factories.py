"""Plain functions that build what tests need, by calling the services: nothing here can be in an impossible state."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from contactcenter.accounts.models import Brand, Role, Team, User
from contactcenter.conversations.models import ChannelAccount, Conversation, Customer
from contactcenter.conversations.services.customers import find_or_create_identity
from contactcenter.conversations.services.messages import add_message, open_conversation
from contactcenter.conversations.states import (
    Channel,
    IdentityKind,
    IdentityLevel,
    MessageKind,
)
from routing.models import Agent, EntryPoint, Queue, QueueSkill, QueueStep, Skill, WaitCalibration
from routing.services.agents import set_agent_state, touch_presence
from routing.services.arriving import customer_wrote
from routing.services.groups import rebuild_groups, set_agent_skills
from routing.services.offers import accept_offer
from routing.states import AgentState, OfferState

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"


@cache
def _password_hash() -> str:
    return make_password(PASSWORD)


def make_brand(slug: str = "nordwind") -> Brand:
    return Brand.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]


def make_team(brand: Brand | None = None, name: str = "Support") -> Team:
    return Team.objects.get_or_create(brand=brand or make_brand(), name=name)[0]


def make_user(
    username: str = "", *, role: Role = Role.AGENT, teams: Sequence[Team] | None = None, **fields: Any
) -> User:
    username = username or f"user{next(_numbers)}"
    user = User.objects.create(
        username=username,
        email=f"{username}@example.com",
        password=_password_hash(),
        role=role,
        display_name=username.title(),
        **fields,
    )
    teams = [make_team()] if teams is None else teams
    user.teams.set(teams)
    user.brands.set({team.brand for team in teams})
    if role == Role.ADMIN:
        User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
        user.refresh_from_db()
    return user


def make_skill(slug: str) -> Skill:
    language = slug if slug in {"en", "et", "lv", "ru", "pl"} else ""
    return Skill.objects.get_or_create(slug=slug, defaults={"name": slug, "language": language})[0]


def make_queue(
    slug: str = "support", *, team: Team | None = None, skills: Mapping[str, int] | None = None, **fields: Any
) -> Queue:
    team = team or make_team()
    queue = Queue.objects.create(brand=team.brand, team=team, name=slug.title(), slug=slug, **fields)
    for skill, level in (skills or {}).items():
        QueueSkill.objects.create(queue=queue, skill=make_skill(skill), min_level=level)
    return queue


def make_step(
    queue: Queue,
    after: int,
    *,
    skills: Mapping[str, int] | None = None,
    optional: Mapping[str, int] | None = None,
    joins: Sequence[Queue] = (),
    **fields: Any,
) -> QueueStep:
    """What the queue asks for once somebody has waited in it for `after` seconds."""
    step = QueueStep.objects.create(queue=queue, after_seconds=after, **fields)
    step.joins.set(joins)
    for wanted, is_optional in ((skills, False), (optional, True)):
        for slug, level in (wanted or {}).items():
            step.skills.create(skill=make_skill(slug), min_level=level, is_optional=is_optional)
    return step


def make_agent(
    username: str = "",
    *,
    queues: Sequence[Queue] = (),
    skills: Mapping[str, int] | None = None,
    state: AgentState = AgentState.AVAILABLE,
    present: bool = True,
    capacity: int = 100,
    user: User | None = None,
) -> Agent:
    """An agent of the queues' teams, signed in and present unless said otherwise."""
    teams = list({queue.team for queue in queues}) or None
    agent = Agent.objects.create(user=user or make_user(username, teams=teams), capacity=capacity)
    for queue in queues:
        queue.members.create(agent=agent)
    if skills:
        set_agent_skills(agent, {make_skill(slug): level for slug, level in skills.items()})
    else:
        rebuild_groups(queues)
    if present:
        touch_presence([agent.pk])
    if state != AgentState.OFFLINE:
        set_agent_state(agent_id=agent.pk, to=state)
    agent.refresh_from_db()
    return agent


def make_account(
    slug: str = "shop",
    *,
    brand: Brand | None = None,
    queue: Queue | None = None,
    kind: str = "webchat",
    channel: Channel = Channel.CHAT,
    **fields: Any,
) -> ChannelAccount:
    account = ChannelAccount.objects.create(
        brand=brand or (queue.brand if queue else make_brand()),
        kind=kind,
        channel=channel,
        name=slug.title(),
        slug=slug,
        **{"address": f"pk_{slug}", **fields},
    )
    if queue is not None:
        EntryPoint.objects.create(account=account, queue=queue)
    return account


def make_customer(name: str = "Carl", *, brand: Brand | None = None, **fields: Any) -> Customer:
    brand = brand or make_brand()
    visitor = f"visitor-{next(_numbers)}"
    identity = find_or_create_identity(
        brand=brand, kind=IdentityKind.VISITOR, address=visitor, level=IdentityLevel.RECOGNISED, name=name
    )
    if fields:
        Customer.objects.filter(pk=identity.customer_id).update(**fields)
    return Customer.objects.get(pk=identity.customer_id)


def make_waiting(
    account: ChannelAccount,
    *,
    text: str = "Where is my order?",
    customer: Customer | None = None,
    language: str = "",
    topic: str = "",
) -> Conversation:
    """A conversation that a customer has just begun; it is offered at once if somebody may take it."""
    with transaction.atomic():
        customer = customer or make_customer(brand=account.brand)
        identity = customer.identities.first()
        conversation = open_conversation(
            customer=customer, account=account, identity=identity, language=language, topic=topic
        )
        add_message(conversation, MessageKind.IN, text, identity=identity)
        customer_wrote(conversation)
    conversation.refresh_from_db()
    return conversation


def make_calibration(queue: Queue, channel: str = Channel.CHAT, **fields: Any) -> WaitCalibration:
    """Estimates of this queue are right on average, and never off by more than the double."""
    given = {"samples": 20, "ratio_p50": 1.0, "ratio_p90": 2.0, "handle_seconds": 300.0, **fields}
    return WaitCalibration.objects.create(queue=queue, channel=channel, updated_at=timezone.now(), **given)


def pending_offer(conversation: Conversation):  # type: ignore[no-untyped-def]
    return conversation.offers.filter(state=OfferState.PENDING).select_related("agent").first()


def make_active(account: ChannelAccount, agent: Agent, **fields: Any) -> Conversation:
    """A conversation that `agent`, who must be the one to get it, has accepted."""
    conversation = make_waiting(account, **fields)
    offer = pending_offer(conversation)
    assert offer is not None and offer.agent_id == agent.pk, f"offered to {offer and offer.agent}"
    accept_offer(offer_id=offer.pk, agent_id=agent.pk)
    conversation.refresh_from_db()
    return conversation


def later(seconds: float):  # type: ignore[no-untyped-def]
    """The moment so many seconds from now, for `time_machine`."""
    return timezone.now() + timedelta(seconds=seconds)
