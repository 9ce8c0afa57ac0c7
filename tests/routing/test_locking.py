"""The order of locks is enforced, and belongs to the transaction that took them: nothing is carried over."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from contactcenter.conversations.locking import (
    CONVERSATION_RANK,
    LockOrderError,
    is_locked,
    lock_conversation,
    try_lock_conversation,
)
from contactcenter.conversations.models import Conversation
from routing.locking import agent_is_locked, lock_agent, lock_agents, try_lock_agent
from routing.states import AgentState
from tests import factories as make

REAL = pytest.mark.django_db(transaction=True)
WRAPPED = pytest.mark.django_db


def two_of_each():
    account = make.make_account()
    conversations = [
        Conversation.objects.create(
            brand=account.brand, customer=make.make_customer(), account=account, channel=account.channel
        )
        for _ in range(2)
    ]
    return conversations, [make.make_agent(state=AgentState.OFFLINE) for _ in range(2)]


def in_order(conversations, agents) -> None:
    for conversation in conversations:
        lock_conversation(conversation.pk)
    lock_agents([agent.pk for agent in reversed(agents)])


def out_of_order(conversations, agents) -> None:
    wrong = [(lock_agent, agents[0], lock_conversation, conversations[0])]
    wrong += [
        (lock, rows[1], lock, rows[0]) for lock, rows in ((lock_conversation, conversations), (lock_agent, agents))
    ]
    for first_lock, first, second_lock, second in wrong:
        with transaction.atomic():
            first_lock(first.pk)
            with pytest.raises(LockOrderError):
                second_lock(second.pk)


def lock_and_fail(agent) -> None:
    with transaction.atomic():
        lock_agent(agent.pk)
        raise ZeroDivisionError


def the_rules() -> None:
    conversations, agents = two_of_each()
    for _again in range(2):
        # The same block twice: what the first held is no concern of the second.
        with transaction.atomic():
            in_order(conversations, agents)
            in_order(conversations, agents)
            assert is_locked(CONVERSATION_RANK, conversations[0].pk) and agent_is_locked(agents[1])
        out_of_order(conversations, agents)
    with transaction.atomic():
        assert not is_locked(CONVERSATION_RANK, conversations[0].pk) and not agent_is_locked(agents[1])


@REAL
def test_in_real_transactions() -> None:
    the_rules()


@WRAPPED
def test_inside_the_transaction_of_a_test_case() -> None:
    the_rules()


@REAL
def test_one_decorated_function_called_again_starts_anew() -> None:
    conversations, _agents = two_of_each()

    @transaction.atomic(durable=True)
    def service(pk: int) -> None:
        lock_conversation(pk)

    service(conversations[1].pk)
    service(conversations[0].pk)


@REAL
def test_rolled_back_savepoints_and_transactions_let_go() -> None:
    conversations, agents = two_of_each()
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            lock_and_fail(agents[1])
        assert not agent_is_locked(agents[1])
        lock_conversation(conversations[0].pk)
        with transaction.atomic():
            lock_agent(agents[0].pk)
        assert agent_is_locked(agents[0]), "a savepoint that is released keeps its locks"
    with pytest.raises(ZeroDivisionError):
        lock_and_fail(agents[1])
    with transaction.atomic():
        lock_conversation(conversations[0].pk)


@REAL
def test_a_lock_needs_a_transaction() -> None:
    conversations, agents = two_of_each()
    with pytest.raises(LockOrderError):
        lock_conversation(conversations[0].pk)
    assert not is_locked(CONVERSATION_RANK, conversations[0].pk) and not agent_is_locked(agents[0])


@REAL
def test_dispatchers_never_wait_and_may_try_in_any_order() -> None:
    conversations, agents = two_of_each()
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                lock_conversation(conversations[0].pk)
                lock_agent(agents[1].pk)
                taken.set()
                done.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert taken.wait(60)
        with transaction.atomic():
            assert try_lock_conversation(conversations[0].pk) is None
            assert not is_locked(CONVERSATION_RANK, conversations[0].pk)
            assert try_lock_conversation(conversations[1].pk) is not None
            assert try_lock_agent(agents[1].pk) is None
            assert try_lock_agent(agents[0].pk) is not None
        with transaction.atomic():
            assert try_lock_agent(agents[0].pk) is not None
            with pytest.raises(LockOrderError):
                lock_conversation(conversations[1].pk)
    finally:
        done.set()
        thread.join()
    with transaction.atomic():
        assert try_lock_agent(agents[1].pk) is not None
        assert try_lock_agent(agents[0].pk) is not None, "the ranking, not the key, decides whom it tries"
