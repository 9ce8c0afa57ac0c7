"""Two things at once, many times over: one of them wins, the other is told, and everything still adds up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from contactcenter.accounts.models import Role
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.states import ConversationState, MessageKind
from contactcenter.management.commands.check_invariants import find_violations
from routing.models import Agent, Assignment, Offer
from routing.services.agents import lose_agent, set_agent_state, set_capacity, sign_out_agent, touch_presence
from routing.services.arriving import customer_wrote
from routing.services.consulting import complete_consult, request_consult
from routing.services.dispatching import dispatch_agent, dispatch_conversation
from routing.services.groups import set_agent_skills
from routing.services.handling import close, give, pull, transfer
from routing.services.offers import accept_offer, decline_offer, expire_offer
from routing.services.wrapping import finish_wrap_up
from routing.states import AgentState, AssignmentState, OfferState
from routing.stranded import stranded_conversations
from routing.sweeping import repair_missed_dispatches
from tests import factories as make
from tests.concurrency.together import ROUNDS, together, won

pytestmark = pytest.mark.django_db(transaction=True)


def everything_adds_up() -> None:
    assert find_violations() == []
    if stranded_conversations(now()):
        # Both looks of a dispatcher met a lock: that is what the sweeper is for, and once is enough.
        repair_missed_dispatches()
    assert stranded_conversations(now()) == []


def empty_the_floor() -> None:
    """All that is open is closed, so that the next round begins with free agents."""
    for pk in Conversation.objects.exclude(state=ConversationState.CLOSED).values_list("pk", flat=True):
        close(conversation_id=pk)
    for row in Assignment.objects.filter(state=AssignmentState.WRAP_UP):
        finish_wrap_up(assignment_id=row.pk, agent_id=row.agent_id)
    assert set(Agent.objects.values_list("load", flat=True)) == {0}


def in_rounds(play: Any) -> None:
    for seed in range(ROUNDS):
        play(seed)
        everything_adds_up()
        empty_the_floor()


def test_accept_and_expire(chat, queue) -> None:
    ada = make.make_agent("ada", queues=[queue])

    def play(seed: int) -> None:
        conversation = make.make_waiting(chat)
        offer = make.pending_offer(conversation)
        Offer.objects.filter(pk=offer.pk).update(expires_at=now() + timedelta(milliseconds=seed))
        together(
            lambda: accept_offer(offer_id=offer.pk, agent_id=ada.pk),
            lambda: [expire_offer(offer_id=offer.pk) for _ in range(10)],
            seed=seed,
        )
        offer.refresh_from_db()
        handled = Assignment.objects.filter(conversation=conversation).count()
        assert handled == (1 if offer.state == OfferState.ACCEPTED else 0)
        set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)

    in_rounds(play)


def test_accept_by_double_click(chat, queue) -> None:
    ada = make.make_agent("ada", queues=[queue])

    def play(seed: int) -> None:
        offer = make.pending_offer(make.make_waiting(chat))
        results = together(*[lambda: accept_offer(offer_id=offer.pk, agent_id=ada.pk)] * 3, seed=seed)
        assert len(set(results)) == 1, "one assignment, and every click is told of it"

    in_rounds(play)


def test_accept_and_decline(chat, queue) -> None:
    ada, _ben = (make.make_agent(name, queues=[queue]) for name in ("ada", "ben"))

    def play(seed: int) -> None:
        offer = Offer.objects.get(pk=make.pending_offer(make.make_waiting(chat)).pk)
        accepted, declined = together(
            lambda: accept_offer(offer_id=offer.pk, agent_id=offer.agent_id),
            lambda: decline_offer(offer_id=offer.pk, agent_id=offer.agent_id, reason="busy") or True,
            seed=seed,
        )
        assert isinstance(accepted, Gone) != isinstance(declined, Gone)

    in_rounds(play)
    assert ada.pk


def test_two_dispatchers_of_one_conversation(chat, queue) -> None:
    """Both see it waiting; one offers it."""
    agents = [make.make_agent(queues=[queue]) for _ in range(3)]

    def play(seed: int) -> None:
        for agent in agents:
            set_agent_state(agent_id=agent.pk, to=AgentState.BREAK)
        conversation = make.make_waiting(chat)
        Agent.objects.update(state=AgentState.AVAILABLE)
        results = together(
            *[lambda: dispatch_conversation(conversation.pk)] * 2,
            *[lambda agent=agent: dispatch_agent(agent.pk) for agent in agents],
            seed=seed,
        )
        assert won(results) == 1
        assert Offer.objects.filter(conversation=conversation, state=OfferState.PENDING).count() == 1
        for agent in agents:  # put by hand above, now by the service
            agent.intervals.filter(ended_at=None).update(state=AgentState.AVAILABLE)

    in_rounds(play)


def test_two_dispatchers_of_one_agent(chat, queue) -> None:
    """Room for one, two waiting: never both."""
    small = make.make_agent("small", queues=[queue], capacity=25)

    def play(seed: int) -> None:
        set_agent_state(agent_id=small.pk, to=AgentState.BREAK)
        first, second = make.make_waiting(chat), make.make_waiting(chat)
        together(
            lambda: set_agent_state(agent_id=small.pk, to=AgentState.AVAILABLE),
            lambda: dispatch_conversation(first.pk),
            lambda: dispatch_conversation(second.pk),
            lambda: dispatch_agent(small.pk),
            seed=seed,
        )
        assert Offer.objects.filter(state=OfferState.PENDING).count() <= 1

    in_rounds(play)


def test_pull_and_pull_and_offer(chat, queue) -> None:
    ada, ben, carol = (make.make_agent(name, queues=[queue]) for name in ("ada", "ben", "carol"))

    def play(seed: int) -> None:
        conversation = make.make_waiting(chat)
        offer = make.pending_offer(conversation)
        results = together(
            lambda: pull(conversation_id=conversation.pk, agent_id=ben.pk),
            lambda: pull(conversation_id=conversation.pk, agent_id=carol.pk),
            lambda: accept_offer(offer_id=offer.pk, agent_id=offer.agent_id),
            lambda: dispatch_conversation(conversation.pk),
            seed=seed,
        )
        assert 1 <= won(results[:3]) <= 3
        assert Assignment.objects.filter(conversation=conversation, state=AssignmentState.HANDLING).count() == 1

    in_rounds(play)
    assert ada.pk


def test_presence_and_offer(chat, queue) -> None:
    ada, ben = (make.make_agent(name, queues=[queue]) for name in ("ada", "ben"))

    def play(seed: int) -> None:
        conversation = make.make_waiting(chat)
        offer = make.pending_offer(conversation)
        together(
            lambda: accept_offer(offer_id=offer.pk, agent_id=offer.agent_id),
            lambda: sign_out_agent(agent_id=offer.agent_id),
            lambda: touch_presence([ben.pk, ada.pk]),
            lambda: lose_agent(agent_id=ada.pk),
            seed=seed,
        )
        leaver = Agent.objects.get(pk=offer.agent_id)
        assert leaver.state == AgentState.OFFLINE and leaver.load == 0, (
            "whoever won, the customer is not left with them"
        )
        for agent in (ada, ben):
            set_agent_state(agent_id=agent.pk, to=AgentState.AVAILABLE)

    in_rounds(play)


def test_close_and_transfer(chat, queue) -> None:
    ada, ben = (make.make_agent(name, queues=[queue]) for name in ("ada", "ben"))

    def play(seed: int) -> None:
        conversation = make.make_waiting(chat)
        handler = make.pending_offer(conversation).agent
        accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=handler.pk)
        other = ben if handler == ada else ada
        together(
            lambda: close(conversation_id=conversation.pk),
            lambda: transfer(conversation_id=conversation.pk, actor=handler.user, to_agent_id=other.pk),
            lambda: close(conversation_id=conversation.pk, actor=handler.user),
            seed=seed,
        )
        conversation.refresh_from_db()
        assert conversation.state == ConversationState.CLOSED
        assert make.pending_offer(conversation) is None

    in_rounds(play)


def test_consult_and_hang_up(chat, queue) -> None:
    ada, ben = (make.make_agent(name, queues=[queue]) for name in ("ada", "ben"))

    def play(seed: int) -> None:
        conversation = make.make_waiting(chat)
        handler = make.pending_offer(conversation).agent
        accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=handler.pk)
        other = ben if handler == ada else ada
        offer = request_consult(conversation_id=conversation.pk, actor=handler.user, agent_id=other.pk)

        def join_and_take() -> None:
            accept_offer(offer_id=offer.pk, agent_id=other.pk)
            complete_consult(conversation_id=conversation.pk, actor=handler.user, agent_id=other.pk)

        together(join_and_take, lambda: close(conversation_id=conversation.pk), seed=seed)
        assert not Assignment.objects.filter(conversation=conversation, state=AssignmentState.HANDLING).exists()
        assert not Offer.objects.filter(state=OfferState.PENDING).exists()

    in_rounds(play)


def test_capacity_lowered_while_work_comes(chat, queue) -> None:
    ada = make.make_agent("ada", queues=[queue])

    def play(seed: int) -> None:
        set_capacity(agent_id=ada.pk, capacity=100, actor=ada.user)
        together(
            lambda: set_capacity(agent_id=ada.pk, capacity=25, actor=ada.user),
            *[lambda: make.make_waiting(chat)] * 4,
            seed=seed,
        )
        ada.refresh_from_db()
        assert ada.load <= max(25, ada.load_at_capacity_change)

    in_rounds(play)


def test_interruption_and_the_end_of_what_it_interrupts(mail, phone, queue) -> None:
    ada = make.make_agent("ada", queues=[queue])

    def play(seed: int) -> None:
        letters = [make.make_active(mail, ada) for _ in range(2)]
        together(
            lambda: make.make_waiting(phone),
            lambda: make.make_waiting(phone),
            lambda: close(conversation_id=letters[0].pk, actor=ada.user),
            lambda: transfer(conversation_id=letters[1].pk, actor=ada.user, queue=queue),
            seed=seed,
        )

    in_rounds(play)


def test_the_same_message_twice(chat, queue) -> None:
    make.make_agent("ada", queues=[queue])

    def play(seed: int) -> None:
        conversation = make.make_waiting(chat)

        def post() -> Message:
            with transaction.atomic():
                locked = lock_conversation(conversation.pk)
                message = add_message(locked, MessageKind.IN, "Hello?", client_id=f"device-{seed}")
                customer_wrote(locked)
                return message

        assert len(set(together(post, post, post, seed=seed))) == 1

    in_rounds(play)


def test_skills_taken_away_while_work_is_offered(chat, queue) -> None:
    ada = make.make_agent("ada", queues=[queue], skills={"lv": 3})
    lv = make.make_skill("lv")

    def play(seed: int) -> None:
        results = together(
            lambda: set_agent_skills(ada, {}),
            lambda: make.make_waiting(chat, language="lv"),
            lambda: make.make_waiting(chat, language="lv"),
            seed=seed,
        )
        repair_missed_dispatches()
        assert [make.pending_offer(row) for row in results[1:]] == [None, None]
        set_agent_skills(ada, {lv: 3})
        assert all(make.pending_offer(row) is not None for row in results[1:])

    in_rounds(play)


def test_given_to_two_agents_at_once(chat, queue) -> None:
    ada, ben = (make.make_agent(name, queues=[queue], state=AgentState.BREAK) for name in ("ada", "ben"))
    sue = make.make_user("sue", role=Role.SUPERVISOR)

    def play(seed: int) -> None:
        pk = make.make_waiting(chat).pk
        results = together(
            lambda: give(conversation_id=pk, agent_id=ada.pk, actor=sue),
            lambda: give(conversation_id=pk, agent_id=ben.pk, actor=sue),
            seed=seed,
        )
        assert won(results) == 1

    in_rounds(play)
    connection.close()
