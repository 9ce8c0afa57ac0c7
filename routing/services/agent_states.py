"""The one writer of an agent's state and its intervals."""

from __future__ import annotations

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.conversations import realtime
from contactcenter.conversations.states import check_transition
from routing.locking import agent_is_locked
from routing.models import Agent, AgentStateInterval, AgentStateReason
from routing.states import AGENT_ALLOWED, AgentState


def write_agent_state(
    agent: Agent, to: AgentState, *, reason: AgentStateReason | None = None, actor: User | None = None
) -> None:
    """Set the state of a locked agent, close the interval, open the next, audit. Raises InvalidTransition."""
    assert agent_is_locked(agent), "lock the agent first"
    check_transition(AGENT_ALLOWED, agent.state, to)
    moment = now()
    before = agent.state
    agent.state = to
    agent.reason = reason if to == AgentState.BREAK else None
    agent.state_since = moment
    agent.next_state = ""
    agent.next_reason = None
    if to == AgentState.AVAILABLE:
        agent.missed_in_row = 0
    agent.save(update_fields=["state", "reason", "state_since", "next_state", "next_reason", "missed_in_row"])
    AgentStateInterval.objects.filter(agent=agent, ended_at=None).update(ended_at=moment)
    AgentStateInterval.objects.create(agent=agent, state=to, reason=agent.reason, started_at=moment)
    data = {"from": before, "to": to.value, "reason": str(agent.reason or "")}
    record_audit("agent.state_changed", actor=actor or agent.user, target=f"agent:{agent.pk}", data=data)
    realtime.announce_on_commit({"topic": f"user:{agent.user_id}", "kind": "agent.changed"})
