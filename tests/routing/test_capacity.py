"""The budget: what costs, what interrupts, what is paused and resumed, and what changes of capacity do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contactcenter.accounts.models import Role
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.states import SnoozeReason
from routing.models import Assignment, ChannelProfile
from routing.profiles import PROFILE_SECONDS, forget_profiles
from routing.services.agents import set_capacity
from routing.services.arriving import customer_wrote
from routing.services.dispatching import dispatch_conversation
from routing.services.handling import close, give, pull, snooze, transfer
from routing.services.offers import accept_offer, decline_offer
from routing.services.wrapping import finish_wrap_up
from routing.states import AssignmentState
from routing.sweeping import expire_due_offers
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def load_of(agent) -> int:
    agent.refresh_from_db()
    return agent.load


def paused(agent) -> list[int]:
    rows = Assignment.objects.filter(agent=agent, paused_at__isnull=False)
    return sorted(rows.values_list("conversation_id", flat=True))


def test_four_chats_fill_an_agent(clock, chat, ada) -> None:
    for _ in range(4):
        make.make_active(chat, ada)
    fifth = make.make_waiting(chat)
    assert make.pending_offer(fifth) is None
    assert load_of(ada) == 100


@pytest.fixture
def fresh_profiles() -> Iterator[None]:
    forget_profiles()
    yield
    forget_profiles()


def test_a_changed_cost_counts_within_seconds(clock, chat, ada, fresh_profiles: None) -> None:
    assert make.pending_offer(make.make_waiting(chat)).cost == 25
    ChannelProfile.objects.filter(channel="chat").update(cost=50)
    clock.shift(PROFILE_SECONDS)
    assert make.pending_offer(make.make_waiting(chat)).cost == 50
    assert load_of(ada) == 75


def test_wrap_up_costs_until_it_is_done(clock, phone, ada) -> None:
    call = make.make_active(phone, ada)
    close(conversation_id=call.pk)
    assert load_of(ada) == 100
    second = make.make_waiting(phone)
    assert make.pending_offer(second) is None
    finish_wrap_up(assignment_id=ada.assignments.get().pk, agent_id=ada.pk)
    assert make.pending_offer(second).agent == ada


def test_a_call_pauses_mail_for_as_long_as_it_takes(clock, mail, phone, ada) -> None:
    first, second = make.make_active(mail, ada), make.make_active(mail, ada)
    call = make.make_waiting(phone)
    assert paused(ada) == [first.pk, second.pk] and load_of(ada) == 100
    accept_offer(offer_id=make.pending_offer(call).pk, agent_id=ada.pk)
    clock.shift(100)
    close(conversation_id=call.pk)
    assert paused(ada) == [first.pk, second.pk], "wrap-up is still the call's"
    finish_wrap_up(assignment_id=ada.assignments.get(conversation=call).pk, agent_id=ada.pk)
    assert paused(ada) == [] and load_of(ada) == 68
    assert {row.paused_seconds for row in ada.assignments.filter(channel="email")} == {100.0}
    kinds = list(first.events.order_by("seq").values_list("kind", flat=True))
    assert kinds[-2:] == [EventKind.ASSIGNMENT_PAUSED, EventKind.ASSIGNMENT_RESUMED]


@pytest.mark.parametrize("ending", ["declined", "missed", "hung up"])
def test_a_call_that_is_not_taken_gives_the_mail_back(clock, mail, phone, ada, ending: str) -> None:
    make.make_active(mail, ada)
    call = make.make_waiting(phone)
    assert len(paused(ada)) == 1
    clock.shift(20)
    if ending == "declined":
        decline_offer(offer_id=make.pending_offer(call).pk, agent_id=ada.pk, reason="no")
    elif ending == "missed":
        assert expire_due_offers() == 1
    else:
        close(conversation_id=call.pk)
    assert load_of(ada) in {34, 100}, "with the call offered again it is paused again"
    row = ada.assignments.get(channel="email")
    assert row.paused_seconds + (0 if row.paused_at is None else 20) >= 20


def test_no_more_is_paused_than_needed_and_the_newest_first(clock, mail, chat, ada) -> None:
    old = make.make_active(mail, ada)
    clock.shift(1)
    new = make.make_active(mail, ada)
    clock.shift(1)
    make.make_active(chat, ada)
    assert paused(ada) == [] and load_of(ada) == 93
    make.make_active(chat, ada)
    assert paused(ada) == [new.pk] and load_of(ada) == 84
    assert old.pk not in paused(ada)


def test_calls_are_not_interrupted(clock, phone, chat, mail, ada) -> None:
    make.make_active(phone, ada)
    for account in (chat, mail, phone):
        assert make.pending_offer(make.make_waiting(account)) is None


def test_resumed_oldest_first_before_new_work(clock, mail, phone, ada) -> None:
    old = make.make_active(mail, ada)
    clock.shift(1)
    new = make.make_active(mail, ada)
    call = make.make_active(phone, ada)
    waiting = make.make_waiting(mail)
    set_capacity(agent_id=ada.pk, capacity=50, actor=ada.user)
    close(conversation_id=call.pk)
    finish_wrap_up(assignment_id=ada.assignments.get(conversation=call).pk, agent_id=ada.pk)
    assert paused(ada) == [new.pk] and load_of(ada) == 34
    close(conversation_id=old.pk, actor=ada.user)
    assert paused(ada) == [] and load_of(ada) == 34
    assert make.pending_offer(waiting) is None


def test_paused_work_that_ends_is_counted_and_never_resumed(clock, mail, phone, ada) -> None:
    conversation = make.make_active(mail, ada)
    make.make_active(phone, ada)
    clock.shift(50)
    close(conversation_id=conversation.pk, actor=ada.user)
    row = ada.assignments.get(conversation=conversation)
    assert (row.state, row.paused_at, row.paused_seconds) == (AssignmentState.DONE, None, 50.0)


def test_paused_work_with_wrap_up_stays_paused_in_it(clock, queue, mail, phone, ada) -> None:
    queue.wrap_up_seconds = 30
    queue.save()
    conversation = make.make_active(mail, ada)
    make.make_active(phone, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    row = ada.assignments.get(conversation=conversation)
    assert row.state == AssignmentState.WRAP_UP and row.paused_at is not None and load_of(ada) == 100
    clock.shift(7)
    finish_wrap_up(assignment_id=row.pk, agent_id=ada.pk)
    row.refresh_from_db()
    assert (row.paused_at, row.paused_seconds) == (None, 7.0)


def test_the_customer_writes_again_while_the_wrap_up_is_paused(clock, queue, mail, phone, ada) -> None:
    queue.wrap_up_seconds = 300
    queue.save()
    conversation = make.make_active(mail, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    pull(conversation_id=make.make_waiting(phone).pk, agent_id=ada.pk)
    with make.transaction.atomic():
        customer_wrote(lock_conversation(conversation.pk))
    row = ada.assignments.get(conversation=conversation)
    assert row.state == AssignmentState.HANDLING and load_of(ada) == 34


def test_what_a_person_gives_beyond_capacity_is_free(clock, chat, phone, ada) -> None:
    make.make_active(phone, ada)
    supervisor = make.make_user("sue", role=Role.SUPERVISOR)
    given = give(conversation_id=make.make_waiting(chat).pk, agent_id=ada.pk, actor=supervisor)
    pulled = pull(conversation_id=make.make_waiting(chat).pk, agent_id=ada.pk)
    for assignment in (given, pulled):
        assert (assignment.over_capacity, assignment.cost) == (True, 0)
    assert load_of(ada) == 100


def test_lowering_capacity_keeps_what_is_there_and_adds_nothing(clock, chat, ada) -> None:
    chats = [make.make_active(chat, ada) for _ in range(3)]
    supervisor = make.make_user("sue", role=Role.SUPERVISOR)
    set_capacity(agent_id=ada.pk, capacity=50, actor=supervisor)
    fourth = make.make_waiting(chat)
    assert make.pending_offer(fourth) is None and load_of(ada) == 75
    snooze(conversation_id=chats[0].pk, actor=ada.user, reason=SnoozeReason.CUSTOMER)
    assert make.pending_offer(fourth) is None and load_of(ada) == 50
    snooze(conversation_id=chats[1].pk, actor=ada.user, reason=SnoozeReason.CUSTOMER)
    assert make.pending_offer(fourth).agent == ada


def test_raising_capacity_resumes_before_it_brings_new_work(clock, mail, phone, ada) -> None:
    make.make_active(mail, ada)
    make.make_active(phone, ada)
    waiting = make.make_waiting(mail)
    set_capacity(agent_id=ada.pk, capacity=150, actor=ada.user)
    assert paused(ada) == [] and load_of(ada) == 134
    assert make.pending_offer(waiting) is None


def test_taking_it_again_ends_the_wrap_up_and_frees_its_room(clock, queue, chat, ada) -> None:
    """Full with three chats and the wrap-up of a fourth, which comes back to them: one place is free again."""
    fourth = make.make_active(chat, ada)
    transfer(conversation_id=fourth.pk, actor=ada.user, queue=queue)
    for _ in range(3):
        make.make_active(chat, ada)
    waiting = make.make_waiting(chat)
    assert make.pending_offer(waiting) is None and load_of(ada) == 100
    pull(conversation_id=fourth.pk, agent_id=ada.pk)
    again = ada.assignments.get(conversation=fourth, state=AssignmentState.HANDLING)
    assert again.cost == 25 and load_of(ada) == 100
    assert ada.assignments.filter(state=AssignmentState.WRAP_UP).count() == 0


def test_accepting_it_again_frees_the_wrap_up_for_what_waits(clock, queue, phone, chat, ada) -> None:
    queue.wrap_up_seconds = 300
    queue.save()
    first = make.make_active(chat, ada)
    transfer(conversation_id=first.pk, actor=ada.user, queue=queue)
    clock.shift(121)
    make.touch_presence([ada.pk])
    make.make_active(chat, ada)
    dispatch_conversation(first.pk)
    make.make_active(chat, ada)
    assert load_of(ada) == 100, "two chats, a wrap-up, and its conversation offered again"
    waiting = make.make_waiting(chat)
    assert make.pending_offer(waiting) is None
    accept_offer(offer_id=make.pending_offer(first).pk, agent_id=ada.pk)
    assert make.pending_offer(waiting).agent == ada
    kinds = set(first.events.values_list("kind", flat=True))
    assert EventKind.WRAP_UP_ENDED in kinds
