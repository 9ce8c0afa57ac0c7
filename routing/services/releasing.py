"""Taking work from an agent who is lost or has gone."""

from __future__ import annotations

from django.db import transaction

from contactcenter.base.clock import now
from contactcenter.conversations.events import (
    EventKind,
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import lock_conversation
from routing.models import Assignment
from routing.selectors import waited_seconds
from routing.services.freeing import room_came_free
from routing.services.queueing import enqueue, queue_of
from routing.services.records import end_all_handling, finish_assignment, lock_everybody, revoke_offers
from routing.states import AgentState, AssignmentRole, AssignmentState


@transaction.atomic(durable=True)
def release(conversation_id: int, agent_id: int, *, kind: EventKind, only_offline: bool = False) -> bool:
    """Take a conversation from an agent, back to the queue with its place kept; an adviser just leaves.

    Work that belongs to no queue stays with its owner, and with `only_offline` that of an agent who has come back.
    Returns False if there was nothing to take.
    """
    conversation = lock_conversation(conversation_id)
    agents = lock_everybody(conversation)
    assignment = (
        Assignment.objects.filter(conversation=conversation, agent=agent_id, state=AssignmentState.HANDLING)
        .select_related("queue")
        .first()
    )
    if assignment is None:
        return False
    is_primary = assignment.role == AssignmentRole.PRIMARY
    queue = queue_of(conversation) or assignment.queue
    agent = agents[agent_id]
    if (is_primary and queue is None) or (only_offline and agent.state != AgentState.OFFLINE):
        return False
    record_event(conversation, kind, agent=str(agent), agent_user=agent.user_id)
    if is_primary:
        assert queue is not None
        waited = waited_seconds(conversation, now())
        revoke_offers(conversation, agents)
        end_all_handling(conversation, agents, wrap_up=False)
        enqueue(conversation, queue, waited_before=waited, note=assignment.note)
    else:
        finish_assignment(assignment, agent)
        record_event(conversation, EventKind.CONSULT_ENDED, agent=str(agent), agent_user=agent.user_id)
        save_conversation(conversation)
    for freed in agents.values():
        room_came_free(freed)
    return True
