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
from routing.services.records import finish_assignment, lock_everybody, revoke_offers
from routing.states import AssignmentRole, AssignmentState


@transaction.atomic(durable=True)
def release(conversation_id: int, agent_id: int, *, kind: EventKind) -> bool:
    """Take a conversation from an agent, back to the queue with its place kept; an adviser just leaves.

    Work that belongs to no queue stays with its owner. Returns False if there was nothing to take.
    """
    conversation = lock_conversation(conversation_id)
    assignment = (
        Assignment.objects.filter(conversation=conversation, agent=agent_id, state=AssignmentState.HANDLING)
        .select_related("queue")
        .first()
    )
    if assignment is None:
        return False
    is_primary = assignment.role == AssignmentRole.PRIMARY
    queue = assignment.queue or queue_of(conversation)
    if is_primary and queue is None:
        return False
    agents = lock_everybody(conversation)
    agent = agents[agent_id]
    record_event(conversation, kind, agent=str(agent), agent_user=agent.user_id)
    if is_primary:
        assert queue is not None
        waited = waited_seconds(conversation, now())
        revoke_offers(conversation, agents)
        for row in Assignment.objects.filter(conversation=conversation, state=AssignmentState.HANDLING):
            finish_assignment(row, agents[row.agent_id])
        enqueue(conversation, queue, waited_before=waited, note=assignment.note)
    else:
        finish_assignment(assignment, agent)
        save_conversation(conversation)
    for freed in agents.values():
        room_came_free(freed)
    return True
