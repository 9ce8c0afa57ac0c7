"""Bringing work and agents together: reads without locks, then one conversation, then one agent, never waiting.

A dispatch that met a row which somebody else held, or had just taken, runs once more after 50 ms; what is still
missed then, the sweeper finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import transaction

from contactcenter.base.clock import now
from contactcenter.conversations.locking import try_lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from routing.candidates import AgentFacts, agents_for, heads_for
from routing.locking import try_lock_agent
from routing.matching import Candidate, Ranked, Waiting, rank_agents, rank_waiting
from routing.models import Agent, Offer, QueueEntry
from routing.selectors import open_entry
from routing.services.offering import create_work_offer
from routing.states import AgentState

AGAIN_AFTER_SECONDS = 0.05


class _LookAgain(Exception):
    """A row was held, or had been taken, by somebody else: what is behind it is worth another look."""


def request_dispatch(*, conversation_id: int | None = None, agent_id: int | None = None) -> None:
    """Dispatch once this transaction has committed; a failure is logged and repaired by the sweeper."""
    if conversation_id is not None:
        transaction.on_commit(lambda: dispatch_conversation(conversation_id), robust=True)
    if agent_id is not None:
        transaction.on_commit(lambda: dispatch_agent(agent_id), robust=True)


def _twice(attempt: Callable[[], Offer | None]) -> Offer | None:
    try:
        return attempt()
    except _LookAgain:
        time.sleep(AGAIN_AFTER_SECONDS)
    try:
        return attempt()
    except _LookAgain:
        return None


def dispatch_conversation(conversation_id: int) -> Offer | None:
    """Offer a waiting conversation to the best agent who may take it now. Returns the offer, if any."""
    return _twice(lambda: _dispatch_conversation(conversation_id))


@transaction.atomic(durable=True)
def _dispatch_conversation(conversation_id: int) -> Offer | None:
    conversation = try_lock_conversation(conversation_id)
    if conversation is None:
        raise _LookAgain
    if conversation.state != ConversationState.QUEUED:
        return None
    entry = open_entry(conversation)
    if entry is None or entry.joined_to_id is not None:
        return None
    facts = agents_for(entry, now())
    eligible = [row for row in facts if not row.refused]
    candidates = [
        Candidate(
            agent_id=row.agent_id,
            fit=row.fit,
            idle_seconds=row.idle_seconds,
            interrupts=row.interrupts,
            is_last_agent=row.agent_id == entry.last_agent_id,
            missed_it=row.missed_it,
        )
        for row in eligible
    ]
    ranked = rank_agents(candidates)
    refused = [row for row in facts if row.refused]
    missed_some = False
    for choice in ranked:
        agent = try_lock_agent(choice.id)
        if agent is None:
            missed_some = True
        elif _may_take(agent, entry):
            offer = create_work_offer(conversation, entry, agent, terms=_terms(ranked, refused))
            if offer is not None:
                return offer
    if missed_some:
        raise _LookAgain
    return None


def _may_take(agent: Agent, entry: QueueEntry) -> bool:
    """The agent's row as locked now, against what was read without locks; room is checked by the offer."""
    return agent.state == AgentState.AVAILABLE and not agent.next_state and entry.channel not in agent.off_channels


def _terms(ranked: list[Ranked], refused: list[AgentFacts]) -> dict[str, object]:
    return {
        "candidates": [{"agent": row.id, "score": row.score, "terms": row.terms} for row in ranked[:20]],
        "refused": [{"agent": row.agent_id, "why": row.refused} for row in refused[:80]],
    }


def dispatch_agent(agent_id: int) -> int:
    """Offer work to an agent until their room or the work is spent. Returns the number of offers made."""
    offers = 0
    while _twice(lambda: _dispatch_agent(agent_id)) is not None:
        offers += 1
    return offers


def _dispatch_agent(agent_id: int) -> Offer | None:
    moment = now()
    heads = heads_for(agent_id, moment)
    works = {
        head.conversation_id: Waiting(
            conversation_id=head.conversation_id,
            age_seconds=max(moment.timestamp() - head.rank_key, 0.0),
            target_seconds=head.target_seconds,
            value=head.value,
            fit=head.fit,
            is_last_agent=head.is_last_agent,
            is_theirs=head.is_theirs,
            interrupts=head.interrupts,
            missed_it=head.missed_it,
        )
        for head in heads
    }
    missed_some = False
    for choice in rank_waiting(list(works.values())):
        try:
            offer = _offer_to(agent_id, choice)
        except _LookAgain:
            missed_some = True
            continue
        if offer is not None:
            return offer
    if missed_some:
        raise _LookAgain
    return None


@transaction.atomic(durable=True)
def _offer_to(agent_id: int, choice: Ranked) -> Offer | None:
    conversation: Conversation | None = try_lock_conversation(choice.id)
    if conversation is None:
        raise _LookAgain
    entry = open_entry(conversation)
    if conversation.state != ConversationState.QUEUED or entry is None or entry.joined_to_id is not None:
        raise _LookAgain
    if all(row.refused for row in agents_for(entry, now(), only=agent_id)):
        return None
    agent = try_lock_agent(agent_id)
    if agent is None:
        raise _LookAgain
    if not _may_take(agent, entry):
        return None
    terms = {"candidates": [{"agent": agent_id, "score": choice.score, "terms": choice.terms}], "refused": []}
    return create_work_offer(conversation, entry, agent, terms=terms)
