"""Several conversations at once: a preview says what happens, each is done by itself, none that fails stops others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contactcenter.base.errors import Refused
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from routing.models import Assignment, QueueEntry
from routing.services import handling
from routing.states import AgentState
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def of(floor: Floor, name: str, agent: Any = None) -> Conversation:
    row = make.make_waiting(floor.account, customer=make.make_customer(name))
    if agent is not None:
        handling.pull(conversation_id=row.pk, agent_id=agent.pk)
    return row


def ids(*rows: Conversation) -> str:
    return ",".join(str(row.pk) for row in rows)


def preview(floor: Floor, who: Any, action: str, **fields: Any) -> list[str]:
    answer = floor.client(who).get(f"/console/bulk/{action}/", {"part": "plan", **fields})
    assert answer.status_code == 200, answer.text
    return re.findall(r"<span>([^<]+)</span></li>", answer.text)


def carry_out(floor: Floor, who: Any, action: str, **fields: Any) -> dict[str, str]:
    """What the result says of each customer."""
    answer = floor.client(who).post(f"/console/bulk/{action}/", fields)
    assert answer.status_code == 200, answer.text
    assert "bulk-done" in answer.headers["HX-Trigger"]
    return dict(
        re.findall(
            r"<b>([^<]+)</b> <span class=\"muted t1\">[^<]*</span></span><span class=\"t2\">([^<]+)<", answer.text
        )
    )


def state(row: Conversation) -> str:
    row.refresh_from_db()
    return row.state


def test_closing_says_what_will_happen_and_does_just_that(floor: Floor) -> None:
    mine = [of(floor, f"Mine{number}", floor.ben) for number in range(2)]
    theirs, gone = of(floor, "Theirs", floor.ada), of(floor, "Gone", floor.ben)
    handling.close(conversation_id=gone.pk, actor=floor.ben.user)
    chosen = ids(*mine, theirs, gone)
    lines = preview(floor, floor.ben, "close", ids=chosen)
    assert lines[0] == "2 will be closed"
    assert set(lines[1:]) == {"1 is closed already", "1 is not yours and stays"}
    assert [state(row) for row in mine] == [ConversationState.ACTIVE] * 2, "a preview changes nothing"
    result = carry_out(floor, floor.ben, "close", ids=chosen)
    assert result == {"Mine0": "Done", "Mine1": "Done", "Theirs": "Not yours", "Gone": "It was so already"}
    assert [state(row) for row in mine] == [ConversationState.CLOSED] * 2
    assert state(theirs) == ConversationState.ACTIVE
    again = carry_out(floor, floor.ben, "close", ids=chosen)
    assert set(again.values()) == {"Not yours", "It was so already"}, "a double click closes nothing twice"


def test_one_that_fails_stops_no_other(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [of(floor, f"C{number}", floor.ben) for number in range(4)]
    real = handling.close

    def close(*, conversation_id: int, **more: Any) -> None:
        if conversation_id == rows[1].pk:
            raise Refused("A colleague was quicker.")
        if conversation_id == rows[2].pk:
            raise RuntimeError("a bug")
        real(conversation_id=conversation_id, **more)

    monkeypatch.setattr(handling, "close", close)
    assert carry_out(floor, floor.ben, "close", ids=ids(*rows)) == {
        "C0": "Done",
        "C1": "A colleague was quicker.",
        "C2": "Something went wrong. Try again.",
        "C3": "Done",
    }


def test_what_one_does_not_see_is_neither_shown_nor_touched(floor: Floor) -> None:
    row = of(floor, "Secret", floor.ada)
    for stranger in (floor.other_team, floor.other_brand):
        assert preview(floor, stranger, "close", ids=ids(row)) == ["1 can no longer be seen"]
        assert carry_out(floor, stranger, "close", ids=ids(row)) == {}
    assert state(row) == ConversationState.ACTIVE


def test_tags_are_added_and_removed(floor: Floor) -> None:
    first, second = of(floor, "One", floor.ben), of(floor, "Two", floor.ben)
    theirs = of(floor, "Theirs", floor.ada)
    carry_out(floor, floor.ben, "tag", ids=ids(first), add="refund, old")
    assert "old" in floor.client(floor.ben).get("/console/bulk/tag/", {"ids": ids(first)}).text
    lines = preview(floor, floor.ben, "tag", ids=ids(first, second, theirs), add="Refund")
    assert set(lines) == {"1 will be changed", "1 needs no change", "1 is not yours and stays"}
    carry_out(floor, floor.ben, "tag", ids=ids(first, second, theirs), add=" Refund ,, new", remove=["old"])
    tags = [Conversation.objects.get(pk=row.pk).tags for row in (first, second, theirs)]
    assert tags == [["refund", "new"], ["Refund", "new"], []]


def test_snoozing_until_the_customer_writes_or_for_hours(floor: Floor) -> None:
    first, second, waits = of(floor, "One", floor.ben), of(floor, "Two", floor.ben), of(floor, "Waits")
    carry_out(floor, floor.ben, "snooze", ids=ids(first), when="customer")
    assert set(preview(floor, floor.ben, "snooze", ids=ids(first, second, waits), when="4")) == {
        "1 will be snoozed",
        "1 is snoozed already",
        "1 is not yours and stays",
    }
    carry_out(floor, floor.ben, "snooze", ids=ids(first, second, waits), when="4")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.snooze_reason, second.snooze_reason) == ("customer", "until")
    late = of(floor, "Late", floor.ben)
    missed = carry_out(floor, floor.ben, "snooze", ids=ids(late), when="until", until="2020-01-01T10:00")
    assert missed == {"Late": "Choose a time in the future."}


def test_assigning_takes_gives_and_transfers(floor: Floor) -> None:
    waits, active = of(floor, "Waits"), of(floor, "Active", floor.ada)
    own = f"agent:{floor.ben.pk}"
    assert set(preview(floor, floor.ben, "assign", ids=ids(waits, active), target=own)) == {
        "1 will go to Ben",
        "1 is not yours and stays",
    }
    carry_out(floor, floor.ben, "assign", ids=ids(waits, active), target=own)
    assert Assignment.objects.get(conversation=waits, state="handling").agent == floor.ben
    third = of(floor, "Third")
    result = carry_out(floor, floor.sue, "assign", ids=ids(waits, third), target=f"agent:{floor.ada.pk}")
    assert result == {"Waits": "Done", "Third": "Done"}
    assert Assignment.objects.get(conversation=third, state="handling").agent == floor.ada
    assert state(waits) in {ConversationState.QUEUED, ConversationState.OFFERED}, "transferred: the agent is asked"


def test_assigning_to_a_queue(floor: Floor) -> None:
    active, waits = of(floor, "Active", floor.ben), of(floor, "Waits")
    to = f"queue:{floor.queue.pk}"
    assert set(preview(floor, floor.sue, "assign", ids=ids(active, waits), target=to)) == {
        "1 will go to Support",
        "1 is with Support already",
    }
    assert carry_out(floor, floor.sue, "assign", ids=ids(active, waits), target=to)["Active"] == "Done"
    other = make.make_queue("billing")
    to = f"queue:{other.pk}"
    assert preview(floor, floor.ben, "assign", ids=ids(waits), target=to) == [
        "1 waits in a queue and stays there; take it first"
    ]
    assert carry_out(floor, floor.sue, "assign", ids=ids(waits), target=to) == {"Waits": "Done"}
    assert QueueEntry.objects.get(conversation=waits, left_at=None).queue == other
    foreign = floor.client(floor.ben).post("/console/bulk/assign/", {"ids": ids(active), "target": "queue:999"})
    assert foreign.status_code == 400


def test_the_dialogs_open_and_bad_selections_are_refused(floor: Floor) -> None:
    row = of(floor, "One", floor.ben)
    client = floor.client(floor.ben)
    for action in ("assign", "tag", "snooze", "close"):
        answer = client.get(f"/console/bulk/{action}/", {"ids": ids(row)})
        assert answer.status_code == 200
        assert f'name="ids" value="{row.pk}"' in answer.text
    assert floor.ben.state == AgentState.BREAK, "on a break one may still be given work"
    assert client.get("/console/bulk/delete/", {"ids": "1"}).status_code == 404
    for bad in ("", "x", "1,,2", "1;2", ",".join(str(number) for number in range(201))):
        assert client.get("/console/bulk/close/", {"ids": bad}).status_code == 400
