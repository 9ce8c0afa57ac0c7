"""Agents: declared states, leaving while busy, presence, and what happens to the work of one who is gone."""

from __future__ import annotations

from datetime import time

import pytest

from contactcenter.accounts.models import AuditEntry
from contactcenter.base.errors import Refused
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.states import Channel, ConversationState
from routing.locking import lock_agent
from routing.models import Agent, AgentPresence, AgentStateInterval, AgentStateReason, Calendar, QueueEntry, SweeperDuty
from routing.services.agent_states import write_agent_state
from routing.services.agents import set_agent_state, set_channels, sign_out_agent, touch_presence
from routing.services.handling import close, start_outbound
from routing.services.offers import accept_offer
from routing.services.wrapping import finish_wrap_up
from routing.states import AgentState, AssignmentState
from routing.sweeping import expire_due_offers, extend_leases_after_outage, release_lost_agents
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(agent: Agent) -> tuple[str, str]:
    agent.refresh_from_db()
    return agent.state, agent.next_state


def test_intervals_and_the_audit_tell_the_day(clock, ada) -> None:
    lunch = AgentStateReason.objects.create(name="Lunch")
    clock.shift(100)
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK, reason=lunch)
    clock.shift(50)
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    rows = AgentStateInterval.objects.filter(agent=ada).order_by("started_at")
    told = [(row.state, row.reason, row.ended_at and (row.ended_at - row.started_at).seconds) for row in rows]
    assert told == [("available", None, 100), ("break", lunch, 50), ("available", None, None)]
    changes = AuditEntry.objects.filter(kind="agent.state_changed").order_by("pk").values_list("data", flat=True)
    assert [row["to"] for row in changes] == ["available", "break", "available"]


def test_a_break_may_change_its_reason(clock, ada) -> None:
    lunch, training = (AgentStateReason.objects.create(name=name) for name in ("Lunch", "Training"))
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK, reason=lunch)
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK, reason=training)
    ada.refresh_from_db()
    assert ada.reason == training


def test_nobody_chooses_not_responding(clock, ada) -> None:
    with pytest.raises(Refused):
        set_agent_state(agent_id=ada.pk, to=AgentState.NOT_RESPONDING)


def test_leaving_with_somebody_on_the_line_comes_after_the_wrap_up(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    assert state_of(ada) == (AgentState.AVAILABLE, AgentState.BREAK)
    assert make.pending_offer(make.make_waiting(chat)) is None, "nothing new"
    close(conversation_id=conversation.pk, actor=ada.user)
    assert state_of(ada) == (AgentState.AVAILABLE, AgentState.BREAK)
    finish_wrap_up(assignment_id=ada.assignments.get().pk, agent_id=ada.pk)
    assert state_of(ada) == (AgentState.BREAK, "")


def test_changing_ones_mind(clock, chat, ada) -> None:
    make.make_active(chat, ada)
    set_agent_state(agent_id=ada.pk, to=AgentState.OFFLINE)
    waiting = make.make_waiting(chat)
    assert make.pending_offer(waiting) is None
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    assert state_of(ada) == (AgentState.AVAILABLE, "")
    assert make.pending_offer(waiting).agent == ada


def test_mail_does_not_hold_anybody_back(clock, mail, ada) -> None:
    conversation = make.make_active(mail, ada)
    set_agent_state(agent_id=ada.pk, to=AgentState.OFFLINE)
    assert state_of(ada) == (AgentState.OFFLINE, "")
    conversation.refresh_from_db()
    assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, ada.user)


def test_an_offer_at_hand_is_withdrawn_and_the_state_applies(clock, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation).agent == ada
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    assert state_of(ada) == (AgentState.BREAK, "")
    assert make.pending_offer(conversation).agent == ben


def test_channels_switched_off_and_on(clock, chat, ada) -> None:
    set_channels(agent_id=ada.pk, off=[Channel.CHAT, Channel.VOICE])
    conversation = make.make_waiting(chat)
    assert make.pending_offer(conversation) is None
    set_channels(agent_id=ada.pk, off=[Channel.VOICE])
    assert make.pending_offer(conversation).agent == ada


# -- presence -----------------------------------------------------------------------------------
def test_a_lease_is_only_ever_extended(clock, ada, ben) -> None:
    before = AgentPresence.objects.get(agent=ada).seen_until
    clock.shift(-10)
    touch_presence([ada.pk])
    assert AgentPresence.objects.get(agent=ada).seen_until == before
    clock.shift(20)
    touch_presence([ben.pk, ada.pk, ada.pk])
    assert {row.seen_until for row in AgentPresence.objects.all()} == {make.later(30)}
    touch_presence([])


def test_presence_that_ends_while_an_offer_rings(clock, chat, ada, ben) -> None:
    """The offer runs its time; then somebody who is there is asked."""
    conversation = make.make_waiting(chat)
    clock.shift(31)
    touch_presence([ben.pk])
    assert expire_due_offers() == 1
    assert make.pending_offer(conversation).agent == ben


def test_after_an_outage_leases_count_from_its_end(clock, chat, ada, ben) -> None:
    name = "routing.sweeping.extend_leases_after_outage"
    clock.shift(20)
    touch_presence([ada.pk])
    SweeperDuty.objects.create(name=name, last_run_at=make.timezone.now())
    clock.shift(9)
    assert extend_leases_after_outage() == 0, "a slow round is no outage"
    SweeperDuty.objects.update(last_run_at=make.later(2))
    clock.shift(600)
    assert extend_leases_after_outage() == 1, "Ben's lease had ended before it began"
    assert AgentPresence.objects.get(agent=ada).seen_until == make.later(30)
    assert make.pending_offer(make.make_waiting(chat)).agent == ada
    assert release_lost_agents() == 1
    assert state_of(ada)[0] == AgentState.AVAILABLE and state_of(ben)[0] == AgentState.OFFLINE


# -- gone ---------------------------------------------------------------------------------------
def test_a_lost_agents_chats_go_back_with_their_place_and_mail_stays(clock, chat, mail, ada) -> None:
    chats = [make.make_active(chat, ada) for _ in range(2)]
    letter = make.make_active(mail, ada)
    ringing = make.make_waiting(chat)
    clock.shift(299)
    assert release_lost_agents() == 0
    clock.shift(2)
    assert release_lost_agents() == 1 and release_lost_agents() == 0
    assert state_of(ada)[0] == AgentState.OFFLINE
    for conversation in (*chats, ringing):
        conversation.refresh_from_db()
        assert conversation.state == ConversationState.QUEUED
    assert set(QueueEntry.objects.filter(left_at=None).values_list("waited_before_seconds", flat=True)) == {0.0}
    letter.refresh_from_db()
    assert (letter.state, letter.owner) == (ConversationState.ACTIVE, ada.user)
    assert chats[0].events.filter(kind=EventKind.AGENT_LOST).count() == 1
    assert AuditEntry.objects.filter(kind="agent.lost").count() == 1
    ben = make.make_agent("ben", queues=[chat.entry_points.get().queue])
    assert {make.pending_offer(row).agent for row in (*chats, ringing)} == {ben}


def test_an_agent_who_comes_back_in_time_keeps_everything(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    clock.shift(299)
    touch_presence([ada.pk])
    clock.shift(200)
    assert release_lost_agents() == 0
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.ACTIVE


def test_somebody_available_who_never_had_a_console_is_lost_too(clock, queue) -> None:
    ghost = make.make_agent("ghost", queues=[queue], present=False)
    clock.shift(299)
    assert release_lost_agents() == 0
    clock.shift(2)
    assert release_lost_agents() == 1
    assert state_of(ghost)[0] == AgentState.OFFLINE


def test_what_a_dying_process_did_not_hand_back_is_found(clock, chat, ada, ben) -> None:
    """Offline is committed first; each conversation follows in a transaction of its own."""
    conversation = make.make_active(chat, ada)
    with make.transaction.atomic():
        write_agent_state(lock_agent(ada.pk), AgentState.OFFLINE)
    assert release_lost_agents() == 1
    assert make.pending_offer(conversation).agent == ben
    assert release_lost_agents() == 0


def test_signing_out(clock, queue, chat, mail, ada, ben) -> None:
    talk, letter = make.make_active(chat, ada), make.make_active(mail, ada)
    sign_out_agent(agent_id=ada.pk)
    letter.refresh_from_db()
    assert state_of(ada)[0] == AgentState.OFFLINE
    assert make.pending_offer(talk).agent == ben and letter.owner == ada.user
    queue.releases_at_sign_out = True
    queue.save()
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    sign_out_agent(agent_id=ada.pk)
    assert make.pending_offer(letter).agent == ben
    sign_out_agent(agent_id=ada.pk)


def test_mail_goes_back_after_the_queues_working_hours(clock, queue, mail, ada) -> None:
    office = Calendar.objects.create(name="Office")
    for day in range(5):
        office.intervals.create(weekday=day, opens_at=time(9), closes_at=time(17))
    queue.calendar, queue.release_hours = office, 4
    queue.save()
    conversation = make.make_active(mail, ada)
    clock.shift(6 * 3600)  # 15:00
    sign_out_agent(agent_id=ada.pk)
    clock.shift(19 * 3600)  # 10:00 on Tuesday: three working hours later
    assert release_lost_agents() == 0
    clock.shift(3600)
    assert release_lost_agents() == 1
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.QUEUED
    assert ada.assignments.get().state == AssignmentState.DONE


def test_mail_without_a_calendar_or_with_its_agent_back(clock, queue, mail, ada) -> None:
    queue.release_hours = 1
    queue.save()
    conversation = make.make_active(mail, ada)
    clock.shift(2 * 3600)
    touch_presence([ada.pk])
    assert release_lost_agents() == 0, "their owner is there"
    sign_out_agent(agent_id=ada.pk)
    clock.shift(3600)
    assert release_lost_agents() == 1
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.QUEUED


def test_work_of_no_queue_stays_with_its_owner(clock, mail, queue, ada) -> None:
    lost = make.make_account("lost")
    customer = make.make_customer()
    assignment = start_outbound(customer=customer, account=lost, identity=customer.identities.get(), agent_id=ada.pk)
    sign_out_agent(agent_id=ada.pk)
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.HANDLING


def test_accepting_shows_that_they_are_there(clock, chat, ada) -> None:
    """Two offers at once, one missed twice over: what is accepted still counts."""
    first = make.make_waiting(chat)
    clock.shift(10)
    second = make.make_waiting(chat)
    clock.shift(21)
    touch_presence([ada.pk])
    expire_due_offers()
    accept_offer(offer_id=make.pending_offer(second).pk, agent_id=ada.pk)
    ada.refresh_from_db()
    assert ada.missed_in_row == 0
    assert make.pending_offer(first).agent == ada
