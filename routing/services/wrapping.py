"""Wrap-up belongs to the assignment: finished by its agent, by its time, or by the customer writing again."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.base.clock import now
from contactcenter.base.errors import Gone
from contactcenter.base.text import clean_input
from contactcenter.conversations.events import (
    EventKind,
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from routing.locking import lock_agent
from routing.models import Agent, Assignment, Disposition
from routing.services.freeing import room_came_free
from routing.services.records import finish_assignment
from routing.states import AssignmentState

# A queue's wrap-up can be extended, but not without end.
MOST_WRAP_UP = timedelta(seconds=900)


def _lock_wrap_up(assignment_id: int, agent_id: int | None) -> tuple[Conversation, Agent, Assignment]:
    keys = Assignment.objects.filter(pk=assignment_id).values_list("conversation_id", "agent_id").first()
    if keys is None or (agent_id is not None and keys[1] != agent_id):
        raise Gone(_("This wrap-up is over."), code="wrap_up_over")
    conversation = lock_conversation(keys[0])
    agent = lock_agent(keys[1])
    assignment = Assignment.objects.select_related("queue").get(pk=assignment_id)
    if assignment.state != AssignmentState.WRAP_UP:
        raise Gone(_("This wrap-up is over."), code="wrap_up_over")
    return conversation, agent, assignment


@transaction.atomic(durable=True)
def finish_wrap_up(
    *, assignment_id: int, agent_id: int, disposition: Disposition | None = None, note: str = ""
) -> Assignment:
    """WRAP_UP -> DONE with what the agent noted; their room is free again. Raises Gone."""
    conversation, agent, assignment = _lock_wrap_up(assignment_id, agent_id)
    assignment.disposition = disposition
    assignment.wrap_up_note = clean_input(note)
    assignment.save(update_fields=["disposition", "wrap_up_note"])
    _finish(conversation, agent, assignment)
    return assignment


@transaction.atomic(durable=True)
def extend_wrap_up(*, assignment_id: int, agent_id: int, seconds: int) -> Assignment:
    """Some more time, at most 15 minutes in all. Raises Gone."""
    _conversation, _agent, assignment = _lock_wrap_up(assignment_id, agent_id)
    assert assignment.wrap_up_until is not None and assignment.handled_until is not None
    latest = assignment.handled_until + MOST_WRAP_UP
    assignment.wrap_up_until = min(assignment.wrap_up_until + timedelta(seconds=seconds), latest)
    assignment.save(update_fields=["wrap_up_until"])
    return assignment


@transaction.atomic(durable=True)
def end_due_wrap_up(*, assignment_id: int) -> bool:
    """The time of a wrap-up is up. Returns False if it is over or was extended."""
    try:
        conversation, agent, assignment = _lock_wrap_up(assignment_id, None)
    except Gone:
        return False
    if assignment.wrap_up_until is None or assignment.wrap_up_until > now():
        return False
    _finish(conversation, agent, assignment)
    return True


def _finish(conversation: Conversation, agent: Agent, assignment: Assignment) -> None:
    finish_assignment(assignment, agent)
    record_event(
        conversation,
        EventKind.WRAP_UP_ENDED,
        actor=agent.user,
        agent=str(agent),
        agent_user=agent.user_id,
        assignment=assignment.pk,
        disposition=str(assignment.disposition or ""),
        note=assignment.wrap_up_note,
    )
    save_conversation(conversation)
    room_came_free(agent)
