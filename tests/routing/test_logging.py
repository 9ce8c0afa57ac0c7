"""Contacts logged by hand: closed at once, at their own time, counted like any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contactcenter.accounts.models import Role
from contactcenter.accounts.selectors import viewer_of
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import ChannelAccount, Conversation
from contactcenter.conversations.selectors import visible_conversations
from contactcenter.conversations.states import Channel, ConversationState, MessageKind
from routing.models import Agent, Assignment, Disposition
from routing.services.logging import log_contact
from routing.services.reopening import reopen, start_following
from routing.states import AssignmentState
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> Agent:
    return make.make_agent("ada", queues=[make.make_queue()])


def log(ada: Agent, **changes: Any) -> Conversation:
    given: dict[str, Any] = {
        "customer": make.make_customer(),
        "channel": Channel.IN_PERSON,
        "at": now() - timedelta(hours=20),
        "text": "Came by with the lamp, the switch is loose.",
        "actor": ada.user,
        "client_id": "log-00000001",
    }
    return log_contact(**{**given, **changes})


def test_it_is_closed_owned_and_counted(ada: Agent) -> None:
    disposition = Disposition.objects.create(name="Solved")
    at = now() - timedelta(hours=20)
    conversation = log(ada, at=at, disposition=disposition, tags=["lamp", " lamp ", "shop"])
    assert conversation.state == ConversationState.CLOSED
    assert (conversation.created_at, conversation.last_message_at) == (at, at)
    assert (conversation.owner, conversation.tags) == (ada.user, ["lamp", "shop"])
    assert conversation.subject.startswith("Came by")
    note = conversation.messages.get()
    assert set(conversation.events.values_list("at", flat=True)) == {at}, "it stands where it took place"
    assert (note.kind, note.author, note.created_at) == (MessageKind.NOTE, ada.user, at)
    done = Assignment.objects.get()
    assert (done.agent, done.state, done.cost, done.disposition) == (ada, AssignmentState.DONE, 0, disposition)
    assert done.ended_at == at
    ada.refresh_from_db()
    assert ada.load == 0
    kinds = list(conversation.events.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["conversation.created", "contact.logged", "note.added"]


def test_colleagues_of_the_team_see_it(ada: Agent) -> None:
    conversation = log(ada)
    ben = make.make_user("ben")
    carla = make.make_user("carla", teams=[make.make_team(name="Other")])
    assert conversation in visible_conversations(viewer_of(ben))
    assert conversation not in visible_conversations(viewer_of(carla))


def test_one_account_for_each_way_and_brand(ada: Agent) -> None:
    customer = make.make_customer()
    log(ada, customer=customer)
    log(ada, customer=customer, client_id="log-00000002")
    log(ada, customer=customer, client_id="log-00000003", channel=Channel.LETTER)
    accounts = ChannelAccount.objects.filter(kind="logged")
    assert sorted(accounts.values_list("channel", flat=True)) == ["in_person", "letter"]


def test_a_double_click_is_one_contact(ada: Agent) -> None:
    assert log(ada) == log(ada)
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"at": now() + timedelta(days=400)}, {"text": " \n"}, {"channel": Channel.CHAT}],
    ids=lambda row: next(iter(row)),
)
def test_what_is_refused(ada: Agent, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        log(ada, **wrong)
    assert not Conversation.objects.exists()


def test_a_supervisor_without_work_logs_too() -> None:
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    conversation = log_contact(
        customer=make.make_customer(),
        channel=Channel.LETTER,
        at=now(),
        text="A letter of thanks",
        actor=sue,
        client_id="log-00000004",
    )
    assert conversation.owner == sue
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("act", [reopen, start_following])
def test_it_does_not_go_on(ada: Agent, act: Callable[..., Conversation]) -> None:
    conversation = log(ada, at=now())
    with pytest.raises(Refused, match="logged by hand"):
        act(conversation_id=conversation.pk, actor=ada.user)
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.CLOSED
