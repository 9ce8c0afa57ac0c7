"""Ended conversations that go on: reopened by an agent inside the window or in wrap-up, else followed by a new one."""

from __future__ import annotations

import pytest

from contactcenter.accounts.models import Role
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.states import ConversationState
from routing.models import Assignment, Queue
from routing.services.handling import close
from routing.services.reopening import reopen, start_following
from routing.services.wrapping import finish_wrap_up
from routing.states import AssignmentState
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def test_in_wrap_up_the_same_assignment_goes_on(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    assert reopen(conversation_id=conversation.pk, actor=ada.user).state == ConversationState.ACTIVE
    assert reopen(conversation_id=conversation.pk, actor=ada.user).reopened_count == 1, "the same click twice"
    assignment = Assignment.objects.get(conversation=conversation)
    assert (assignment.state, assignment.wrap_up_until) == (AssignmentState.HANDLING, None)


def test_inside_the_window_by_whoever_asks(clock, queue, mail, ada, ben) -> None:
    Queue.objects.filter(pk=queue.pk).update(wrap_up_seconds=30)
    conversation = make.make_active(mail, ada)
    with pytest.raises(Gone):
        reopen(conversation_id=conversation.pk, actor=ben.user)
    close(conversation_id=conversation.pk, actor=ada.user)
    reopened = reopen(conversation_id=conversation.pk, actor=ben.user)
    assert (reopened.state, reopened.owner) == (ConversationState.ACTIVE, ben.user)
    assert Assignment.objects.get(agent=ada).state == AssignmentState.WRAP_UP, "Ada's wrap-up is hers"


def test_a_supervisor_without_work_gives_it_back_to_its_owner(clock, mail, ada) -> None:
    conversation = make.make_active(mail, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    with pytest.raises(Forbidden):
        reopen(conversation_id=conversation.pk, actor=make.make_user("nobody"))
    reopen(conversation_id=conversation.pk, actor=sue)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, ada.user)


def test_later_a_new_one_follows_and_only_one(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    with pytest.raises(Gone):
        start_following(conversation_id=conversation.pk, actor=ada.user)
    close(conversation_id=conversation.pk, actor=ada.user)
    finish_wrap_up(assignment_id=Assignment.objects.get().pk, agent_id=ada.pk)
    with pytest.raises(Refused, match="too long ago"):
        reopen(conversation_id=conversation.pk, actor=ada.user)
    following = start_following(conversation_id=conversation.pk, actor=ada.user)
    assert start_following(conversation_id=conversation.pk, actor=ada.user) == following
    assert (following.follows, following.state, following.owner) == (conversation, ConversationState.ACTIVE, ada.user)
    assert (following.account, following.identity, following.customer) == (
        conversation.account,
        conversation.identity,
        conversation.customer,
    )


def test_the_window_ends(clock, mail, ada) -> None:
    conversation = make.make_active(mail, ada)
    close(conversation_id=conversation.pk, actor=ada.user)
    clock.shift(7 * 24 * 3600 + 60)
    with pytest.raises(Refused):
        reopen(conversation_id=conversation.pk, actor=ada.user)
