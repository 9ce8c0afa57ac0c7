"""The score in action: each term by what it changes, the queue's own weights, and who starves comes first."""

from __future__ import annotations

import pytest

from contactcenter.conversations.models import Tag
from routing.matching import Waiting, mean_occupancy, rank_waiting
from routing.models import Agent, Assignment, Decision, QueueWeights, TagCost
from routing.profiles import forget_profiles
from routing.services.agents import set_agent_state, set_channels, touch_presence
from routing.services.handling import close
from routing.states import AgentState
from routing.sweeping import repair_missed_dispatches, reprice_waiting
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def terms_of(conversation) -> dict[int, dict[str, float]]:
    terms = Decision.objects.filter(conversation=conversation).latest("pk").terms
    return {row["agent"]: row["terms"] for row in terms["candidates"]}


def test_who_can_do_less_is_asked_first(clock, queue, chat, ada) -> None:
    """Ada also serves another queue; a lone queue's agent leaves her free for it."""
    other = make.make_queue("other")
    make.make_agent("third", queues=[other])
    make.make_waiting(make.make_account("there", queue=other))
    both = make.make_agent("both", queues=[queue, other])
    lone = make.make_agent("lone", queues=[queue])
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    make.make_waiting(chat)
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation).agent == lone
    assert terms_of(conversation)[both.pk]["scarcity"] < terms_of(conversation)[lone.pk]["scarcity"] < 0


def test_those_who_take_calls_are_kept_for_them(clock, queue, chat, phone, ada, ben) -> None:
    set_channels(agent_id=ben.pk, off=["voice"])
    close(conversation_id=make.make_waiting(phone).pk)  # somebody has called once
    forget_profiles()
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation).agent == ben
    assert terms_of(conversation)[ada.pk]["keep_voice"] == -60
    assert "keep_voice" not in terms_of(conversation)[ben.pk]


def test_chats_are_packed_and_occupancy_spreads_them(clock, queue, chat, ada, ben) -> None:
    make.make_active(chat, ada)
    conversation = make.make_waiting(chat)
    assert terms_of(conversation)[ada.pk]["packing"] == 4 and "packing" not in terms_of(conversation)[ben.pk]
    assert make.pending_offer(conversation).agent == ada
    clock.shift(1800)
    touch_presence([ada.pk, ben.pk])
    late = make.make_waiting(chat)
    assert terms_of(late)[ada.pk]["occupancy"] < -4 and make.pending_offer(late).agent == ben


def test_occupancy_is_the_mean_of_the_last_hour(clock, queue, chat, ada) -> None:
    queue.wrap_up_seconds = 0
    queue.save()
    conversation = make.make_active(chat, ada)
    clock.shift(3600)
    touch_presence([ada.pk])
    close(conversation_id=conversation.pk, actor=ada.user)
    ada.refresh_from_db()
    assert ada.occupancy == pytest.approx(mean_occupancy(0.0, 0.25, 3600))
    assert ada.occupancy == pytest.approx(0.158, abs=0.001)


def test_a_queue_has_weights_of_its_own(clock, queue, chat, ada, ben) -> None:
    make.make_active(chat, ada)
    QueueWeights.objects.create(queue=queue, packing=0, occupancy=30)
    forget_profiles()
    clock.shift(60)
    touch_presence([ada.pk, ben.pk])
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation).agent == ben
    assert "packing" not in terms_of(conversation)[ada.pk]


def test_each_work_is_weighed_by_its_own_queue(clock, queue, chat) -> None:
    calm = make.make_queue("calm")
    QueueWeights.objects.create(queue=calm, urgency=10)
    older = make.make_waiting(make.make_account("there", queue=calm))
    clock.shift(20)
    newer = make.make_waiting(chat)
    ada = make.make_agent("ada", queues=[queue, calm], capacity=25)
    assert make.pending_offer(newer).agent == ada and make.pending_offer(older) is None
    assert terms_of(newer)[ada.pk]["urgency"] == 50.0


def test_who_starves_comes_before_all_value() -> None:
    gold = Waiting(conversation_id=1, age_seconds=500, target_seconds=60, value=10, priority=0)
    starving = Waiting(conversation_id=2, age_seconds=600, target_seconds=60, priority=3)
    longer = Waiting(conversation_id=3, age_seconds=700, target_seconds=60, priority=3)
    assert [row.id for row in rank_waiting([gold, starving, longer])] == [3, 2, 1]


def test_a_tag_makes_work_count_alone(clock, queue, mail, chat, ada) -> None:
    TagCost.objects.create(tag=Tag.objects.create(name="Complex"), cost=100)
    forget_profiles()
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    conversation = make.make_waiting(mail)
    type(conversation).objects.filter(pk=conversation.pk).update(tags=["complex", "other"])
    assert conversation.entries.get().cost == 34
    assert reprice_waiting() == 1 and reprice_waiting() == 0
    assert conversation.entries.get().cost == 100
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    assert make.pending_offer(conversation).cost == 100
    ada.refresh_from_db()
    assert ada.load == 100
    assert make.pending_offer(make.make_waiting(mail)) is None


def test_work_that_no_longer_fits_leaves_its_room_to_what_does(clock, queue, mail, ada) -> None:
    TagCost.objects.create(tag=Tag.objects.create(name="complex"), cost=80)
    forget_profiles()
    make.make_active(mail, ada)
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    heavy = make.make_waiting(mail)
    type(heavy).objects.filter(pk=heavy.pk).update(tags=["complex"])
    clock.shift(5)
    touch_presence([ada.pk])
    light = make.make_waiting(mail)
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    assert make.pending_offer(heavy) is None and make.pending_offer(light).agent == ada
    reprice_waiting()
    assert repair_missed_dispatches() == 0
    assert Agent.objects.get(pk=ada.pk).load == 68
    assert Assignment.objects.count() == 1
