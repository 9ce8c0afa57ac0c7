"""What the router promised and decided, for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from contactcenter.accounts.models import Role
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import SnoozeReason
from routing.models import QueueSkill, QueueStep, SLATarget
from routing.services.agents import set_agent_state
from routing.services.groups import rebuild_groups
from routing.services.handling import close, snooze
from routing.services.replies import send_reply
from routing.states import AgentState
from routing.sweeping import keep_clocks
from tests import factories as make
from tests.api.conftest import Floor, Program
from tests.api.test_customers import problem_of

pytestmark = pytest.mark.django_db


def _promises(program: Program, conversation: Conversation) -> dict[str, str]:
    rows = program.get(f"conversations/{conversation.public_id}/").json()["promises"]
    return {row["kind"]: row["state"] for row in rows}


def _found(program: Program, asked: str) -> list[int]:
    return [row["number"] for row in program.get(f"conversations/?{asked}").json()["results"]]


def test_promises_from_their_beginning_to_their_end(floor: Floor, ada: Program) -> None:
    SLATarget.objects.create(queue=floor.queue, first_seconds=600, resolution_seconds=3600, warn_percent=50)
    conversation = floor.conversation
    with time_machine.travel(now(), tick=False) as clock:
        assert _promises(ada, conversation) == {}
        keep_clocks()
        (first, resolution) = ada.get(f"conversations/{conversation.public_id}/").json()["promises"]
        assert (first["kind"], first["state"], resolution["state"]) == ("first", "running", "running")
        since = conversation.waiting_since
        assert since is not None
        assert first["started_at"] == since.isoformat().replace("+00:00", "Z")
        assert first["due_at"] == (since + timedelta(seconds=600)).isoformat().replace("+00:00", "Z")
        assert _found(ada, "promise=at_risk&promise=overdue") == []
        clock.shift(300)
        keep_clocks()
        assert _promises(ada, conversation) == {"first": "at_risk", "resolution": "running"}
        assert _found(ada, "promise=at_risk") == [conversation.pk] == _found(ada, "promise=at_risk&promise=overdue")
        assert _found(ada, "promise=overdue") == []
        clock.shift(300)
        keep_clocks()
        assert _promises(ada, conversation) == {"first": "overdue", "resolution": "running"}
        assert _found(ada, "promise=overdue") == [conversation.pk] == _found(ada, "promise=at_risk&promise=overdue")
        assert _found(ada, "promise=at_risk") == []
        send_reply(conversation_id=conversation.pk, author=floor.ada.user, text="Here it is.", client_id="1")
        # At once, before anybody has swept, and after.
        assert _found(ada, "promise=overdue") == []
        assert _promises(ada, conversation) == {"first": "breached", "resolution": "running"}
        snooze(conversation_id=conversation.pk, actor=floor.ada.user, reason=SnoozeReason.CUSTOMER)
        keep_clocks()
        assert _promises(ada, conversation) == {"first": "breached", "resolution": "paused"}
        close(conversation_id=conversation.pk)
        assert _promises(ada, conversation) == {"first": "breached", "resolution": "met"}
    assert problem_of(ada.get("conversations/?promise=running"), 400) == [("promise", "invalid_choice")]


def test_a_kept_promise_is_met(floor: Floor, ada: Program) -> None:
    SLATarget.objects.create(queue=floor.queue, first_seconds=600)
    keep_clocks()
    send_reply(conversation_id=floor.conversation.pk, author=floor.ada.user, text="Here it is.", client_id="1")
    assert _promises(ada, floor.conversation) == {"first": "met"}
    keep_clocks()
    assert _promises(ada, floor.conversation) == {"first": "met"}


def test_a_list_of_many_promises_costs_no_more_questions(
    floor: Floor, ada: Program, django_assert_max_num_queries: object
) -> None:
    SLATarget.objects.create(queue=floor.queue, first_seconds=600, resolution_seconds=3600)
    for number in range(8):
        make.make_waiting(floor.account, customer=make.make_customer(f"Carl {number}"))
    keep_clocks()
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        rows = ada.get("conversations/").json()["results"]
    assert [len(row["promises"]) for row in rows] == [2] * 9


@pytest.mark.django_db(transaction=True)
def test_decisions_say_who_and_why(floor: Floor, ada: Program) -> None:
    skill = make.make_skill("french")
    QueueSkill.objects.create(queue=floor.queue, skill=skill, min_level=2)
    QueueStep.objects.create(queue=floor.queue, after_seconds=60)
    eva = make.make_agent("eva", queues=[floor.queue], skills={"french": 4})
    make.make_agent("rita", queues=[floor.queue], skills={"french": 2}, state=AgentState.BREAK)
    make.make_agent("dora", queues=[floor.queue])
    rebuild_groups([floor.queue])
    set_agent_state(agent_id=eva.pk, to=AgentState.AVAILABLE)
    waiting = make.make_waiting(floor.account, customer=make.make_customer("Dora"))
    path = f"conversations/{waiting.public_id}/decisions/"
    sue = Program(make.make_user("sue", role=Role.SUPERVISOR, teams=[floor.queue.team]))
    (row,) = sue.get(path).json()["results"]
    assert (row["queue"], row["agent"], row["offer"], row["step_after_seconds"]) == ("support", "eva", "pending", None)
    assert row["requirements"] == [{"skill": "french", "level": 2}] and row["optional"] == row["joins"] == []
    (chosen,) = row["candidates"]
    assert chosen["agent"] == "eva" and chosen["is_chosen"]
    assert chosen["terms"] and chosen["score"] == pytest.approx(sum(chosen["terms"].values()), abs=0.01)
    assert row["refused"] == [{"agent": "rita", "reason": "state"}]
    # Why colleagues do not is for supervisors.
    (seen,) = ada.get(path).json()["results"]
    assert seen["candidates"] == row["candidates"] and seen["refused"] == []
    assert problem_of(ada.get(f"{path}?agent=eva"), 400) == [("agent", "unknown_filter")]


def test_without_decisions_and_without_the_scope(floor: Floor, ada: Program) -> None:
    path = f"conversations/{floor.conversation.public_id}/decisions/"
    assert ada.get(path).json() == {"results": [], "next": None}
    assert Program(floor.ada.user, "messages:read").get(path).status_code == 403
