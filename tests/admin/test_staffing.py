"""How many agents a queue needs: out of its own past, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from contactcenter.conversations.models import ChannelAccount, Conversation
from contactcenter.conversations.states import Channel
from routing.models import Agent, AgentStateInterval, Assignment, ChannelProfile, Queue, QueueEntry, SkillGroup
from tests import factories as make

pytestmark = pytest.mark.django_db
PAGE = "/admin/routing/queue/staffing/"
# A Thursday; the days looked at are over.
TODAY = datetime(2026, 3, 12, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


def _past(queue: Queue, agent: Agent, account: ChannelAccount, *, days: int, calls: int) -> None:
    """From 10:00 so many calls in half an hour, 180 s each; every tenth hangs up after 60 s of waiting."""
    group = SkillGroup.objects.create(queue=queue, channel=Channel.VOICE, key=f"past {queue.pk}")
    customer = make.make_customer()
    for day in range(1, days + 1):
        start = TODAY.replace(hour=10) - timedelta(days=day)
        AgentStateInterval.objects.create(
            agent=agent, state="available", started_at=start, ended_at=start + timedelta(hours=2)
        )
        for call in range(calls):
            at = start + timedelta(seconds=1800 * call / calls)
            left = call % 10 == 9
            conversation = Conversation.objects.create(
                brand=queue.brand,
                customer=customer,
                account=account,
                channel=Channel.VOICE,
                state="closed",
                created_at=at,
                closed_at=at,
            )
            QueueEntry.objects.create(
                conversation=conversation,
                queue=queue,
                group=group,
                channel=Channel.VOICE,
                entered_at=at,
                rank_key=at.timestamp(),
                left_at=at + timedelta(seconds=60 if left else 6),
                outcome="abandoned" if left else "answered",
            )
            if not left:
                Assignment.objects.create(
                    conversation=conversation,
                    agent=agent,
                    queue=queue,
                    channel=Channel.VOICE,
                    state="done",
                    cost=100,
                    started_at=at,
                    ended_at=at + timedelta(seconds=180),
                )


def test_from_the_queues_own_past(admin: Client) -> None:
    queue = make.make_queue()
    ada = make.make_agent("ada", queues=[queue])
    _past(queue, ada, make.make_account("line", queue=queue, kind="fake", channel=Channel.VOICE), days=7, calls=50)
    answer = admin.get(
        PAGE, {"queue": queue.pk, "channel": "voice", "days": "0-6", "weeks": 1, "target": 20, "goal": 80}
    )
    assert answer.status_code == 200
    found = answer.context["found"]
    assert (found.days, found.arrivals, found.handle_seconds, found.at_once) == (7, 350, 180, 1)
    # 350 customers waited 315 times 6 s and 35 times 60 s, and 35 of them left.
    assert found.patience_seconds == pytest.approx((315 * 6 + 35 * 60) / 35)
    ten = found.slots[20]
    assert (ten.calls_per_hour, ten.signed_in, ten.agents) == (100, 1, 1)
    assert (ten.needed, ten.needed_without_leaving) == (7, 8) and ten.is_short
    assert "1 agent at 10:00 gives" in answer.text and "Too few." in answer.text and "Nobody came." in answer.text
    assert found.slots[19].needed is None and found.slots[23].agents == 1 and found.slots[24].agents == 0


def test_one_day_of_the_week(admin: Client) -> None:
    queue = make.make_queue()
    ada = make.make_agent("ada", queues=[queue])
    _past(queue, ada, make.make_account("line", queue=queue, kind="fake", channel=Channel.VOICE), days=14, calls=3)
    answer = admin.get(PAGE, {"queue": queue.pk, "channel": "voice", "days": "0", "weeks": 2, "target": 20, "goal": 80})
    assert (answer.context["found"].days, answer.context["found"].arrivals) == (2, 6)


def test_nothing_to_look_at(admin: Client) -> None:
    assert "Staffing" in admin.get(PAGE).text, "without any queue"
    queue = make.make_queue()
    assert "Nobody has come by this channel" in admin.get(PAGE).text
    answer = admin.get(PAGE, {"queue": queue.pk, "channel": "fax", "days": "9", "weeks": 0, "target": -1, "goal": 100})
    assert answer.context["found"] is None and set(answer.context["form"].errors) == {
        "channel",
        "days",
        "weeks",
        "target",
        "goal",
    }


def test_a_queues_page_leads_to_its_staffing(admin: Client) -> None:
    make.make_queue("a first")
    queue = make.make_queue("billing")
    change = f"/admin/routing/queue/{queue.pk}/change/"
    link = f"/admin/routing/queue/{queue.pk}/show-staffing/"
    assert link in admin.get(change).text
    answer = admin.get(link, follow=True)
    assert answer.context["form"].cleaned_data["queue"] == queue
    assert admin.get(PAGE, {"queue": "none"}).context["form"].errors.keys() == {"queue"}


def test_a_channel_of_which_an_agent_has_many_at_once(admin: Client) -> None:
    queue = make.make_queue()
    ada = make.make_agent("ada", queues=[queue])
    ChannelProfile.objects.filter(channel=Channel.VOICE).update(cost=2)
    _past(queue, ada, make.make_account("line", queue=queue, kind="fake", channel=Channel.VOICE), days=7, calls=50)
    answer = admin.get(PAGE, {"queue": queue.pk, "channel": "voice", "days": "0-6", "weeks": 1})
    found = answer.context["found"]
    assert found.at_once == 50 and found.slots[20].needed == 1


def test_only_for_those_who_may_see_queues(client: Client) -> None:
    make.make_agent("ada")
    client.login(username="ada", password="demo")
    assert client.get(PAGE).status_code in {302, 403}
