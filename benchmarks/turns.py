"""One dispatching process at work: people finish, new work arrives, and the router decides, watched by a stop-watch."""

from __future__ import annotations

import itertools
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import connection, transaction

from benchmarks.cpu import process_seconds
from benchmarks.world import CHANNELS, LANGUAGES, MOST_PROCESSES, TEXT, World
from contactcenter.conversations.models import ChannelAccount, Conversation, Identity
from contactcenter.conversations.services.messages import add_message, open_conversation
from contactcenter.conversations.states import MessageKind
from routing.models import Agent, Assignment, Offer
from routing.services import dispatching, offering
from routing.services.arriving import customer_wrote
from routing.services.handling import close
from routing.services.offers import accept_offer
from routing.states import AssignmentState, OfferState

_T = TypeVar("_T")


@dataclass
class Watch:
    """What one kind of call took inside the window: seconds by the clock, of our CPU, of PostgreSQL's CPU.

    `latencies` are a decision's: of calls that decided something, divided by how much they decided.
    """

    latencies: list[float] = field(default_factory=list)
    calls: int = 0
    made: int = 0
    wall: float = 0.0
    app_cpu: float = 0.0
    backend_cpu: float = 0.0


@dataclass
class TurnTimes:
    """What a process brings back from one run. `made_in_all` counts decisions from the first of the warm-up on."""

    watches: dict[str, Watch] = field(default_factory=dict)
    made_in_all: int = 0
    app_cpu: float = 0.0
    backend_cpu: float = 0.0


class Turns:
    """Plays the agents that belong to this process, and the customers of all."""

    def __init__(self, world: World, agents: list[int], seed: int) -> None:
        self._world = world
        self._chance = random.Random(seed)
        self._agents = agents
        self._next = 0
        self._actors = {agent.pk: agent.user for agent in Agent.objects.select_related("user")}
        self._accounts = ChannelAccount.objects.select_related("brand").in_bulk()
        # Those who do not wait, from the end: the backlog is made of the first ones.
        fresh = Identity.objects.filter(customer__conversations=None).order_by("-pk").select_related("customer")
        self._identities = itertools.cycle(fresh[seed::MOST_PROCESSES])
        self._held: dict[int, list[int]] = defaultdict(list)
        self._begins = float("inf")
        self._times = TurnTimes()
        connection.ensure_connection()
        self._backend: int = connection.connection.info.backend_pid
        self._watch_dispatchers()

    def _watch_dispatchers(self) -> None:
        """Put the stop-watch round the two functions that a commit calls, and count what they write; nothing else is
        changed."""
        by_agent, by_conversation = dispatching.dispatch_agent, dispatching.dispatch_conversation
        write = offering.create_work_offer

        def pull(agent_id: int) -> int:
            return self._timed("pull", lambda: by_agent(agent_id))

        def push(conversation_id: int) -> Offer | None:
            return self._timed("push", lambda: by_conversation(conversation_id))

        def written(*arguments: Any, **named: Any) -> Offer | None:
            offer = write(*arguments, **named)
            self._times.made_in_all += offer is not None
            return offer

        dispatching.dispatch_agent, dispatching.dispatch_conversation = pull, push
        vars(dispatching)["create_work_offer"] = written

    def _timed(self, name: str, call: Callable[[], _T]) -> _T:
        cpu = (time.process_time(), process_seconds(self._backend))
        before, started = self._times.made_in_all, time.monotonic()
        result = call()
        wall = time.monotonic() - started
        # One that starves may be decided on the way.
        made = self._times.made_in_all - before
        if started >= self._begins:
            watch = self._times.watches.setdefault(name, Watch())
            watch.calls += 1
            watch.made += made
            watch.wall += wall
            watch.app_cpu += time.process_time() - cpu[0]
            watch.backend_cpu += process_seconds(self._backend) - cpu[1]
            if made:
                watch.latencies += [wall / made] * made
        return result

    def fill(self) -> int:
        """Give this process's agents all they can hold. Returns how many decisions that were."""
        for agent_id in self._agents:
            dispatching.dispatch_agent(agent_id)
            self._accept(agent_id)
        made, self._times = self._times.made_in_all, TurnTimes()
        return made

    def run(self, begins: float, ends: float) -> TurnTimes:
        """Turn after turn until `ends`; measured are those begun after `begins` (both of `time.monotonic`)."""
        self._begins, self._times = float("inf"), TurnTimes()
        cpu = (0.0, 0.0)
        while time.monotonic() < ends:
            if self._begins > begins and time.monotonic() >= begins:
                self._begins = begins
                cpu = (time.process_time(), process_seconds(self._backend))
            self._backlog_turn()
            self._quiet_turn()
        self._times.app_cpu = time.process_time() - cpu[0]
        self._times.backend_cpu = process_seconds(self._backend) - cpu[1]
        return self._times

    def _backlog_turn(self) -> None:
        """An agent finishes and is given the next; for the conversation that left, another arrives and waits."""
        agent_id = self._agents[self._next % len(self._agents)]
        self._next += 1
        self._accept(agent_id)
        if self._held[agent_id]:
            close(conversation_id=self._held[agent_id].pop(0), actor=self._actors[agent_id])
            self._accept(agent_id)
        self._arrive(self._world.busy_topics)

    def _quiet_turn(self) -> None:
        """A customer arrives where agents wait for work; who is chosen accepts and finishes."""
        conversation_id = self._arrive(self._world.quiet_topics)
        offer = Offer.objects.filter(conversation=conversation_id, state=OfferState.PENDING).first()
        if offer is not None:
            accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
            close(conversation_id=conversation_id, actor=self._actors[offer.agent_id])

    def _accept(self, agent_id: int) -> None:
        for pk in Offer.objects.filter(agent=agent_id, state=OfferState.PENDING).values_list("pk", flat=True):
            assignment: Assignment = accept_offer(offer_id=pk, agent_id=agent_id)
            assert assignment.state == AssignmentState.HANDLING
            self._held[agent_id].append(assignment.conversation_id)

    def _arrive(self, topics: tuple[str, ...]) -> int:
        """A customer's first message, as a channel's intake writes it; its commit dispatches."""
        identity = next(self._identities)
        account = self._accounts[self._world.accounts[self._chance.choice(CHANNELS)]]
        with transaction.atomic():
            conversation: Conversation = open_conversation(
                customer=identity.customer,
                account=account,
                identity=identity,
                topic=self._chance.choice(topics),
                language=self._chance.choice(LANGUAGES),
            )
            add_message(conversation, MessageKind.IN, TEXT, identity=identity)
            customer_wrote(conversation)
        return conversation.pk
