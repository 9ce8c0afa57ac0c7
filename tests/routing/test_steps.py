"""Steps of a queue: complete requirements by the seconds waited in it, boosts, joining queues, skipped steps."""

from __future__ import annotations

import pytest

from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import Conversation
from routing.models import Agent, QueueEntry
from routing.selectors import open_entry, position_in_queue
from routing.services.advancing import regroup_waiting
from routing.services.agents import set_agent_state, touch_presence
from routing.services.groups import set_agent_skills
from routing.services.handling import transfer
from routing.services.offers import accept_offer
from routing.services.releasing import release
from routing.states import AgentState
from routing.sweeping import advance_due_steps, expire_due_offers, repair_missed_dispatches
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def pass_time(clock, seconds: float) -> None:
    """Consoles stay open, and the sweeper looks at the end."""
    clock.shift(seconds)
    touch_presence(Agent.objects.values_list("pk", flat=True))
    advance_due_steps()


def entry_of(conversation: Conversation) -> QueueEntry:
    entry = open_entry(conversation)
    assert entry is not None
    return entry


def test_a_step_widens_whom_is_asked(clock) -> None:
    queue = make.make_queue(skills={"billing": 4})
    novice = make.make_agent("novice", queues=[queue], skills={"billing": 2})
    step = make.make_step(queue, 30, skills={"billing": 2})
    conversation = make.make_waiting(make.make_account(queue=queue))
    entry = entry_of(conversation)
    assert make.pending_offer(conversation) is None
    assert entry.step is None and (entry.step_due_at - entry.entered_at).total_seconds() == 30
    pass_time(clock, 29)
    assert make.pending_offer(conversation) is None
    pass_time(clock, 1)
    assert make.pending_offer(conversation).agent == novice
    entry = entry_of(conversation)
    assert entry.step == step and entry.step_due_at is None
    begun = conversation.events.get(kind=EventKind.STEP_BEGUN)
    assert begun.data == {"number": 1, "step": step.pk, "queue": queue.name}
    assert conversation.decisions.get().step == step


def test_a_step_may_ask_for_something_else(clock) -> None:
    queue = make.make_queue(skills={"billing": 1})
    make.make_step(queue, 10, skills={"returns": 3}, optional={"billing": 1})
    make.make_agent("biller", queues=[queue], skills={"billing": 5}, state=AgentState.BREAK)
    returns = make.make_agent("returns", queues=[queue], skills={"returns": 4})
    conversation = make.make_waiting(make.make_account(queue=queue))
    pass_time(clock, 10)
    assert make.pending_offer(conversation).agent == returns
    assert entry_of(conversation).group.agents.get().fit == pytest.approx(4 / 10), "optional skills count for the fit"


def test_topic_and_language_stay_unless_the_step_lets_the_language_go(clock, queue, chat) -> None:
    point = chat.entry_points.create(topic="returns", queue=queue, min_level=2)
    point.skills.add(make.make_skill("returns"))
    make.make_skill("lv")
    make.make_step(queue, 10)
    make.make_step(queue, 20, needs_language=False)
    make.make_agent("neither", queues=[queue], skills={"lv": 5})
    returns = make.make_agent("returns", queues=[queue], skills={"returns": 2})
    conversation = make.make_waiting(chat, topic="returns", language="lv")
    pass_time(clock, 10)
    assert make.pending_offer(conversation) is None
    pass_time(clock, 10)
    assert make.pending_offer(conversation).agent == returns


def test_joining_queues_bring_their_agents(clock, queue, chat) -> None:
    other = make.make_queue("other", skills={"en": 1})
    helper = make.make_agent("helper", queues=[other], skills={"lv": 3})
    make.make_step(queue, 15, joins=[other])
    conversation = make.make_waiting(chat)
    pass_time(clock, 15)
    assert make.pending_offer(conversation).agent == helper
    assert entry_of(conversation).group.joins == [other.pk] and entry_of(conversation).queue == queue


def test_a_new_member_of_a_joining_queue_is_asked(clock, queue, chat) -> None:
    other = make.make_queue("other")
    make.make_step(queue, 15, joins=[other])
    conversation = make.make_waiting(chat)
    pass_time(clock, 15)
    assert make.pending_offer(conversation) is None
    helper = make.make_agent("helper", queues=[other])
    assert make.pending_offer(conversation).agent == helper


def test_a_boost_moves_it_ahead_and_a_later_step_does_not_take_it_back(clock, queue, chat) -> None:
    make.make_step(queue, 10, boost_seconds=120)
    make.make_step(queue, 30)
    other = make.make_queue("other")
    slow = make.make_waiting(make.make_account("second", queue=other))
    first = make.make_waiting(chat)
    pass_time(clock, 1)
    before = entry_of(first).rank_key
    pass_time(clock, 9)
    assert entry_of(first).rank_key == before - 120 and entry_of(first).boost_seconds == 120
    pass_time(clock, 20)
    assert entry_of(first).boost_seconds == 120 and entry_of(first).step.after_seconds == 30
    assert entry_of(slow).boost_seconds == 0 and position_in_queue(first) == 1


def test_a_step_that_nobody_is_there_for_is_skipped(clock) -> None:
    queue = make.make_queue(skills={"billing": 5})
    make.make_step(queue, 10, skills={"billing": 3}, skip_if_unstaffed=True)
    last = make.make_step(queue, 600, skills={"billing": 1})
    make.make_agent("expert", queues=[queue], skills={"billing": 3}, state=AgentState.OFFLINE)
    novice = make.make_agent("novice", queues=[queue], skills={"billing": 1})
    conversation = make.make_waiting(make.make_account(queue=queue))
    pass_time(clock, 10)
    assert make.pending_offer(conversation).agent == novice
    assert entry_of(conversation).step == last
    pass_time(clock, 21)
    set_agent_state(agent_id=novice.pk, to=AgentState.BREAK)
    assert entry_of(conversation).step == last, "once that far, it does not go back"


def test_somebody_on_a_break_keeps_the_step(clock) -> None:
    queue = make.make_queue(skills={"billing": 5})
    step = make.make_step(queue, 0, skills={"billing": 3}, skip_if_unstaffed=True)
    make.make_step(queue, 600, skills={"billing": 1})
    make.make_agent("expert", queues=[queue], skills={"billing": 3}, state=AgentState.BREAK)
    make.make_agent("novice", queues=[queue], skills={"billing": 1})
    conversation = make.make_waiting(make.make_account(queue=queue))
    assert make.pending_offer(conversation) is None and entry_of(conversation).step == step


def test_a_missed_offer_keeps_the_seconds(clock, queue, chat, ada) -> None:
    make.make_step(queue, 40)
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation).agent == ada
    clock.shift(31)
    touch_presence([ada.pk])
    expire_due_offers()
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    clock.shift(10)
    assert advance_due_steps() == 1 and entry_of(conversation).step.after_seconds == 40


def test_a_return_keeps_the_seconds_and_a_transfer_begins_anew(clock, queue, chat, ada) -> None:
    other = make.make_queue("other")
    make.make_step(queue, 60)
    make.make_step(other, 60)
    conversation = make.make_waiting(chat)
    clock.shift(20)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    clock.shift(500)
    release(conversation.pk, ada.pk, kind=EventKind.AGENT_LOST)
    entry = entry_of(conversation)
    assert entry.in_queue_before_seconds == 20 and entry.waited_before_seconds == 20
    assert (entry.step_due_at - entry.entered_at).total_seconds() == 40
    clock.shift(15)
    supervisor = make.make_user("sue", role="supervisor")
    transfer(conversation_id=conversation.pk, actor=supervisor, queue=other)
    entry = entry_of(conversation)
    assert (entry.in_queue_before_seconds, entry.waited_before_seconds) == (0, 35)
    assert (entry.step_due_at - entry.entered_at).total_seconds() == 60


def test_changed_steps_place_what_waits_anew(clock) -> None:
    queue = make.make_queue(skills={"billing": 4})
    novice = make.make_agent("novice", queues=[queue], skills={"billing": 1})
    conversation = make.make_waiting(make.make_account(queue=queue))
    make.make_step(queue, 0, skills={"billing": 1})
    assert advance_due_steps() == 0
    regroup_waiting(queue)
    assert advance_due_steps() == 1
    assert make.pending_offer(conversation).agent == novice
    assert advance_due_steps() == 0


def test_a_step_that_asks_for_more_waits_for_the_offer_at_hand(clock) -> None:
    queue = make.make_queue()
    ada = make.make_agent("ada", queues=[queue], skills={"billing": 1})
    make.make_step(queue, 10, skills={"billing": 5})
    conversation = make.make_waiting(make.make_account(queue=queue))
    offer = make.pending_offer(conversation)
    pass_time(clock, 12)
    assert repair_missed_dispatches() == 0
    assert make.pending_offer(conversation) == offer and entry_of(conversation).step is None
    clock.shift(19)
    touch_presence([ada.pk])
    expire_due_offers()
    set_agent_skills(ada, {make.make_skill("billing"): 5})
    again = make.pending_offer(conversation)
    assert again is not None and again.agent == ada
