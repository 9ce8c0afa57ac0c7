"""Conversations and messages, queues and agents with their figures."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from contactcenter.base.clock import now
from contactcenter.conversations.models import Message
from routing.services.agents import set_agent_state
from routing.states import AgentState
from tests import factories as make
from tests.api.conftest import Floor, Program
from tests.api.test_customers import problem_of

pytestmark = pytest.mark.django_db


def test_conversations_by_every_filter(floor: Floor, ada: Program) -> None:
    mine, waiting = floor.conversation, make.make_waiting(floor.account, language="et")
    type(mine).objects.filter(pk=mine.pk).update(tags=["delivery"])
    row = ada.get(f"conversations/{mine.public_id}/").json()
    assert (row["state"], row["owner"], row["queue"], row["customer"]) == ("active", "ada", "support", mine.customer_id)
    for asked, expected in {
        "state=active": [mine],
        "state=queued&state=active": [waiting, mine],
        "channel=chat": [waiting, mine],
        "channel=email": [],
        "queue=support": [waiting, mine],
        "queue=sales": [],
        "brand=nordwind&account=shop": [waiting, mine],
        f"customer={mine.customer_id}": [mine],
        "owner=ada": [mine],
        "tag=delivery": [mine],
        "language=et": [waiting],
        "created_since=2020-01-01T00:00:00Z&changed_since=2020-01-01": [waiting, mine],
        "changed_since=2999-01-01": [],
    }.items():
        rows = ada.get(f"conversations/?{asked}").json()["results"]
        assert [row["number"] for row in rows] == [one.pk for one in expected], asked


def test_changed_since_finds_what_anything_happened_to(floor: Floor, ada: Program) -> None:
    with time_machine.travel(make.later(3600)):
        since = now().isoformat().replace("+00:00", "Z")
        path = f"conversations/{floor.conversation.public_id}/messages/"
        assert ada.get(f"conversations/?changed_since={since}").json()["results"] == []
        ada.post(path, {"kind": "note", "text": "Called"})
        assert len(ada.get(f"conversations/?changed_since={since}").json()["results"]) == 1


def test_a_reply_and_a_note(floor: Floor, ada: Program) -> None:
    path = f"conversations/{floor.conversation.public_id}/messages/"
    reply = ada.post(path, {"text": "It arrives tomorrow.", "then": "wait"})
    assert reply.status_code == 201, reply.content
    assert (reply.json()["kind"], reply.json()["author"], reply.json()["delivery"]) == ("out", "ada", "accepted")
    assert ada.get(f"conversations/{floor.conversation.public_id}/").json()["state"] == "snoozed"
    assert ada.post(path, {"kind": "note", "text": "Called"}).json()["kind"] == "note"
    rows = ada.get(path).json()["results"]
    assert [row["text"] for row in rows] == ["Where is my order?", "It arrives tomorrow.", "Called"]
    first = ada.get(f"{path}?limit=2").json()
    assert ada.get(f"{path}?cursor={first['next']}").json()["results"] == rows[2:]


def test_what_cannot_be_sent(floor: Floor, ada: Program) -> None:
    path = f"conversations/{floor.conversation.public_id}/messages/"
    assert problem_of(ada.post(path, {"text": "  "}), 400) == [("text", "blank")]
    assert problem_of(ada.post(path, {"text": "x" * 20_001}), 400) == [("text", "max_length")]
    assert problem_of(ada.post(path, {"text": "\u200b" * 3, "then": "later"}), 400) == [("then", "invalid_choice")]
    assert ada.post(path, {"text": "Bye", "then": "close"}).status_code == 201
    gone = ada.post(path, {"text": "One more thing"})
    assert problem_of(gone, 409) == [] and gone.json()["code"] == "not_active"
    assert Message.objects.filter(kind="out").count() == 1


def test_queues_and_agents_with_their_figures(floor: Floor, ada: Program) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        make.make_waiting(floor.account)
        clock.shift(timedelta(seconds=10))
        queue = ada.get("queues/support/").json()
        assert (queue["waiting"], queue["longest_wait_seconds"]) == (1, 10)
        assert (queue["agents_signed_in"], queue["agents_available"]) == (1, 1)
        agent = ada.get("agents/?queue=support&state=available").json()["results"][0]
        assert agent == ada.get("agents/ada/").json()
        assert (agent["is_present"], agent["handling"], agent["queues"]) == (True, 1, ["support"])
        assert 0 < agent["load"] <= agent["capacity"] == 100
        clock.shift(timedelta(seconds=60))
        queue = ada.get("queues/support/").json()
        assert (queue["agents_signed_in"], queue["agents_available"]) == (1, 0)
        assert ada.get("agents/ada/").json()["is_present"] is False
    set_agent_state(agent_id=floor.ada.pk, to=AgentState.BREAK)
    # Nothing new is offered to one who goes on break after this conversation.
    assert ada.get("queues/support/").json()["agents_available"] == 0
    assert ada.get("agents/?state=offline").json()["results"] == []
    assert ada.get("agents/?queue=sales").json()["results"] == []
    assert ada.get("queues/sales/").status_code == 404 == ada.get("agents/ben/").status_code
