"""Nothing may wait unseen: missed again and again, offered to nobody, or served by nobody who is signed in."""

from __future__ import annotations

from datetime import time

import pytest

from contactcenter.conversations.events import EventKind
from routing.models import Agent, Calendar, CalendarInterval, WaitAlert
from routing.services.agents import set_agent_state, touch_presence
from routing.services.offers import accept_offer, expire_offer
from routing.states import AgentState
from routing.watching import watch_waiting
from tests import factories as make
from tests.routing.conftest import START

pytestmark = pytest.mark.django_db(transaction=True)


def open_alerts(conversation) -> list[str]:
    rows = WaitAlert.objects.filter(entry__conversation=conversation, ended_at=None)
    return sorted(rows.values_list("reason", flat=True))


def miss(clock, conversation) -> Agent:
    offer = make.pending_offer(conversation)
    clock.move_to(offer.expires_at)
    touch_presence(list(Agent.objects.values_list("pk", flat=True)))
    expire_offer(offer_id=offer.pk)
    return offer.agent


def test_the_queue_says_how_many_may_be_missed_in_a_row(clock, queue, chat, ada) -> None:
    queue.misses_allowed = 3
    queue.save()
    conversation = make.make_waiting(chat)
    states = []
    for _ in range(3):
        miss(clock, conversation)
        ada.refresh_from_db()
        states.append(ada.state)
    assert states == [AgentState.AVAILABLE, AgentState.AVAILABLE, AgentState.NOT_RESPONDING]


def test_missed_too_often_is_told_once_and_ends_when_taken(clock, queue, chat, ada, ben) -> None:
    queue.misses_allowed, queue.alert_offers = 5, 2
    queue.save()
    conversation = make.make_waiting(chat)
    place = conversation.entries.get().rank_key
    miss(clock, conversation)
    assert open_alerts(conversation) == []
    miss(clock, conversation)
    miss(clock, conversation)
    assert open_alerts(conversation) == ["missed"] and conversation.entries.get().rank_key == place
    told = conversation.events.filter(kind=EventKind.WAIT_ALERTED)
    assert [event.data["reason"] for event in told] == ["missed"]
    offer = make.pending_offer(conversation)
    accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
    watch_waiting()
    assert open_alerts(conversation) == []


def test_waiting_without_an_offer_is_told_after_twice_the_target(clock, queue, chat, ada) -> None:
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    conversation = make.make_waiting(chat)
    clock.shift(2 * queue.target_seconds - 1)
    touch_presence([ada.pk])
    assert watch_waiting() == 0
    clock.shift(1)
    assert watch_waiting() == 1 and open_alerts(conversation) == ["unseen"]
    assert watch_waiting() == 0, "once"
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    watch_waiting()
    assert make.pending_offer(conversation) is not None and open_alerts(conversation) == []
    miss(clock, conversation)
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    queue.alert_seconds = 30
    queue.save()
    clock.shift(29)
    touch_presence([ada.pk])
    assert watch_waiting() == 0, "counted from the last offer"
    clock.shift(1)
    assert watch_waiting() == 1


def test_nobody_suitable_signed_in_is_told_at_once_and_ends_when_somebody_is(clock, queue, chat) -> None:
    conversation = make.make_waiting(chat)
    assert watch_waiting() == 1 and open_alerts(conversation) == ["unstaffed"]
    make.make_agent("zoe", queues=[queue], state=AgentState.BREAK)
    watch_waiting()
    assert open_alerts(conversation) == []


def test_only_opening_hours_count(clock, queue, mail, ada) -> None:
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    calendar = Calendar.objects.create(name="Office", time_zone="UTC")
    for weekday in range(5):
        CalendarInterval.objects.create(calendar=calendar, weekday=weekday, opens_at=time(10), closes_at=time(18))
    queue.calendar, queue.alert_seconds = calendar, 3600
    queue.save()
    conversation = make.make_waiting(mail)
    assert watch_waiting() == 0, "closed: nobody is to come"
    for hour, minute, told in ((10, 59, 0), (11, 0, 1)):
        clock.move_to(START.replace(hour=hour, minute=minute))
        touch_presence([ada.pk])
        assert watch_waiting() == told
    assert open_alerts(conversation) == ["unseen"]
