"""Membership: priority goes before all points, and who helps out is asked only after a delay."""

from __future__ import annotations

import pytest

from routing.candidates import agents_for
from routing.models import Agent, Queue, SkillGroupAgent
from routing.selectors import open_entry
from routing.services.agents import set_agent_state, touch_presence
from routing.services.groups import rebuild_groups
from routing.states import AgentState
from routing.stranded import find_stranded, stranded_conversations
from routing.sweeping import advance_due_steps, repair_missed_dispatches
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def set_membership(agent: Agent, queue: Queue, **fields: int) -> None:
    queue.members.filter(agent=agent).update(**fields)
    rebuild_groups([queue])


def test_priority_goes_before_points(clock, queue, chat, ada) -> None:
    second = make.make_agent("second", queues=[queue], skills={"billing": 5})
    set_membership(ada, queue, priority=2)
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation).agent == second
    customer = make.make_customer()
    make.make_active(make.make_account("line2", queue=queue), second, customer=customer)
    assert make.pending_offer(make.make_waiting(chat, customer=customer)).agent == second


def test_an_agent_serves_first_where_they_stand_higher(clock, queue, chat) -> None:
    helped = make.make_queue("helped")
    there = make.make_account("there", queue=helped)
    older = make.make_waiting(there)
    clock.shift(30)
    own = make.make_waiting(chat)
    ada = make.make_agent("ada", queues=[queue, helped], state=AgentState.OFFLINE, capacity=25)
    set_membership(ada, helped, priority=2)
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    assert make.pending_offer(own).agent == ada and make.pending_offer(older) is None


def test_a_delay_is_waited_out_and_no_repair(clock, queue, chat, ada) -> None:
    set_membership(ada, queue, delay_seconds=20)
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation) is None
    entry = open_entry(conversation)
    assert [(row.refused, row.delay_seconds) for row in agents_for(entry, make.timezone.now())] == [("delay", 20)]
    clock.shift(19)
    touch_presence([ada.pk])
    assert stranded_conversations(make.timezone.now()) == [] and make.pending_offer(conversation) is None
    clock.shift(1)
    assert [row.is_due for row in find_stranded(make.timezone.now())] == [True]
    assert repair_missed_dispatches() == 0
    assert make.pending_offer(conversation).agent == ada


def test_who_is_free_is_asked_before_the_delay_of_others_is_over(clock, queue, chat, ada, ben) -> None:
    set_membership(ada, queue, delay_seconds=20)
    assert make.pending_offer(make.make_waiting(chat)).agent == ben


def test_a_freed_agent_leaves_what_they_may_not_have_yet(clock, queue, chat) -> None:
    ada = make.make_agent("ada", queues=[queue], state=AgentState.OFFLINE)
    set_membership(ada, queue, delay_seconds=20)
    conversation = make.make_waiting(chat)
    clock.shift(10)
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    touch_presence([ada.pk])
    assert make.pending_offer(conversation) is None
    clock.shift(10)
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    assert make.pending_offer(conversation).agent == ada


def test_the_own_queues_membership_counts_before_a_joining_ones(clock, queue, chat, ada) -> None:
    other = make.make_queue("other")
    both = make.make_agent("both", queues=[queue, other])
    helper = make.make_agent("helper", queues=[other])
    set_membership(ada, queue, priority=3)
    set_membership(both, queue, priority=2)
    set_membership(both, other, priority=7, delay_seconds=100)
    set_membership(helper, other, priority=4, delay_seconds=5)
    make.make_step(queue, 10, joins=[other])
    conversation = make.make_waiting(chat)
    for agent in (ada, both, helper):
        set_agent_state(agent_id=agent.pk, to=AgentState.BREAK)
    clock.shift(10)
    advance_due_steps()
    rows = SkillGroupAgent.objects.filter(group=open_entry(conversation).group)
    assert dict(rows.values_list("agent", "priority")) == {ada.pk: 3, both.pk: 2, helper.pk: 4}
    assert dict(rows.values_list("agent", "delay_seconds")) == {ada.pk: 0, both.pk: 0, helper.pk: 5}


def test_reach_is_the_share_of_groups_that_an_agent_serves(clock, queue, chat, ada) -> None:
    other = make.make_queue("other")
    both = make.make_agent("both", queues=[queue, other])
    make.make_waiting(chat)
    make.make_waiting(make.make_account("there", queue=other))
    reach = dict(Agent.objects.values_list("pk", "reach"))
    assert reach == {ada.pk: 0.5, both.pk: 1.0}
    other.is_active = False
    other.save()
    rebuild_groups()
    assert dict(Agent.objects.values_list("pk", "reach")) == {ada.pk: 1.0, both.pk: 1.0}
