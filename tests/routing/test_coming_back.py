"""Wrap-up, snooze, wake and reopen: when the customer writes again, to whom it goes, and at what place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from contactcenter.accounts.models import Role
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.states import Channel, ConversationState, InvalidTransition, SnoozeReason
from routing.models import Disposition, QueueEntry
from routing.selectors import waited_seconds
from routing.services.agents import set_agent_state, set_channels, sign_out_agent, touch_presence
from routing.services.arriving import NoEntryPoint, can_reopen, customer_wrote
from routing.services.handling import close, snooze, transfer
from routing.services.offers import accept_offer
from routing.services.wrapping import extend_wrap_up, finish_wrap_up
from routing.states import AgentState, AssignmentState
from routing.sweeping import end_due_wrap_ups, repair_missed_dispatches, wake_due_conversations
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def write(conversation) -> None:
    """The customer writes again."""
    with transaction.atomic():
        customer_wrote(lock_conversation(conversation.pk))
    conversation.refresh_from_db()


def sleep(conversation, actor, **fields) -> None:
    snooze(conversation_id=conversation.pk, actor=actor, **{"reason": SnoozeReason.CUSTOMER, **fields})


# -- wrap-up ------------------------------------------------------------------------------------
def test_finishing_keeps_what_the_agent_noted(clock, chat, ada, ben) -> None:
    close(conversation_id=make.make_active(chat, ada).pk)
    row = ada.assignments.get()
    with pytest.raises(Gone):
        finish_wrap_up(assignment_id=row.pk, agent_id=ben.pk)
    clock.shift(30)
    solved = Disposition.objects.create(name="Solved")
    done = finish_wrap_up(assignment_id=row.pk, agent_id=ada.pk, disposition=solved, note="Sent\0 a label")
    assert (done.state, done.disposition, done.wrap_up_note) == (AssignmentState.DONE, solved, "Sent a label")
    assert (done.ended_at - done.handled_until).seconds == 30
    with pytest.raises(Gone):
        finish_wrap_up(assignment_id=row.pk, agent_id=ada.pk)


def test_it_ends_by_itself_and_may_be_extended_up_to_a_quarter_of_an_hour(clock, chat, ada) -> None:
    close(conversation_id=make.make_active(chat, ada).pk)
    row = ada.assignments.get()
    assert extend_wrap_up(
        assignment_id=row.pk, agent_id=ada.pk, seconds=100
    ).wrap_up_until == row.wrap_up_until + timedelta(seconds=100)
    longest = extend_wrap_up(assignment_id=row.pk, agent_id=ada.pk, seconds=5000)
    assert longest.wrap_up_until == row.handled_until + timedelta(minutes=15)
    clock.shift(899)
    assert end_due_wrap_ups() == 0
    clock.shift(1)
    assert end_due_wrap_ups() == 1 and end_due_wrap_ups() == 0
    ada.refresh_from_db()
    assert ada.load == 0
    with pytest.raises(Gone):
        extend_wrap_up(assignment_id=row.pk, agent_id=ada.pk, seconds=1)


def test_a_queues_own_wrap_up_wins_and_zero_means_none(clock, chat, queue, ada) -> None:
    queue.wrap_up_seconds = 0
    queue.save()
    close(conversation_id=make.make_active(chat, ada).pk)
    assert ada.assignments.get().state == AssignmentState.DONE


def test_the_customer_writes_in_the_wrap_up(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    clock.shift(40)
    write(conversation)
    row = ada.assignments.get()
    assert (conversation.state, conversation.owner, conversation.reopened_count) == ("active", ada.user, 1)
    assert (row.state, row.wrap_up_until, row.handled_until) == (AssignmentState.HANDLING, None, None)
    clock.shift(10)
    close(conversation_id=conversation.pk, actor=ada.user)
    row.refresh_from_db()
    assert row.state == AssignmentState.WRAP_UP and (row.wrap_up_until - row.handled_until).seconds == 60


def test_it_is_not_resumed_by_somebody_who_has_gone(clock, chat, ada, ben) -> None:
    conversation = make.make_active(chat, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    sign_out_agent(agent_id=ada.pk)
    write(conversation)
    assert conversation.state == ConversationState.QUEUED and conversation.owner == ada.user, "asked first"
    clock.shift(61)
    assert ada.assignments.get().state == AssignmentState.WRAP_UP


def test_nor_by_somebody_who_had_handed_it_over(clock, queue, chat, ada, ben) -> None:
    conversation = make.make_active(chat, ada)
    transfer(conversation_id=conversation.pk, actor=ada.user, queue=queue)
    close(conversation_id=conversation.pk)
    write(conversation)
    assert make.pending_offer(conversation) is not None, "everybody is asked, Ada as the last agent too"
    assert ada.assignments.get().state == AssignmentState.WRAP_UP


# -- reopening ----------------------------------------------------------------------------------
def test_the_window_of_the_account(clock, mail, chat, ada) -> None:
    letter, talk = make.make_active(mail, ada), make.make_active(chat, ada)
    for conversation in (letter, talk):
        close(conversation_id=conversation.pk, actor=ada.user)
        conversation.refresh_from_db()
    assert can_reopen(letter, make.later(168 * 3600 - 1)) and not can_reopen(letter, make.later(168 * 3600))
    assert can_reopen(talk, make.later(3600)), "its wrap-up still runs"
    clock.shift(60)
    end_due_wrap_ups()
    assert not can_reopen(talk, make.timezone.now())
    with pytest.raises(InvalidTransition):
        write(talk)
    talk.refresh_from_db()
    assert (talk.state, talk.reopened_count) == (ConversationState.CLOSED, 0)
    assert not can_reopen(make.make_waiting(mail), make.timezone.now())


def test_reopened_work_goes_to_its_owner_if_they_are_there_with_room(clock, mail, ada, ben) -> None:
    conversation = make.make_active(mail, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    clock.shift(3600)
    touch_presence([ada.pk, ben.pk])
    write(conversation)
    assert (conversation.state, conversation.owner, conversation.reopened_count) == ("active", ada.user, 1)
    assert sorted(ada.assignments.values_list("state", flat=True)) == ["done", "handling"]


@pytest.mark.parametrize("why", ["away", "break", "full", "channel off", "next state"])
def test_else_the_owner_is_asked_first_then_the_others(clock, mail, ada, ben, why: str) -> None:
    conversation = make.make_active(mail, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    clock.shift(3600)
    touch_presence([ben.pk] if why == "away" else [ada.pk, ben.pk])
    if why == "break":
        set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    elif why == "full":
        ada.capacity = 10
        ada.save()
    elif why == "channel off":
        set_channels(agent_id=ada.pk, off=[Channel.EMAIL])
    elif why == "next state":
        ada.next_state = AgentState.BREAK
        ada.save()
    write(conversation)
    assert conversation.state == ConversationState.QUEUED and make.pending_offer(conversation) is None
    clock.shift(61)
    touch_presence([ben.pk] if why == "away" else [ada.pk, ben.pk])
    assert repair_missed_dispatches() == 0
    assert make.pending_offer(conversation).agent == ben


def test_a_reopened_conversation_waits_from_the_message_that_reopened_it(clock, mail, ada, ben) -> None:
    conversation = make.make_waiting(mail)
    clock.shift(25)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    close(conversation_id=conversation.pk, actor=ada.user)
    clock.shift(3600)
    touch_presence([ada.pk, ben.pk])
    write(conversation)
    assert waited_seconds(conversation, make.timezone.now()) == 0
    transfer(conversation_id=conversation.pk, actor=ada.user, to_agent_id=ben.pk)
    entry = QueueEntry.objects.get(left_at=None)
    assert entry.waited_before_seconds == 0, "the owner had it back at once: nothing waited since"
    clock.shift(9)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ben.pk)
    assert waited_seconds(conversation, make.timezone.now()) == pytest.approx(9)


# -- snooze -------------------------------------------------------------------------------------
def test_snoozed_work_has_an_owner_and_no_load(clock, mail, ada) -> None:
    conversation = make.make_active(mail, ada)
    sleep(conversation, ada.user)
    conversation.refresh_from_db()
    ada.refresh_from_db()
    assert (conversation.state, conversation.owner, conversation.snooze_reason) == ("snoozed", ada.user, "customer")
    assert ada.load == 0 and ada.assignments.get().state == AssignmentState.DONE


def test_snooze_refusals(clock, mail, ada, ben) -> None:
    conversation = make.make_active(mail, ada)
    for fields in (
        {"reason": SnoozeReason.UNTIL},
        {"reason": SnoozeReason.ATTEMPT, "until": make.later(0)},
        {"reason": SnoozeReason.CUSTOMER, "until": make.later(-1)},
    ):
        with pytest.raises(Refused):
            sleep(conversation, ada.user, **fields)
    with pytest.raises(Forbidden):
        sleep(conversation, ben.user)
    close(conversation_id=conversation.pk, actor=ada.user)
    with pytest.raises(Gone):
        sleep(conversation, ada.user)


def test_the_time_wakes_it_once(clock, mail, ada) -> None:
    conversation = make.make_active(mail, ada)
    sleep(conversation, ada.user, reason=SnoozeReason.UNTIL, until=make.later(600))
    clock.shift(599)
    assert wake_due_conversations() == 0
    clock.shift(1)
    touch_presence([ada.pk])
    assert wake_due_conversations() == 1 and wake_due_conversations() == 0
    conversation.refresh_from_db()
    assert (conversation.state, conversation.owner, conversation.snoozed_until) == ("active", ada.user, None)


def test_the_customer_wakes_it_and_the_place_is_kept(clock, mail, ada, ben) -> None:
    conversation = make.make_waiting(mail)
    clock.shift(20)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    sleep(conversation, ada.user)
    clock.shift(3600)
    write(conversation)
    entry = QueueEntry.objects.get(left_at=None)
    assert (entry.target_agent, entry.waited_before_seconds) == (ada, 20)
    kinds = list(conversation.events.order_by("seq").values_list("kind", flat=True))
    assert kinds[-2:] == [EventKind.CONVERSATION_WOKEN, EventKind.CONVERSATION_QUEUED]


def test_a_supervisor_puts_waiting_work_aside(clock, mail) -> None:
    conversation = make.make_waiting(mail)
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    sleep(conversation, sue, reason=SnoozeReason.UNTIL, until=make.later(60))
    assert QueueEntry.objects.get().reason == "snoozed"
    clock.shift(60)
    assert wake_due_conversations() == 1
    assert QueueEntry.objects.filter(left_at=None).count() == 1


def test_without_a_queue_it_stays_with_its_owner_or_says_so(clock, chat, mail, queue, ada) -> None:
    lost = make.make_account("lost")
    with pytest.raises(NoEntryPoint):
        make.make_waiting(lost)
    conversation = make.make_active(mail, ada)
    sleep(conversation, ada.user)
    queue.is_active = False
    queue.save()
    set_agent_state(agent_id=ada.pk, to=AgentState.BREAK)
    write(conversation)
    assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, ada.user)


def test_nothing_is_written_when_there_is_neither_owner_nor_queue(clock, mail, queue, ada) -> None:
    conversation = make.make_active(mail, ada)
    sleep(conversation, ada.user)
    queue.is_active = False
    queue.save()
    ada.user.is_active = False
    ada.user.save()
    before = conversation.events.count()
    with transaction.atomic():
        locked = lock_conversation(conversation.pk)
        with pytest.raises(NoEntryPoint):
            customer_wrote(locked)
    assert conversation.events.count() == before


def test_writing_while_it_waits_or_is_handled_changes_nothing(clock, chat, queue, ada) -> None:
    active, waiting = make.make_active(chat, ada), make.make_waiting(chat)
    for conversation in (active, waiting):
        state = conversation.state
        write(conversation)
        assert conversation.state == state
    assert QueueEntry.objects.filter(left_at=None).count() == 1
