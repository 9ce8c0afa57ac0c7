"""A busy floor at random: agents and customers do whatever is legal, all at once; then everything still adds up."""

from __future__ import annotations

import contextlib
import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from contactcenter.accounts.models import Role, User
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import ChannelAccount, Conversation
from contactcenter.conversations.services.messages import add_message, add_note
from contactcenter.conversations.states import ConversationState, MessageKind, SnoozeReason
from contactcenter.management.commands.check_invariants import find_violations
from routing.models import Agent, Assignment, Offer, Queue
from routing.services.agents import arrive, set_agent_state, set_capacity, sign_out_agent
from routing.services.arriving import can_reopen, customer_wrote
from routing.services.consulting import cancel_consult, complete_consult, end_consult, request_consult
from routing.services.handling import close, give, pull, snooze, transfer
from routing.services.offers import accept_offer, decline_offer
from routing.services.queueing import abandon
from routing.services.replies import send_reply
from routing.services.wrapping import finish_wrap_up
from routing.states import AgentState, AssignmentState, OfferState
from routing.stranded import stranded_conversations
from routing.sweeping import (
    end_due_wrap_ups,
    expire_due_offers,
    release_lost_agents,
    repair_missed_dispatches,
    wake_due_conversations,
)
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, STEPS = 5, 50
STATES = [AgentState.AVAILABLE] * 5 + [AgentState.BREAK, AgentState.OFFLINE]


class Somebody:
    """One thread's worth of people: at each step somebody does something that their screen would offer them."""

    def __init__(self, seed: str, floor: Floor) -> None:
        self.rng = random.Random(seed)
        self.floor = floor
        self.acts = [
            *[self.write_first] * 3,
            *[self.write_again] * 3,
            *[self.answer_offer] * 8,
            *[self.work] * 8,
            *[self.wrap_up] * 3,
            self.pull,
            self.give,
            self.change_state,
            self.change_capacity,
            self.leave_and_return,
            self.hang_up,
            self.sweep,
        ]

    def one(self, rows: Any) -> Any:
        return rows.order_by("?").first()

    def step(self) -> None:
        self.rng.choice(self.acts)()

    def write_first(self) -> None:
        make.make_waiting(self.rng.choice(self.floor.accounts))

    def write_again(self) -> None:
        row = self.one(Conversation.objects.all())
        if row is None:
            return
        with transaction.atomic():
            conversation = lock_conversation(row.pk)
            if conversation.state != ConversationState.CLOSED or can_reopen(conversation, now()):
                add_message(conversation, MessageKind.IN, "And?")
                customer_wrote(conversation)

    def answer_offer(self) -> None:
        offer = self.one(Offer.objects.filter(state=OfferState.PENDING))
        if offer is None:
            return
        if self.rng.random() < 0.75:
            accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
        else:
            decline_offer(offer_id=offer.pk, agent_id=offer.agent_id, reason="busy")

    def work(self) -> None:
        row = self.one(Assignment.objects.filter(state=AssignmentState.HANDLING).select_related("agent__user"))
        if row is None:
            return
        keys: dict[str, Any] = {"conversation_id": row.conversation_id, "actor": row.agent.user}
        colleague = self.one(Agent.objects.exclude(pk=row.agent_id))
        acts = [
            lambda: close(**keys),
            lambda: close(**keys),
            lambda: transfer(**keys, queue=self.rng.choice(self.floor.queues)),
            lambda: transfer(**keys, to_agent_id=colleague.pk),
            lambda: snooze(**keys, reason=SnoozeReason.UNTIL, until=now() + timedelta(milliseconds=50)),
            lambda: snooze(**keys, reason=SnoozeReason.CUSTOMER),
            lambda: request_consult(**keys, agent_id=colleague.pk),
            lambda: complete_consult(**keys, agent_id=colleague.pk),
            lambda: end_consult(**keys, agent_id=colleague.pk),
            lambda: cancel_consult(**keys),
            lambda: add_note(conversation_id=row.conversation_id, author=row.agent.user, text="hm"),
            lambda: send_reply(
                conversation_id=row.conversation_id,
                author=row.agent.user,
                text="Yes",
                client_id=str(self.rng.random()),
            ),
        ]
        self.rng.choice(acts)()

    def wrap_up(self) -> None:
        row = self.one(Assignment.objects.filter(state=AssignmentState.WRAP_UP))
        if row is not None:
            finish_wrap_up(assignment_id=row.pk, agent_id=row.agent_id)

    def pull(self) -> None:
        row = self.one(Conversation.objects.filter(state__in=["queued", "offered", "snoozed"]))
        if row is not None:
            pull(conversation_id=row.pk, agent_id=self.rng.choice(self.floor.agents).pk)

    def give(self) -> None:
        row = self.one(Conversation.objects.filter(state__in=["queued", "offered", "snoozed"]))
        if row is not None:
            give(conversation_id=row.pk, agent_id=self.rng.choice(self.floor.agents).pk, actor=self.floor.supervisor)

    def change_state(self) -> None:
        set_agent_state(agent_id=self.rng.choice(self.floor.agents).pk, to=self.rng.choice(STATES))

    def change_capacity(self) -> None:
        agent = self.rng.choice(self.floor.agents)
        set_capacity(agent_id=agent.pk, capacity=self.rng.choice([25, 50, 100, 150]), actor=self.floor.supervisor)

    def leave_and_return(self) -> None:
        agent = self.rng.choice(self.floor.agents)
        sign_out_agent(agent_id=agent.pk)
        arrive(agent_id=agent.pk)
        set_agent_state(agent_id=agent.pk, to=AgentState.AVAILABLE)

    def hang_up(self) -> None:
        row = self.one(Conversation.objects.exclude(state="closed"))
        if row is not None:
            self.rng.choice([close, abandon])(conversation_id=row.pk)

    def sweep(self) -> None:
        Offer.objects.filter(state=OfferState.PENDING, pk=self.rng.randrange(10_000)).update(expires_at=now())
        for duty in (expire_due_offers, end_due_wrap_ups, wake_due_conversations, release_lost_agents):
            duty()


class Floor:
    def __init__(self) -> None:
        self.queues: list[Queue] = [make.make_queue(), make.make_queue("billing", offer_seconds=1, wrap_up_seconds=1)]
        self.accounts: list[ChannelAccount] = [
            make.make_account("shop", queue=self.queues[0]),
            make.make_account("desk", queue=self.queues[1], reopen_hours=1),
            make.make_account("mail", queue=self.queues[0], kind="webchat", channel="email", reopen_hours=1),
            make.make_account("line", queue=self.queues[1], kind="webchat", channel="voice"),
        ]
        # Some serve both queues, some one.
        self.agents: list[Agent] = [make.make_agent(queues=self.queues[: 1 + number % 2]) for number in range(6)]
        self.supervisor: User = make.make_user("sue", role=Role.SUPERVISOR)


def run_everybody(floor: Floor, seed: int) -> list[BaseException]:
    failures: list[BaseException] = []

    def run(name: str) -> None:
        somebody = Somebody(name, floor)
        try:
            for _ in range(STEPS):
                with contextlib.suppress(Refused):  # somebody was quicker
                    somebody.step()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(f"{seed}/{number}",)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a thread hangs"
    return failures


@pytest.mark.parametrize("seed", [1, *[pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 8)]])
def test_a_busy_floor(seed: int) -> None:
    floor = Floor()
    failures = run_everybody(floor, seed)
    if failures:
        raise failures[0]
    assert find_violations() == []
    repair_missed_dispatches()
    assert stranded_conversations(now()) == []
    drain()


def drain() -> None:
    """Everybody works off what is left; nobody waits beside a free agent at any point, and nothing is lost."""
    for agent in Agent.objects.all():
        set_agent_state(agent_id=agent.pk, to=AgentState.AVAILABLE)
    for _round in range(300):
        for row in Conversation.objects.filter(state=ConversationState.SNOOZED):
            close(conversation_id=row.pk)
        offers = list(Offer.objects.filter(state=OfferState.PENDING))
        for offer in offers:
            try:
                accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
            except Refused:
                expire_due_offers()
        for row in Assignment.objects.filter(state=AssignmentState.HANDLING, role="primary"):
            close(conversation_id=row.conversation_id)
        for row in Assignment.objects.filter(state=AssignmentState.WRAP_UP):
            finish_wrap_up(assignment_id=row.pk, agent_id=row.agent_id)
        assert stranded_conversations(now()) == [], "one thread alone never misses a dispatch"
        if not Conversation.objects.exclude(state=ConversationState.CLOSED).exists():
            break
        if not offers:
            # Those who declined or passed it on are asked again after two minutes; a supervisor does not wait.
            waiting = Conversation.objects.filter(state=ConversationState.QUEUED).first()
            assert waiting is not None
            pull(conversation_id=waiting.pk, agent_id=Agent.objects.first().pk)  # type: ignore[union-attr]
    assert not Conversation.objects.exclude(state=ConversationState.CLOSED).exists()
    assert set(Agent.objects.values_list("load", flat=True)) == {0}
