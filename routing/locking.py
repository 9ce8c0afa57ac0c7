"""Locks on agents, taken after the conversation's and by ascending id (see `conversations.locking`)."""

from __future__ import annotations

from collections.abc import Iterable

from contactcenter.base.prepared import Prepared
from contactcenter.conversations.locking import AGENT_RANK, is_locked, lock_row, try_lock_row
from routing.models import Agent


def lock_agent(pk: int) -> Agent:
    """The agent, locked and freshly read."""
    agent = lock_row(Agent.objects.select_related("user"), pk, rank=AGENT_RANK)
    assert agent is not None
    return agent


def try_lock_agent(pk: int) -> Agent | None:
    """The agent unless somebody else holds them: dispatchers never wait."""
    return try_lock_row(_free_agent, pk, rank=AGENT_RANK)


_free_agent = Prepared(
    lambda pk: (
        Agent.objects.filter(pk=pk)
        .select_related("user")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
    )
)


def lock_agents(pks: Iterable[int]) -> dict[int, Agent]:
    """Several agents, in the one order."""
    return {pk: lock_agent(pk) for pk in sorted(set(pks))}


def agent_is_locked(agent: Agent) -> bool:
    return is_locked(AGENT_RANK, agent.pk)
