"""Whom the customer knows is asked first: the account manager, else the last agent, and only if they are there."""

from __future__ import annotations

import pytest

from contactcenter.base.errors import Forbidden, Refused
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.services.merging import merge_customers
from routing.models import AccountManager, Agent, Decision
from routing.services.agents import set_agent_state, touch_presence
from routing.services.handling import close, transfer
from routing.services.offers import decline_offer, expire_offer
from routing.services.preferring import set_account_manager
from routing.states import AgentState, TargetReason
from routing.sweeping import repair_missed_dispatches
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def carl(queue):
    return make.make_customer("Carl", brand=queue.brand)


@pytest.fixture
def helped_by_ben(clock, chat, carl, ada, ben):
    """Ben has handled Carl once; both agents are free, and Ada would be asked before Ben."""
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    first = make.make_active(chat, ben, customer=carl)
    close(conversation_id=first.pk, actor=ben.user)
    clock.shift(300)
    touch_presence([ada.pk, ben.pk])
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    for assignment in first.assignments.all():
        assert assignment.agent == ben
    return first


def entry_of(conversation):
    return conversation.entries.order_by("-pk").first()


def test_the_last_agent_is_asked_alone_for_a_while(clock, queue, chat, carl, ada, ben, helped_by_ben) -> None:
    conversation = make.make_waiting(chat, customer=carl)
    entry = entry_of(conversation)
    assert (entry.target_agent, entry.target_reason) == (ben, TargetReason.LAST_AGENT)
    assert (entry.target_until - entry.entered_at).seconds == queue.last_agent_seconds
    assert make.pending_offer(conversation).agent == ben
    assert conversation.owner is None, "asked first is not the owner"
    decline_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ben.pk, reason="")
    assert make.pending_offer(conversation).agent == ada, "then everybody is"


def test_after_their_time_the_others_are_asked(clock, queue, chat, carl, ada, ben, helped_by_ben) -> None:
    conversation = make.make_waiting(chat, customer=carl)
    offer = make.pending_offer(conversation)
    clock.move_to(offer.expires_at)
    touch_presence([ada.pk, ben.pk])
    expire_offer(offer_id=offer.pk)
    repair_missed_dispatches()
    assert make.pending_offer(conversation).agent == ada


@pytest.mark.parametrize("how", ["break", "away", "busy", "off", "no longer a member"])
def test_nobody_waits_for_somebody_who_would_not_take_it(
    clock, queue, chat, carl, ada, ben, helped_by_ben, how
) -> None:
    if how == "break":
        set_agent_state(agent_id=ben.pk, to=AgentState.BREAK)
    elif how == "away":
        ben.presence.delete()
    elif how == "busy":
        Agent.objects.filter(pk=ben.pk).update(capacity=25, load_at_capacity_change=25)
    elif how == "off":
        Agent.objects.filter(pk=ben.pk).update(off_channels=["chat"])
    else:
        ben.groups.all().delete()
    conversation = make.make_waiting(chat, customer=carl)
    entry = entry_of(conversation)
    assert (entry.target_agent, entry.last_agent) == (None, ben)
    assert make.pending_offer(conversation).agent == ada


def test_the_queue_says_for_how_long(clock, queue, chat, carl, ada, ben, helped_by_ben) -> None:
    queue.last_agent_seconds = 0
    queue.save()
    conversation = make.make_waiting(chat, customer=carl)
    assert entry_of(conversation).target_agent is None
    terms = Decision.objects.get(offer=make.pending_offer(conversation)).terms
    assert {row["agent"]: row["terms"].get("last_agent", 0) > 0 for row in terms["candidates"]}[ben.pk], "still counts"
    queue.last_agent_days = 0
    queue.save()
    assert entry_of(make.make_waiting(chat, customer=carl)).last_agent is None
    queue.last_agent_days, queue.last_agent_seconds = 1, 15
    queue.save()
    clock.shift(24 * 3600)
    touch_presence([ada.pk, ben.pk])
    assert entry_of(make.make_waiting(chat, customer=carl)).last_agent is None, "too long ago"


def test_the_account_manager_comes_before_the_last_agent(clock, queue, chat, carl, ada, ben, helped_by_ben) -> None:
    zoe = make.make_agent("zoe", queues=[make.make_queue("gold")])
    AccountManager.objects.create(customer=carl, agent=zoe)
    conversation = make.make_waiting(chat, customer=carl)
    entry = entry_of(conversation)
    assert (entry.target_agent, entry.target_reason) == (zoe, TargetReason.MANAGER)
    assert make.pending_offer(conversation).agent == zoe, "though of another queue"


def test_what_is_passed_on_does_not_come_back_to_who_passed_it(clock, queue, chat, carl, ada, ben) -> None:
    conversation = make.make_active(chat, ada, customer=carl)
    transfer(conversation_id=conversation.pk, actor=ada.user, queue=make.make_queue("second"))
    assert entry_of(conversation).target_agent is None


def test_supervisors_name_the_account_manager(clock, queue, chat, carl, ada) -> None:
    sue = make.make_user("sue", role="supervisor", teams=[queue.team])
    with pytest.raises(Forbidden):
        set_account_manager(customer_id=carl.pk, agent_id=ada.pk, actor=ada.user)
    stranger = make.make_agent("eve", queues=[make.make_queue("far", team=make.make_team(make.make_brand("far")))])
    with pytest.raises(Refused):
        set_account_manager(customer_id=carl.pk, agent_id=stranger.pk, actor=sue)
    conversation = make.make_waiting(chat, customer=carl)
    set_account_manager(customer_id=carl.pk, agent_id=ada.pk, actor=sue, conversation_id=conversation.pk)
    set_account_manager(customer_id=carl.pk, agent_id=ada.pk, actor=sue, conversation_id=conversation.pk)
    set_account_manager(customer_id=carl.pk, agent_id=None, actor=sue, conversation_id=conversation.pk)
    told = conversation.events.filter(kind=EventKind.CUSTOMER_CHANGED).order_by("seq")
    assert [(event.data["before"], event.data["after"]) for event in told] == [("", "Ada"), ("Ada", "")]


def test_a_merged_customers_manager_stays(clock, queue, chat, carl, ada, ben) -> None:
    sue = make.make_user("sue", role="supervisor", teams=[queue.team])
    other = make.make_customer("Karl", brand=queue.brand)
    set_account_manager(customer_id=other.pk, agent_id=ben.pk, actor=sue)
    merge_customers(kept_id=carl.pk, merged_id=other.pk, actor=sue)
    assert make.pending_offer(make.make_waiting(chat, customer=carl)).agent == ben
    set_account_manager(customer_id=carl.pk, agent_id=ada.pk, actor=sue)
    assert make.pending_offer(make.make_waiting(chat, customer=carl)).agent == ada, "their own comes first"
