"""Who is asked: state, presence, channels, skills, language, the last agent, targets, and who passed it on."""

from __future__ import annotations

import pytest

from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Channel
from routing.candidates import agents_for
from routing.models import Agent, QueueEntry
from routing.selectors import open_entry, position_in_queue
from routing.services.agents import arrive, set_agent_state, set_channels, touch_presence
from routing.services.dispatching import dispatch_agent, dispatch_conversation
from routing.services.handling import close, transfer
from routing.services.offers import accept_offer, decline_offer
from routing.services.wrapping import finish_wrap_up
from routing.states import AgentState
from routing.stranded import find_stranded, stranded_conversations
from routing.sweeping import repair_missed_dispatches
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def refusals(conversation: Conversation, at) -> dict[str, str]:
    entry = open_entry(conversation)
    assert entry is not None
    names = dict(Agent.objects.values_list("pk", "user__username"))
    return {names[row.agent_id]: row.refused for row in agents_for(entry, at)}


def test_why_somebody_is_not_asked(clock, queue, chat) -> None:
    make.make_agent("off", queues=[queue], state=AgentState.OFFLINE)
    make.make_agent("resting", queues=[queue], state=AgentState.BREAK)
    make.make_agent("away", queues=[queue], present=False)
    deaf = make.make_agent("deaf", queues=[queue])
    set_channels(agent_id=deaf.pk, off=[Channel.CHAT])
    make.make_agent("small", queues=[queue], capacity=24)
    leaving = make.make_agent("leaving", queues=[queue])
    Agent.objects.filter(pk=leaving.pk).update(next_state=AgentState.BREAK)
    gone = make.make_agent("gone", queues=[queue])
    gone.user.is_active = False
    gone.user.save()
    make.make_agent("stranger", queues=[make.make_queue("other")])
    conversation = make.make_waiting(chat)
    assert refusals(conversation, make.timezone.now()) == {
        "off": "state",
        "resting": "state",
        "away": "presence",
        "deaf": "channel_off",
        "small": "load",
        "leaving": "next_state",
    }
    assert make.pending_offer(conversation) is None
    assert stranded_conversations(make.timezone.now()) == []


@pytest.mark.parametrize("level", [0, 1, 2, 3, 4])
def test_skills_are_asked_for_by_level(clock, level: int) -> None:
    queue = make.make_queue(skills={"billing": 3})
    make.make_agent("ada", queues=[queue], skills={"billing": level} if level else {})
    offered = make.pending_offer(make.make_waiting(make.make_account(queue=queue)))
    assert (offered is not None) == (level >= 3)


def test_language_is_a_skill_where_the_queue_asks_for_it(clock, queue, chat) -> None:
    make.make_agent("estonian", queues=[queue], skills={"et": 5})
    latvian = make.make_agent("latvian", queues=[queue], skills={"lv": 2})
    assert make.pending_offer(make.make_waiting(chat, language="lv")).agent == latvian
    assert make.pending_offer(make.make_waiting(chat, language="pl")) is not None, "nobody has this skill at all"
    make.make_skill("pl")
    assert make.pending_offer(make.make_waiting(chat, language="pl")) is None
    queue.needs_language = False
    queue.save()
    assert make.pending_offer(make.make_waiting(chat, language="pl")) is not None


def test_a_topic_asks_for_more_skill(clock, queue, chat) -> None:
    point = chat.entry_points.create(topic="returns", queue=queue, min_level=4)
    point.skills.add(make.make_skill("returns"))
    make.make_agent("novice", queues=[queue], skills={"returns": 3})
    expert = make.make_agent("expert", queues=[queue], skills={"returns": 4})
    assert make.pending_offer(make.make_waiting(chat, topic="returns")).agent == expert


def test_the_longest_idle_is_asked(clock, chat, ada, ben) -> None:
    clock.shift(5)
    close(conversation_id=make.make_active(chat, ada).pk)
    finish_wrap_up(assignment_id=ada.assignments.get().pk, agent_id=ada.pk)
    clock.shift(5)
    touch_presence([ada.pk, ben.pk])
    assert make.pending_offer(make.make_waiting(chat)).agent == ben


def test_the_last_agent_is_asked_first_within_a_week(clock, chat, ada, ben) -> None:
    customer = make.make_customer()
    conversation = make.make_waiting(chat, customer=customer)
    decline_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk, reason="busy")
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ben.pk)
    close(conversation_id=conversation.pk)
    finish_wrap_up(assignment_id=ben.assignments.get().pk, agent_id=ben.pk)
    clock.shift(60)
    touch_presence([ada.pk, ben.pk])
    again = make.make_waiting(chat, customer=customer)
    assert make.pending_offer(again).agent == ben
    close(conversation_id=again.pk)
    clock.shift(8 * 86400)
    touch_presence([ada.pk, ben.pk])
    assert make.pending_offer(make.make_waiting(chat, customer=customer)).agent == ada


def test_an_agent_who_arrives_gets_what_waits_the_oldest_first(clock, queue, chat) -> None:
    old = make.make_waiting(chat)
    clock.shift(5)
    new = make.make_waiting(chat)
    assert (position_in_queue(old), position_in_queue(new)) == (1, 2)
    ada = make.make_agent("ada", queues=[queue], present=False, capacity=25)
    assert make.pending_offer(old) is None
    arrive(agent_id=ada.pk)
    assert make.pending_offer(old).agent == ada
    assert make.pending_offer(new) is None


def test_a_lease_that_had_run_out_dispatches_when_it_is_renewed(clock, chat, ada) -> None:
    clock.shift(31)
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation) is None
    touch_presence([ada.pk])
    assert make.pending_offer(conversation).agent == ada


def test_value_comes_before_age_and_waiting_wins_in_the_end(clock, queue, chat) -> None:
    plain = make.make_waiting(chat)
    clock.shift(6)
    gold = make.make_waiting(chat, customer=make.make_customer("Gold", value=10))
    clock.shift(4)
    make.make_agent("ada", queues=[queue], capacity=25)
    assert make.pending_offer(gold) is not None and make.pending_offer(plain) is None


def test_who_transfers_it_is_not_asked_at_once(clock, queue, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    transfer(conversation_id=conversation.pk, actor=ada.user, queue=queue)
    assert make.pending_offer(conversation) is None, "it would come straight back"
    clock.shift(121)
    touch_presence([ada.pk])
    assert repair_missed_dispatches() == 0
    assert make.pending_offer(conversation).agent == ada, "the only one who serves it"


def test_a_personal_transfer_waits_for_its_agent_then_for_everybody(clock, queue, chat, ada, ben) -> None:
    carol = make.make_agent("carol", queues=[queue], state=AgentState.BREAK)
    conversation = make.make_active(chat, ada)
    transfer(conversation_id=conversation.pk, actor=ada.user, to_agent_id=carol.pk)
    assert make.pending_offer(conversation) is None
    assert stranded_conversations(make.timezone.now()) == [], "the others have to wait"
    conversation.refresh_from_db()
    assert conversation.owner == carol.user
    clock.shift(59)
    touch_presence([ada.pk, ben.pk, carol.pk])
    repair_missed_dispatches()
    assert make.pending_offer(conversation) is None
    clock.shift(2)
    assert repair_missed_dispatches() == 0
    assert make.pending_offer(conversation).agent == ben


def test_a_personal_transfer_goes_at_once_to_somebody_free_even_from_another_queue(clock, chat, ada) -> None:
    dora = make.make_agent("dora", queues=[make.make_queue("other")])
    conversation = make.make_active(chat, ada)
    transfer(conversation_id=conversation.pk, actor=ada.user, to_agent_id=dora.pk, note="please")
    offer = make.pending_offer(conversation)
    assert (offer.agent, offer.note, offer.sent_by) == (dora, "please", ada.user)


def test_what_the_one_asked_first_declines_is_everybodys(clock, chat, ada, ben) -> None:
    dora = make.make_agent("dora", queues=[make.make_queue("other")])
    conversation = make.make_active(chat, ada)
    transfer(conversation_id=conversation.pk, actor=ada.user, to_agent_id=dora.pk)
    decline_offer(offer_id=make.pending_offer(conversation).pk, agent_id=dora.pk, reason="no")
    assert make.pending_offer(conversation).agent == ben


def test_more_heads_wait_than_are_read_at_once(clock, queue, chat) -> None:
    waiting = [make.make_waiting(chat) for _ in range(9)]
    ada = make.make_agent("ada", queues=[queue], capacity=1000)
    assert all(make.pending_offer(row).agent == ada for row in waiting)


def test_what_a_dispatch_missed_is_found_counted_and_mended(clock, chat, ada) -> None:
    """The process died between the commit and the dispatch that follows it."""
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    conversation = make.make_waiting(chat)
    Agent.objects.filter(pk=ada.pk).update(state=AgentState.AVAILABLE)
    ada.intervals.filter(ended_at=None).update(state=AgentState.AVAILABLE)
    assert [row.is_due for row in find_stranded(make.timezone.now())] == [False]
    assert repair_missed_dispatches() == 1
    assert make.pending_offer(conversation).agent == ada
    assert repair_missed_dispatches() == 0


def test_dispatching_what_does_not_wait_does_nothing(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    assert dispatch_conversation(conversation.pk) is None
    assert dispatch_agent(ada.pk) == 0
    assert QueueEntry.objects.filter(left_at=None).count() == 0
