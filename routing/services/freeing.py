"""What follows when an agent has got room: paused work first, then the state they chose, then new work."""

from __future__ import annotations

from contactcenter.conversations import realtime
from contactcenter.conversations.events import EventKind
from routing.models import Agent
from routing.services.agent_states import write_agent_state
from routing.services.dispatching import request_dispatch
from routing.services.loads import may_leave, resume_paused
from routing.services.offering import tell_pauses_on_commit
from routing.states import AgentState


def room_came_free(agent: Agent) -> None:
    """For a locked agent whose load has sunk: resume, apply the next state, dispatch after commit."""
    resumed = [assignment.conversation_id for assignment in resume_paused(agent)]
    tell_pauses_on_commit(resumed, agent, EventKind.ASSIGNMENT_RESUMED)
    if agent.next_state and may_leave(agent):
        write_agent_state(agent, AgentState(agent.next_state), reason=agent.next_reason)
    request_dispatch(agent_id=agent.pk)
    realtime.announce_on_commit({"topic": f"user:{agent.user_id}", "kind": "agent.changed"})
