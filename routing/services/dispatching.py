"""Bringing work and agents together: reads without locks, then one conversation, then one agent, never waiting.

A dispatch that met a row which somebody else held, or had just taken, runs once more after 50 ms; what is still
missed then, the sweeper finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from contactcenter.base.clock import now
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.locking import try_lock_conversation
from contactcenter.conversations.states import ConversationState
from routing.candidates import AgentFacts, agents_for
from routing.heads import Head, heads_for, room_of
from routing.locking import try_lock_agent
from routing.matching import STARVING_RATIO, Ranked, rank_agents, rank_waiting
from routing.models import Agent, Offer, QueueEntry
from routing.profiles import cost_of, policy_of
from routing.selectors import open_entry
from routing.services.offering import create_work_offer
from routing.states import AgentState

AGAIN_AFTER_SECONDS = 0.05


class _LookAgain(Exception):
    """A row was held, or had been taken, by somebody else: what is behind it is worth another look."""


class _StarvingBefore(Exception):
    """An older conversation with the same demand comes first."""

    def __init__(self, conversation_id: int) -> None:
        super().__init__()
        self.conversation_id = conversation_id


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
    try:
        return _twice(lambda: _dispatch_conversation(conversation_id))
    except _StarvingBefore as before:
        older = before.conversation_id
    _twice(lambda: _dispatch_conversation(older, goes_first=True))
    return _twice(lambda: _dispatch_conversation(conversation_id, goes_first=True))


@transaction.atomic(durable=True)
def _dispatch_conversation(conversation_id: int, *, goes_first: bool = False) -> Offer | None:
    conversation = try_lock_conversation(conversation_id)
    if conversation is None:
        raise _LookAgain
    if conversation.state != ConversationState.QUEUED:
        return None
    entry = open_entry(conversation)
    if entry is None or entry.joined_to_id is not None:
        return None
    entry.cost = cost_of(conversation)
    moment = now()
    facts = agents_for(entry, moment)
    ranked = rank_agents([row.as_candidate() for row in facts if not row.refused], policy_of(entry.queue_id).weights)
    if ranked and not goes_first:
        _check_starving(entry, moment)
    missed_some = False
    for choice in ranked:
        agent = try_lock_agent(choice.id)
        if agent is None:
            missed_some = True
        elif _may_take(agent, entry):
            offer = create_work_offer(conversation, entry, agent, terms=_terms(ranked, facts))
            if offer is not None:
                return offer
    if missed_some:
        raise _LookAgain
    return None


def _check_starving(entry: QueueEntry, at: datetime) -> None:
    """Raise _StarvingBefore if an older one with the same demand has waited too long: an agent who has just got room
    is theirs, not of who arrives in this moment."""
    starving_since = at.timestamp() - STARVING_RATIO * policy_of(entry.queue_id).target_seconds
    for (conversation_id,) in _oldest.tuples(entry.group_id, min(starving_since, entry.rank_key)):
        raise _StarvingBefore(conversation_id)


_oldest = Prepared(
    lambda group, before: (
        QueueEntry.objects.filter(group=group, left_at=None, is_offered=False, joined_to=None, rank_key__lt=before)
        .order_by("rank_key")
        .values_list("conversation_id")[:1]
    )
)


def _may_take(agent: Agent, entry: QueueEntry) -> bool:
    """The agent's row as locked now, against what was read without locks; room is checked by the offer."""
    return agent.state == AgentState.AVAILABLE and not agent.next_state and entry.channel not in agent.off_channels


def _terms(ranked: list[Ranked], facts: list[AgentFacts]) -> dict[str, object]:
    refused = [{"agent": row.agent_id, "why": row.refused} for row in facts if row.refused]
    return {
        "candidates": [{"agent": row.id, "score": row.score, "terms": row.terms} for row in ranked[:20]],
        "refused": refused[:80],
    }


def dispatch_agent(agent_id: int) -> int:
    """Offer work to an agent until their room or the work is spent. Returns the number of offers made."""
    offers = 0
    while _twice(lambda: _dispatch_agent(agent_id)) is not None:
        offers += 1
    return offers


def _dispatch_agent(agent_id: int) -> Offer | None:
    moment = now()
    room = room_of(agent_id, moment)
    if room is None:
        return None
    heads = {head.conversation_id: head for head in heads_for(room, moment)}
    missed_some = False
    for choice in rank_waiting([head.as_waiting(room, moment) for head in heads.values()]):
        try:
            offer = _offer_to(agent_id, heads[choice.id], choice)
        except _LookAgain:
            missed_some = True
            continue
        if offer is not None:
            return offer
    if missed_some:
        raise _LookAgain
    return None


@transaction.atomic(durable=True)
def _offer_to(agent_id: int, head: Head, choice: Ranked) -> Offer | None:
    conversation = try_lock_conversation(head.conversation_id)
    if conversation is None or conversation.state != ConversationState.QUEUED:
        raise _LookAgain
    entry = open_entry(conversation)
    if entry is None or not head.is_still(entry):
        raise _LookAgain
    agent = try_lock_agent(agent_id)
    if agent is None:
        raise _LookAgain
    if not _may_take(agent, entry):
        return None
    entry.cost = cost_of(conversation)
    terms = {"candidates": [{"agent": agent_id, "score": choice.score, "terms": choice.terms}], "refused": []}
    return create_work_offer(conversation, entry, agent, terms=terms)
