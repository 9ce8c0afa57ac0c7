"""What waits follows what admins change: each door that decides who may take it, tried while somebody waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from contactcenter.conversations.models import ChannelAccount
from routing.models import Agent, EntryPoint, Queue, Skill
from routing.sweeping import advance_due_steps, repair_missed_dispatches
from tests import factories as make
from tests.admin.pages import add_row, save

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Eva is there and knows nothing; who waits is of the topic "orders" and speaks Latvian."""

    admin: Client
    queue: Queue
    account: ChannelAccount
    eva: Agent

    def save(self, row: Any, **fields: Any) -> None:
        assert save(self.admin, _page(row), **fields) == []

    def topic(self, *skills: str) -> EntryPoint:
        point = EntryPoint.objects.create(account=self.account, queue=self.queue, topic="orders")
        point.skills.set([make.make_skill(skill) for skill in skills])
        return point


def _page(row: Any) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


# Each makes what Eva cannot take, waits at `yield`, and changes it by the admin's forms so that she can.
Door = Callable[[World], Iterator[None]]


def topic_asks_for_less(world: World) -> Iterator[None]:
    point = world.topic("orders")
    yield
    world.save(point, skills=[])


def topic_asks_for_a_lower_level(world: World) -> Iterator[None]:
    point = world.topic("orders")
    EntryPoint.objects.filter(pk=point.pk).update(min_level=3)
    make.make_skill("orders")
    world.eva.skills.create(skill=make.make_skill("orders"), level=2)
    yield
    world.save(point, min_level="2")


def topic_goes_elsewhere(world: World) -> Iterator[None]:
    point = world.topic("orders")
    yield
    world.save(point, queue=str(make.make_queue("other").pk))


def what_has_no_topic_of_its_own_asks_for_less(world: World) -> Iterator[None]:
    point = world.queue.entry_points.get(topic="")
    point.skills.set([make.make_skill("orders")])
    yield
    world.save(point, skills=[])


def topic_is_renamed(world: World) -> Iterator[None]:
    point = world.topic("orders")
    yield
    world.save(point, topic="parcels")


def topic_is_deleted(world: World) -> Iterator[None]:
    point = world.topic("orders")
    yield
    world.admin.post(f"/admin/routing/entrypoint/{point.pk}/delete/", {"post": "yes"})


def topics_are_deleted_from_the_list(world: World) -> Iterator[None]:
    point = world.topic("orders")
    yield
    chosen = {"action": "delete_selected", "_selected_action": [str(point.pk)], "post": "yes"}
    world.admin.post("/admin/routing/entrypoint/", chosen)


def topic_on_the_page_of_the_queue(world: World) -> Iterator[None]:
    point = world.topic("orders")
    yield
    number = list(world.queue.entry_points.order_by("pk")).index(point)
    world.save(world.queue, **{f"entry_points-{number}-skills": []})


def queue_asks_for_less(world: World) -> Iterator[None]:
    world.queue.skills.create(skill=make.make_skill("orders"), min_level=2)
    yield
    world.save(world.queue, **{"skills-0-DELETE": "on"})


def queue_does_not_ask_for_the_language(world: World) -> Iterator[None]:
    make.make_skill("lv")
    Queue.objects.filter(pk=world.queue.pk).update(needs_language=True)
    yield
    world.save(world.queue, needs_language=None)


def queue_gets_a_step(world: World) -> Iterator[None]:
    world.queue.skills.create(skill=make.make_skill("orders"), min_level=2)
    yield
    world.save(world.queue, **add_row("steps", after_seconds="0", needs_language=None))


def step_is_joined(world: World) -> Iterator[None]:
    world.queue.members.all().delete()
    helpers = make.make_queue("helpers")
    helpers.members.create(agent=world.eva)
    make.make_step(world.queue, 0)
    yield
    world.save(world.queue, **{"steps-0-joins": [str(helpers.pk)]})


def joining_queue_is_switched_on(world: World) -> Iterator[None]:
    world.queue.members.all().delete()
    helpers = make.make_queue("helpers", is_active=False)
    helpers.members.create(agent=world.eva)
    make.make_step(world.queue, 0).joins.add(helpers)
    yield
    world.save(helpers, is_active="on")


def skill_is_no_language_any_more(world: World) -> Iterator[None]:
    skill = make.make_skill("lv")
    Queue.objects.filter(pk=world.queue.pk).update(needs_language=True)
    yield
    world.save(skill, language="")


def skill_is_deleted(world: World) -> Iterator[None]:
    world.topic("orders")
    yield
    world.admin.post(f"/admin/routing/skill/{Skill.objects.get(slug='orders').pk}/delete/", {"post": "yes"})


def agent_learns_it(world: World) -> Iterator[None]:
    world.topic("orders")
    yield
    world.save(world.eva, **add_row("skills", skill=str(make.make_skill("orders").pk), level="2"))


def agent_becomes_a_member(world: World) -> Iterator[None]:
    world.queue.members.all().delete()
    yield
    world.save(world.eva, **add_row("memberships", queue=str(world.queue.pk), priority="1", delay_seconds="0"))


def queue_gets_a_member(world: World) -> Iterator[None]:
    world.queue.members.all().delete()
    yield
    world.save(world.queue, **add_row("members", agent=str(world.eva.pk), priority="1", delay_seconds="0"))


DOORS: tuple[Door, ...] = (
    topic_asks_for_less,
    topic_asks_for_a_lower_level,
    topic_goes_elsewhere,
    what_has_no_topic_of_its_own_asks_for_less,
    topic_is_renamed,
    topic_is_deleted,
    topics_are_deleted_from_the_list,
    topic_on_the_page_of_the_queue,
    queue_asks_for_less,
    queue_does_not_ask_for_the_language,
    queue_gets_a_step,
    step_is_joined,
    joining_queue_is_switched_on,
    skill_is_no_language_any_more,
    skill_is_deleted,
    agent_learns_it,
    agent_becomes_a_member,
    queue_gets_a_member,
)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_who_waits_is_offered_to_whom_the_change_lets(
    door: Door, admin: Client, django_capture_on_commit_callbacks: Any
) -> None:
    queue = make.make_queue(needs_language=False)
    world = World(
        admin=admin,
        queue=queue,
        account=make.make_account(queue=queue),
        eva=make.make_agent("eva", queues=[queue]),
    )
    story = door(world)
    next(story)
    with django_capture_on_commit_callbacks(execute=True):
        conversation = make.make_waiting(world.account, topic="orders", language="lv")
    assert make.pending_offer(conversation) is None
    with django_capture_on_commit_callbacks(execute=True):
        assert next(story, "changed") == "changed"
    with django_capture_on_commit_callbacks(execute=True):
        advance_due_steps()
    offer = make.pending_offer(conversation)
    assert offer is not None and offer.agent == world.eva
    assert repair_missed_dispatches() == 0
