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
from routing.candidates import Found, candidates_for
from routing.heads import Head, Place, Room, heads_for, is_full, room_of
from routing.locking import try_lock_agent
from routing.matching import Ranked, rank_agents, rank_waiting
from routing.models import Agent, Offer, QueueEntry
from routing.profiles import cost_of, policy_of
from routing.selectors import open_entry, waiting_entry
from routing.services.offering import create_work_offer
from routing.states import AgentState

AGAIN_AFTER_SECONDS = 0.05


class _LookAgain:
    """A row was held, or had been taken, by somebody else: what is behind it is worth another look.

    Returned, not raised: a transaction that is rolled back makes the driver forget every prepared statement.
    """


class _StarvingBefore(_LookAgain):
    """An older one with the same demand has waited too long: an agent who has just got room is theirs, not of who
    arrives in this moment."""

    def __init__(self, conversation_id: int) -> None:
        self.conversation_id = conversation_id


_Outcome = Offer | _LookAgain | None
_LOOK_AGAIN = _LookAgain()


def request_dispatch(*, conversation_id: int | None = None, agent_id: int | None = None) -> None:
    """Dispatch once this transaction has committed; a failure is logged and repaired by the sweeper."""
    if conversation_id is not None:
        transaction.on_commit(lambda: dispatch_conversation(conversation_id), robust=True)
    if agent_id is not None:
        transaction.on_commit(lambda: dispatch_agent(agent_id), robust=True)


def _twice(attempt: Callable[[], _Outcome]) -> _Outcome:
    found = attempt()
    if found is _LOOK_AGAIN:
        time.sleep(AGAIN_AFTER_SECONDS)
        found = attempt()
    return found


def dispatch_conversation(conversation_id: int) -> Offer | None:
    """Offer a waiting conversation to the best agent who may take it now. Returns the offer, if any."""
    found = _twice(lambda: _dispatch_conversation(conversation_id))
    if isinstance(found, _StarvingBefore):
        older = found.conversation_id
        _twice(lambda: _dispatch_conversation(older, goes_first=True))
        found = _twice(lambda: _dispatch_conversation(conversation_id, goes_first=True))
    return found if isinstance(found, Offer) else None


def _dispatch_conversation(conversation_id: int, *, goes_first: bool = False) -> _Outcome:
    entry = waiting_entry(conversation_id)
    if entry is None:
        return None
    moment = now()
    entry.cost = cost_of(entry.conversation)
    found = candidates_for(entry, moment)
    ranked = rank_agents([facts.as_candidate() for facts in found.agents], policy_of(entry.queue_id).weights)
    if not ranked:
        return None
    if found.starving is not None and not goes_first:
        return _StarvingBefore(found.starving)
    return _offer_to_first(conversation_id, Place.of(entry), ranked, found)


@transaction.atomic(durable=True)
def _offer_to_first(conversation_id: int, place: Place, ranked: list[Ranked], found: Found) -> _Outcome:
    """Offer it, if it still waits there, to the first of them who may still take it."""
    locked = _lock_waiting(conversation_id, place)
    if locked is None:
        return _LOOK_AGAIN
    conversation, entry = locked
    missed_some = False
    for choice in ranked:
        agent = try_lock_agent(choice.id)
        if agent is None:
            missed_some = True
        elif _may_take(agent, entry):
            offer = create_work_offer(conversation, entry, agent, terms=_terms(ranked, found))
            if offer is not None:
                return offer
    return _LOOK_AGAIN if missed_some else None


def _lock_waiting(conversation_id: int, place: Place) -> tuple[Conversation, QueueEntry] | None:
    """The conversation, locked, and its stay with the cost as it is now; None if somebody holds it or it has moved."""
    conversation = try_lock_conversation(conversation_id)
    if conversation is None or conversation.state != ConversationState.QUEUED:
        return None
    entry = open_entry(conversation)
    if entry is None or not place.is_still(entry):
        return None
    entry.cost = cost_of(conversation)
    return conversation, entry


def _may_take(agent: Agent, entry: QueueEntry) -> bool:
    """The agent's row as locked now, against what was read without locks; room is checked by the offer."""
    return agent.state == AgentState.AVAILABLE and not agent.next_state and entry.channel not in agent.off_channels


def _terms(ranked: list[Ranked], found: Found) -> dict[str, object]:
    return {
        "candidates": [{"agent": row.id, "score": row.score, "terms": row.terms} for row in ranked[:20]],
        "refused": [{"agent": agent_id, "why": why} for agent_id, why in found.refused[:80]],
    }


def dispatch_agent(agent_id: int) -> int:
    """Offer work to an agent until their room or the work is spent. Returns the number of offers made."""
    offers = 0
    room: Room | None = None

    def attempt() -> _Outcome:
        nonlocal room
        room = room_of(agent_id, now())
        return _dispatch_agent(room) if room is not None else None

    while isinstance(offer := _twice(attempt), Offer):
        offers += 1
        # What it interrupted may have left room for more.
        if room is not None and offer.agent.load == room.load + offer.cost and is_full(room, offer.agent):
            break
    return offers


def _dispatch_agent(room: Room) -> _Outcome:
    moment = now()
    heads = {head.work.conversation_id: head for head in heads_for(room, moment)}
    missed_some = False
    for choice in rank_waiting([head.work for head in heads.values()]):
        found = _offer_to(room.agent_id, heads[choice.id], choice)
        if isinstance(found, Offer):
            return found
        missed_some |= found is _LOOK_AGAIN
    return _LOOK_AGAIN if missed_some else None


@transaction.atomic(durable=True)
def _offer_to(agent_id: int, head: Head, choice: Ranked) -> _Outcome:
    locked = _lock_waiting(head.work.conversation_id, head.place)
    agent = try_lock_agent(agent_id) if locked is not None else None
    if locked is None or agent is None:
        return _LOOK_AGAIN
    conversation, entry = locked
    if not _may_take(agent, entry):
        return None
    terms = {"candidates": [{"agent": agent_id, "score": choice.score, "terms": choice.terms}], "refused": []}
    return create_work_offer(conversation, entry, agent, terms=terms)
