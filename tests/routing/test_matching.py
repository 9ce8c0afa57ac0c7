"""Who fits best: deterministic, explained term by term, the longest idle at equal points, the last agent first."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.matching import Candidate, Waiting, Weights, rank_agents, rank_waiting


def ids(ranked) -> list[int]:
    return [row.id for row in ranked]


def test_the_better_fit_comes_first() -> None:
    weak, strong = Candidate(agent_id=1, fit=0.4), Candidate(agent_id=2, fit=0.8)
    assert ids(rank_agents([weak, strong])) == [2, 1]


def test_equal_points_go_to_the_longest_idle_then_to_the_smaller_id() -> None:
    # Beyond the cap idling earns no more points, but still breaks the tie.
    rested, longer = Candidate(agent_id=1, idle_seconds=300), Candidate(agent_id=2, idle_seconds=301)
    assert ids(rank_agents([rested, longer])) == [2, 1]
    assert ids(rank_agents([Candidate(agent_id=9), Candidate(agent_id=4)])) == [4, 9]


def test_the_last_agent_beats_fit_and_idling() -> None:
    known = Candidate(agent_id=1, is_last_agent=True)
    better = Candidate(agent_id=2, fit=1.0, idle_seconds=1000)
    assert ids(rank_agents([better, known])) == [1, 2]


def test_who_missed_it_is_asked_last_and_interrupting_costs() -> None:
    missed = Candidate(agent_id=1, fit=1.0, is_last_agent=True, missed_it=True)
    busy = Candidate(agent_id=2, fit=0.5, interrupts=True)
    free = Candidate(agent_id=3, fit=0.3)
    assert ids(rank_agents([missed, busy, free])) == [3, 2, 1]


def test_terms_explain_the_score() -> None:
    row = rank_agents([Candidate(agent_id=1, fit=0.6, idle_seconds=60, is_last_agent=True, interrupts=True)])[0]
    assert row.terms == {"fit": 18.0, "last_agent": 35.0, "idle": 1.5, "interruption": -25.0}
    assert row.score == pytest.approx(sum(row.terms.values()))


def test_urgency_grows_with_the_wait_against_the_target_and_with_value() -> None:
    old = Waiting(conversation_id=1, age_seconds=30, target_seconds=60)
    older = Waiting(conversation_id=2, age_seconds=31, target_seconds=60)
    strict = Waiting(conversation_id=3, age_seconds=30, target_seconds=20)
    valued = Waiting(conversation_id=4, age_seconds=30, target_seconds=60, value=10)
    assert ids(rank_waiting([old, older, strict, valued])) == [4, 3, 2, 1]


def test_theirs_counts_like_the_last_agent_and_a_target_of_zero_is_one_second() -> None:
    ranked = rank_waiting(
        [
            Waiting(conversation_id=1, age_seconds=10, target_seconds=60),
            Waiting(conversation_id=2, age_seconds=10, target_seconds=60, is_theirs=True),
            Waiting(conversation_id=3, age_seconds=1, target_seconds=0),
        ]
    )
    assert ids(ranked) == [3, 2, 1]


candidates = st.lists(
    st.builds(
        Candidate,
        agent_id=st.integers(1, 50),
        fit=st.floats(0, 1),
        idle_seconds=st.floats(0, 10_000),
        is_last_agent=st.booleans(),
        interrupts=st.booleans(),
        missed_it=st.booleans(),
    ),
    unique_by=lambda candidate: candidate.agent_id,
    max_size=12,
)
works = st.lists(
    st.builds(
        Waiting,
        conversation_id=st.integers(1, 50),
        age_seconds=st.floats(0, 100_000),
        target_seconds=st.floats(0, 3600),
        value=st.sampled_from([1, 3, 10]),
        fit=st.floats(0, 1),
        is_last_agent=st.booleans(),
        is_theirs=st.booleans(),
        interrupts=st.booleans(),
        missed_it=st.booleans(),
    ),
    unique_by=lambda work: work.conversation_id,
    max_size=12,
)


@given(candidates, st.integers())
def test_agents_rank_the_same_in_any_order(rows: list[Candidate], seed: int) -> None:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    assert rank_agents(rows) == rank_agents(shuffled)
    scores = [row.score for row in rank_agents(rows)]
    assert scores == sorted(scores, reverse=True) and len(scores) == len(rows)


@given(works, st.integers())
def test_work_ranks_the_same_in_any_order(rows: list[Waiting], seed: int) -> None:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    assert rank_waiting(rows) == rank_waiting(shuffled)


@given(candidates, st.data())
def test_more_skill_never_hurts(rows: list[Candidate], data) -> None:
    if not rows:
        return
    chosen = data.draw(st.sampled_from(rows))
    better = [
        Candidate(
            agent_id=row.agent_id,
            fit=1.0 if row is chosen else row.fit,
            idle_seconds=row.idle_seconds,
            is_last_agent=row.is_last_agent,
            interrupts=row.interrupts,
            missed_it=row.missed_it,
        )
        for row in rows
    ]
    before = ids(rank_agents(rows)).index(chosen.agent_id)
    assert ids(rank_agents(better)).index(chosen.agent_id) <= before


@given(works)
def test_nobody_starves(rows: list[Waiting]) -> None:
    """Whoever waits long enough comes first, whatever the others have going for them."""
    patient = Waiting(conversation_id=99, age_seconds=1e12, target_seconds=3600, missed_it=True, interrupts=True)
    assert ids(rank_waiting([*rows, patient]))[0] == 99


def test_weights_are_the_callers() -> None:
    fit_only = Weights(fit=1, last_agent=0, idle=0, interruption=0, missed=0)
    rows = [Candidate(agent_id=1, is_last_agent=True, idle_seconds=99), Candidate(agent_id=2, fit=0.1)]
    assert ids(rank_agents(rows, fit_only)) == [2, 1]
