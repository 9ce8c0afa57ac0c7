"""What is done with a conversation from the console, and the agent's own state."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contactcenter.accounts.models import AuditEntry
from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from routing.models import AgentStateReason, Assignment, Disposition, Offer
from routing.services.agents import set_agent_state
from routing.states import AgentState, AssignmentRole, AssignmentState, OfferState
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def _state(conversation: Conversation) -> str:
    conversation.refresh_from_db()
    return conversation.state


def test_transfer_with_a_note_that_the_receiver_reads_first(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    set_agent_state(agent_id=floor.ben.pk, to=AgentState.AVAILABLE)
    dialog = floor.client(floor.ada).get(f"/console/c/{conversation.pk}/transfer/").text
    assert f'value="queue:{floor.queue.pk}"' in dialog
    assert f'value="agent:{floor.ben.pk}"' in dialog
    assert "Dora" not in dialog, "agents of other brands are not shown"
    data = {"target": f"agent:{floor.ben.pk}", "note": "She asked for an invoice"}
    answer = floor.client(floor.ada).post(f"/console/c/{conversation.pk}/transfer/", data)
    assert answer.status_code == 200
    assert "Wrap up" in answer.text
    assert "She asked for an invoice" in floor.client(floor.ben).get("/console/offers/").text


@pytest.mark.parametrize("target", ["", "agent:0", "queue:99999", "nobody:1"])
def test_transfer_needs_somebody_to_go_to(floor: Floor, target: str) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    answer = floor.client(floor.ada).post(f"/console/c/{conversation.pk}/transfer/", {"target": target})
    assert answer.status_code == 400
    assert _state(conversation) == ConversationState.ACTIVE


def test_wrap_up_with_disposition_note_and_more_time(floor: Floor) -> None:
    parent = Disposition.objects.create(name="Order")
    chosen = Disposition.objects.create(name="Late parcel", parent=parent)
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    desk = client.post(f"/console/c/{conversation.pk}/close/").text
    assert "Order › Late parcel" in desk
    assignment = Assignment.objects.get(conversation=conversation)
    before = assignment.wrap_up_until
    assert client.post(f"/console/wrap-up/{assignment.pk}/extend/").status_code == 200
    assignment.refresh_from_db()
    assert assignment.wrap_up_until - before == timedelta(seconds=60)
    data = {"disposition": chosen.pk, "note": "Comes tomorrow"}
    assert floor.client(floor.ben).post(f"/console/wrap-up/{assignment.pk}/finish/", data).status_code == 404
    assert client.post(f"/console/wrap-up/{assignment.pk}/finish/", data).status_code == 200
    assignment.refresh_from_db()
    assert (assignment.state, assignment.disposition, assignment.wrap_up_note) == (
        AssignmentState.DONE,
        chosen,
        "Comes tomorrow",
    )
    assert "Late parcel" in client.get(f"/console/c/{conversation.pk}/").text
    assert client.post(f"/console/wrap-up/{assignment.pk}/finish/", data).status_code == 409


def test_taking_from_the_queue(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)
    assert floor.client(floor.sue).post(f"/console/c/{conversation.pk}/take/").status_code == 403, "takes no work"
    assert floor.client(floor.ben).post(f"/console/c/{conversation.pk}/take/").status_code == 200
    assert floor.client(floor.ada).post(f"/console/c/{conversation.pk}/take/").status_code == 409
    conversation.refresh_from_db()
    assert conversation.owner == floor.ben.user


def test_supervisors_give_work_to_an_agent(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account)
    url = f"/console/c/{conversation.pk}/give/"
    assert f'value="{floor.ben.pk}"' in floor.client(floor.sue).get(url).text
    assert floor.client(floor.ada).post(url, {"agent": floor.ben.pk}).status_code == 403
    assert floor.client(floor.sue).post(url, {"agent": floor.ben.pk}).status_code == 200
    conversation.refresh_from_db()
    assert conversation.owner == floor.ben.user


def test_consult_from_asking_to_handing_over(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    set_agent_state(agent_id=floor.ben.pk, to=AgentState.AVAILABLE)
    base = f"/console/c/{conversation.pk}/consult/"
    ada, ben = floor.client(floor.ada), floor.client(floor.ben)
    ask = {"agent": floor.ben.pk, "note": "Is this covered?"}
    assert ben.post(base, {"agent": floor.ada.pk}).status_code == 403
    assert "Has been asked" in ada.post(base, ask).text
    assert "Has been asked" not in ada.post(f"{base}cancel/").text
    assert ada.post(base, ask).status_code == 200
    offer = Offer.objects.get(state=OfferState.PENDING)
    assert "Is this covered?" in ben.get("/console/offers/").text
    ben.post(f"/console/offers/{offer.pk}/accept/")
    assert "You advise" in ben.get(f"/console/c/{conversation.pk}/desk/").text
    assert "Is this covered?" in ben.get(f"{base}log/").text
    assert ben.post(f"{base}complete/", {"agent": floor.ben.pk}).status_code == 403
    assert ada.post(f"{base}complete/", {"agent": floor.ben.pk}).status_code == 200
    primary = Assignment.objects.get(conversation=conversation, role=AssignmentRole.PRIMARY, state="handling")
    assert primary.agent == floor.ben


def test_ending_a_consult(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    set_agent_state(agent_id=floor.ben.pk, to=AgentState.AVAILABLE)
    base = f"/console/c/{conversation.pk}/consult/"
    floor.client(floor.ada).post(base, {"agent": floor.ben.pk})
    offer = Offer.objects.get(state=OfferState.PENDING)
    floor.client(floor.ben).post(f"/console/offers/{offer.pk}/accept/")
    assert floor.client(floor.sue).post(f"{base}end/", {"agent": floor.ben.pk}).status_code == 403
    assert floor.client(floor.ben).post(f"{base}end/", {"agent": floor.ben.pk}).status_code == 200
    assert _state(conversation) == ConversationState.ACTIVE


def test_snooze_until_a_time_in_the_viewers_zone_or_until_the_customer_writes(floor: Floor) -> None:
    floor.ada.user.time_zone = "Europe/Riga"
    floor.ada.user.save()
    client = floor.client(floor.ada)
    first = make.make_active(floor.account, floor.ada)
    tomorrow = now() + timedelta(days=1)
    client.post(f"/console/c/{first.pk}/snooze/", {"until": f"{tomorrow:%Y-%m-%d}T09:00"})
    assert _state(first) == ConversationState.SNOOZED
    assert first.snoozed_until is not None
    assert first.snoozed_until.hour in {6, 7}
    second = make.make_active(floor.account, floor.ada, customer=make.make_customer("Second"))
    client.post(f"/console/c/{second.pk}/snooze/", {})
    assert (_state(second), second.snooze_reason) == (ConversationState.SNOOZED, "customer")
    third = make.make_active(floor.account, floor.ada, customer=make.make_customer("Third"))
    assert client.post(f"/console/c/{third.pk}/snooze/", {"until": "2020-01-01T09:00"}).status_code == 400
    assert client.post(f"/console/c/{third.pk}/snooze/", {"hours": 2}).status_code == 200
    assert "For an hour" in client.get(f"/console/c/{third.pk}/snooze/").text


def test_states_breaks_and_the_next_state_while_busy(floor: Floor) -> None:
    lunch = AgentStateReason.objects.create(name="Lunch")
    client = floor.client(floor.ada)
    assert "Lunch" in client.post("/console/status/", {"state": "break", "reason": lunch.pk}).text
    floor.ada.refresh_from_db()
    assert (floor.ada.state, floor.ada.reason) == (AgentState.BREAK, lunch)
    client.post("/console/status/", {"state": "available"})
    make.make_active(floor.account, floor.ada)
    html = client.post("/console/status/", {"state": "break", "reason": lunch.pk}).text
    floor.ada.refresh_from_db()
    assert (floor.ada.state, floor.ada.next_state) == (AgentState.AVAILABLE, AgentState.BREAK)
    assert "Next" in html
    assert client.post("/console/status/", {"state": "not_responding"}).status_code == 400
    assert floor.client(floor.sue).post("/console/status/", {"state": "available"}).status_code == 403


def test_channels_are_switched_off_and_on(floor: Floor) -> None:
    client = floor.client(floor.ada)
    client.post("/console/status/channels/", {})
    floor.ada.refresh_from_db()
    assert floor.ada.off_channels == ["chat"]
    client.post("/console/status/channels/", {"on": ["chat"]})
    floor.ada.refresh_from_db()
    assert floor.ada.off_channels == []


def test_not_responding_says_so_and_offers_the_way_back(floor: Floor) -> None:
    type(floor.ada).objects.filter(pk=floor.ada.pk).update(state=AgentState.NOT_RESPONDING)
    assert "Make me available" in floor.client(floor.ada).get("/console/status/").text
    assert "Make me available" not in floor.client(floor.ada).post("/console/status/", {"state": "available"}).text


def test_signing_out_gives_chats_back_and_ends_the_session(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    assert "1 conversation is open" in client.get("/console/sign-out/ask/").text
    assert client.post("/console/sign-out/").url == "/accounts/login/"
    assert _state(conversation) == ConversationState.QUEUED
    floor.ada.refresh_from_db()
    assert floor.ada.state == AgentState.OFFLINE
    assert client.get("/console/").status_code == 401
    assert AuditEntry.objects.filter(kind="session.ended", actor=floor.ada.user).exists()


def test_the_theme_is_kept(floor: Floor) -> None:
    assert floor.client(floor.ada).post("/console/look/", {"theme": "dark"}).status_code == 204
    floor.client(floor.ada).post("/console/look/", {"theme": "pink"})
    floor.ada.user.refresh_from_db()
    assert floor.ada.user.theme == "dark"
