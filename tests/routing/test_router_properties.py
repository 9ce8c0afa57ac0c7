"""What the router never does, whatever comes in whatever order: a small floor lives through invented days.

The days are lists of happenings that Hypothesis draws and shortens; the services do the rest, with the moved clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import Channel
from contactcenter.management.commands.check_invariants import find_violations
from routing.matching import STARVING_RATIO, Candidate, Waiting, Weights, rank_agents, rank_waiting
from routing.models import Agent, AgentSkill, Assignment, Decision, Offer, QueueEntry
from routing.services.agents import set_agent_state, touch_presence
from routing.services.dispatching import dispatch_agent, dispatch_conversation
from routing.services.groups import rebuild_groups
from routing.services.handling import close
from routing.services.offers import accept_offer, decline_offer
from routing.states import AgentState, AssignmentState, OfferState
from routing.sweeping import advance_due_steps, expire_due_offers, repair_missed_dispatches
from tests import factories as make
from tests.routing.conftest import START

POINTS = st.floats(0, 1, allow_nan=False)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        agent_id=st.integers(1, 50),
        priority=st.integers(1, 3),
        fit=POINTS,
        reach=POINTS,
        occupancy=POINTS,
        idle_seconds=st.floats(0, 500),
        is_last_agent=st.booleans(),
        takes_voice=st.booleans(),
        packs=st.booleans(),
        interrupts=st.booleans(),
        missed_it=st.booleans(),
    ),
    unique_by=lambda row: row.agent_id,
    max_size=12,
)
WORKS = st.lists(
    st.builds(
        Waiting,
        conversation_id=st.integers(1, 50),
        age_seconds=st.floats(0, 5000),
        target_seconds=st.sampled_from([20.0, 60.0, 300.0]),
        priority=st.integers(0, 3),
        value=st.integers(1, 10),
        fit=POINTS,
        is_theirs=st.booleans(),
        interrupts=st.booleans(),
        missed_it=st.booleans(),
        weights=st.sampled_from([None, Weights(urgency=0), Weights(value_exponent=3)]),
    ),
    unique_by=lambda row: row.conversation_id,
    max_size=12,
)


@given(CANDIDATES, st.randoms(use_true_random=False))
def test_the_same_agents_rank_the_same_in_any_order(candidates, chance) -> None:
    mixed = list(candidates)
    chance.shuffle(mixed)
    ranked = rank_agents(candidates)
    assert rank_agents(mixed) == ranked
    by_id = {row.agent_id: row for row in candidates}
    assert [by_id[row.id].priority for row in ranked] == sorted(row.priority for row in candidates)


@given(WORKS, st.randoms(use_true_random=False))
def test_the_same_work_ranks_the_same_and_who_starves_comes_first(works, chance) -> None:
    mixed = list(works)
    chance.shuffle(mixed)
    ranked = rank_waiting(works)
    assert rank_waiting(mixed) == ranked
    by_id = {row.conversation_id: row for row in works}
    ratios = [by_id[row.id].age_seconds / by_id[row.id].target_seconds for row in ranked]
    starving = [ratio for ratio in ratios if ratio >= STARVING_RATIO]
    assert ratios[: len(starving)] == sorted(starving, reverse=True)


HAPPENING = st.one_of(
    st.tuples(st.just("arrive"), st.integers(0, 5), st.sampled_from([1, 1, 1, 10])),
    st.tuples(st.just("accept"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("decline"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("close"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("rest"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("pass"), st.sampled_from([1, 7, 16, 45, 700]), st.just(0)),
)


class Floor:
    """Two queues (one asks for a skill and lets go of it), three agents, three channels."""

    def __init__(self, clock: time_machine.Coordinates) -> None:
        self.clock = clock
        plain = make.make_queue("plain", target_seconds=20, wrap_up_seconds=0)
        skilled = make.make_queue("skilled", skills={"billing": 4}, target_seconds=60, wrap_up_seconds=0)
        make.make_step(skilled, 30, skills={"billing": 2}, boost_seconds=20)
        make.make_step(skilled, 90, skills={"returns": 1}, joins=[plain])
        self.accounts = [
            make.make_account(f"{queue.slug}-{channel}", queue=queue, kind="fake", channel=channel)
            for queue in (plain, skilled)
            for channel in (Channel.CHAT, Channel.VOICE, Channel.EMAIL)
        ]
        self.agents = [
            make.make_agent(queues=[plain, skilled], skills={"billing": 5}),
            make.make_agent(queues=[skilled], skills={"billing": 2, "returns": 3}),
            make.make_agent(queues=[plain], skills={"returns": 1}),
        ]
        self.agents[2].memberships.update(delay_seconds=15)
        self.agents[1].memberships.update(priority=2)
        rebuild_groups()

    def live(self, what: str, number: int, value: int) -> None:
        if what == "arrive":
            make.make_waiting(self.accounts[number], customer=make.make_customer(value=value))
        elif what == "pass":
            self.clock.shift(number)
            touch_presence(agent.pk for agent in self.agents)
            expire_due_offers()
            advance_due_steps()
            repair_missed_dispatches()
        elif what == "rest":
            agent = Agent.objects.get(pk=self.agents[number].pk)
            rests = agent.state == AgentState.AVAILABLE
            set_agent_state(agent_id=agent.pk, to=AgentState.BREAK if rests else AgentState.AVAILABLE)
        else:
            self._answer(what, number)

    def _answer(self, what: str, number: int) -> None:
        if what == "close":
            held = list(Assignment.objects.filter(state=AssignmentState.HANDLING).order_by("pk"))
            if held:
                close(conversation_id=held[number % len(held)].conversation_id)
            return
        offers = list(Offer.objects.filter(state=OfferState.PENDING).order_by("pk"))
        if offers and what == "accept":
            offer = offers[number % len(offers)]
            accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
        elif offers:
            offer = offers[number % len(offers)]
            decline_offer(offer_id=offer.pk, agent_id=offer.agent_id, reason="no")

    def must_hold(self) -> None:
        assert find_violations() == []
        for decision in Decision.objects.select_related("offer", "group"):
            levels = dict(AgentSkill.objects.filter(agent=decision.offer.agent_id).values_list("skill", "level"))
            assert decision.group is not None
            for skill, least in decision.group.requirements:
                assert levels.get(skill, 0) >= least, "the skill of the step in force"

    def nobody_starves(self, decision: Decision) -> None:
        """At the moment of a decision nobody with the same demand, whom the agent might have had, waited so long."""
        entry, at, agent = decision.entry, decision.at, decision.offer.agent
        limit = at.timestamp() - STARVING_RATIO * entry.queue.target_seconds
        passed_over = QueueEntry.objects.filter(
            group=decision.group, left_at=None, is_offered=False, rank_key__lt=min(limit, entry.rank_key)
        )
        declined = Offer.objects.filter(agent=agent, state=OfferState.DECLINED, entry__in=passed_over)
        assert not passed_over.exclude(pk__in=declined.values("entry")).exists()


@pytest.mark.django_db(transaction=True)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(HAPPENING, min_size=5, max_size=18))
def test_a_day_breaks_no_rule(day) -> None:
    from tests.conftest import _empty_tables, restore_profiles

    restore_profiles()  # emptied after the example before
    try:
        with time_machine.travel(START, tick=False) as clock:
            floor = Floor(clock)
            seen = 0
            for happening in day:
                floor.live(*happening)
                new = list(
                    Decision.objects.order_by("pk").select_related("entry__queue", "offer__agent", "group")[seen:]
                )
                seen += len(new)
                if new:
                    floor.nobody_starves(new[-1])
            floor.must_hold()
    finally:
        _empty_tables(None)


def together(*calls: Callable[[], object]) -> None:
    """Each in a thread of its own, begun at one moment."""
    barrier = threading.Barrier(len(calls))
    failures: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        try:
            barrier.wait(30)
            call()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


@pytest.mark.django_db(transaction=True)
def test_dispatchers_side_by_side_give_each_work_to_one_and_nobody_too_much() -> None:
    queue = make.make_queue()
    account = make.make_account(queue=queue)
    waiting = [make.make_waiting(account).pk for _ in range(12)]
    agents = [make.make_agent(queues=[queue], state=AgentState.OFFLINE, capacity=60).pk for _ in range(4)]
    Agent.objects.filter(pk__in=agents).update(state=AgentState.AVAILABLE)
    for pk in agents:
        Agent.objects.get(pk=pk).intervals.create(state=AgentState.AVAILABLE)
    together(
        *(lambda pk=pk: dispatch_agent(pk) for pk in agents),
        *(lambda pk=pk: dispatch_conversation(pk) for pk in waiting[:6]),
    )
    repair_missed_dispatches()
    offers = Offer.objects.filter(state=OfferState.PENDING)
    assert offers.count() == 8 and len(set(offers.values_list("conversation", flat=True))) == 8
    assert set(Agent.objects.values_list("load", flat=True)) == {50}
    # With others at work beside it, who comes first is still the oldest: none of the last was taken before the first.
    assert set(Conversation.objects.filter(state="offered").values_list("pk", flat=True)) >= set(waiting[:4])
    assert find_violations() == []


@pytest.mark.django_db(transaction=True)
def test_who_arrives_does_not_take_the_agent_of_who_starves(clock) -> None:
    """The agent has got room and their own look is yet to come, when somebody of more value arrives."""
    queue = make.make_queue(target_seconds=10)
    account = make.make_account(queue=queue)
    old = make.make_waiting(account)
    clock.shift(101)
    ada = make.make_agent("ada", queues=[queue], state=AgentState.BREAK, capacity=25)
    Agent.objects.filter(pk=ada.pk).update(state=AgentState.AVAILABLE)
    ada.intervals.filter(ended_at=None).update(state=AgentState.AVAILABLE)
    gold = make.make_waiting(account, customer=make.make_customer(value=10))
    assert make.pending_offer(old).agent == ada and make.pending_offer(gold) is None
    assert Decision.objects.get().at - old.created_at >= timedelta(seconds=100)
