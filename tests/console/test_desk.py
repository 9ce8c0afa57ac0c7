"""The rest of the desk: details, tags, consulting, reopening, merging, splitting, status, the day so far."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import time_machine

from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation, ConversationMerge, CustomerMerge, Message
from contactcenter.conversations.states import Channel, ConversationState, Priority
from routing.models import Assignment, Disposition, Offer
from routing.services.agents import set_agent_state
from routing.services.handling import close
from routing.services.offers import expire_offer
from routing.states import AgentState, AssignmentState, OfferState
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)


def url(conversation: Conversation, what: str) -> str:
    return f"/console/c/{conversation.pk}/{what}"


def shown(answer) -> int:
    """Which conversation the browser is told to open."""
    return json.loads(answer.headers["HX-Trigger"])["show-conversation"]


def test_subject_topic_and_priority_in_place(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    assert 'name="subject"' in client.get(url(conversation, "details/")).text
    page = client.post(url(conversation, "details/"), {"subject": "Invoice 2291"}).text
    assert "Invoice 2291" in page
    client.post(url(conversation, "details/"), {"priority": "2"})
    conversation.refresh_from_db()
    assert (conversation.subject, conversation.priority) == ("Invoice 2291", Priority.URGENT)
    assert client.post(url(conversation, "details/"), {"priority": "9"}).status_code == 400
    assert floor.client(floor.ben).post(url(conversation, "details/"), {"subject": "x"}).status_code == 403
    lines = client.get(url(conversation, "")).text
    assert "Ada set the priority: Urgent" in lines
    assert "Ada set the subject: “Invoice 2291”" in lines


def test_tags_one_by_one_with_those_in_use(floor: Floor) -> None:
    other = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    client.post(url(other, "tags/"), {"add": "Refund"})
    conversation = make.make_active(floor.account, floor.ada, customer=make.make_customer("Second"))
    assert "Add the tag Refund" in client.get(url(conversation, "tags/")).text
    client.post(url(conversation, "tags/"), {"add": "  Late   parcel "})
    client.post(url(conversation, "tags/"), {"add": "late parcel"})
    client.post(url(conversation, "tags/"), {"add": "Refund"})
    client.post(url(conversation, "tags/"), {"remove": "refund"})
    conversation.refresh_from_db()
    assert conversation.tags == ["Late parcel"]
    assert "Ada removed the tag Refund" in client.get(url(conversation, "")).text


def test_triage_by_all_who_see_what_nobody_has(floor: Floor) -> None:
    waiting = make.make_waiting(floor.account)
    assert floor.client(floor.ben).post(url(waiting, "tags/"), {"add": "Angry"}).status_code == 200
    assert floor.client(floor.other_team).post(url(waiting, "tags/"), {"add": "x"}).status_code == 404


def _consult(floor: Floor) -> Conversation:
    conversation = make.make_active(floor.account, floor.ada)
    set_agent_state(agent_id=floor.ben.pk, to=AgentState.AVAILABLE)
    floor.client(floor.ada).post(url(conversation, "consult/"), {"target": f"agent:{floor.ben.pk}", "note": "Covered?"})
    offer = Offer.objects.get(state=OfferState.PENDING)
    floor.client(floor.ben).post(f"/console/offers/{offer.pk}/accept/")
    return conversation


def test_words_beside_the_timeline(floor: Floor) -> None:
    conversation = _consult(floor)
    ada, ben = floor.client(floor.ada), floor.client(floor.ben)
    word = {"text": "It is, for two years", "client_id": "consult-1"}
    assert "It is, for two years" in ben.post(url(conversation, "consult/say/"), word).text
    ben.post(url(conversation, "consult/say/"), word)
    assert Message.objects.get(is_consult=True).author == floor.ben.user
    log = ada.get(url(conversation, "consult/log/")).text
    assert "Covered?" in log and "It is, for two years" in log
    assert floor.client(floor.sue).post(url(conversation, "consult/say/"), word).status_code == 403
    assert 'class="consult"' not in floor.client(floor.sue).get(url(conversation, "desk/")).text


def test_all_three(floor: Floor) -> None:
    conversation = _consult(floor)
    reply = {"text": "Hello from Ben", "client_id": "reply-ben-1"}
    assert floor.client(floor.ben).post(url(conversation, "reply/"), reply).status_code == 403
    data = {"agent": floor.ben.pk}
    assert floor.client(floor.ben).post(url(conversation, "consult/conference/"), data).status_code == 403
    floor.client(floor.ada).post(url(conversation, "consult/conference/"), data)
    assert floor.client(floor.ben).post(url(conversation, "reply/"), reply).status_code == 200
    handling = Assignment.objects.filter(conversation=conversation, state=AssignmentState.HANDLING)
    assert handling.count() == 2


def test_a_queue_cannot_be_asked(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    data = {"target": f"queue:{floor.queue.pk}"}
    assert floor.client(floor.ada).post(url(conversation, "consult/"), data).status_code == 400


def test_recent_targets_stand_first(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    key = f"agent:{floor.ben.pk}"
    first = client.get(url(conversation, "transfer/")).text
    assert first.index('value="queue:') < first.index(key)
    client.post(url(conversation, "transfer/"), {"target": key})
    again = make.make_active(floor.account, floor.ada, customer=make.make_customer("Second"))
    dialog = client.get(url(again, "transfer/")).text
    assert dialog.index(key) < dialog.index('value="queue:')
    assert "load 0 of 100" in dialog


def test_reopening_and_following(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    client.post(url(conversation, "close/"))
    assert "Reopen" in client.get(url(conversation, "desk/")).text
    client.post(url(conversation, "reopen/"))
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.ACTIVE
    client.post(url(conversation, "close/"))
    client.post(f"/console/wrap-up/{Assignment.objects.get().pk}/finish/")
    assert "New conversation" in client.get(url(conversation, "desk/")).text
    assert client.post(url(conversation, "reopen/")).status_code == 400
    new = Conversation.objects.get(pk=shown(client.post(url(conversation, "follow/"))))
    assert new.follows == conversation


def test_finish_and_next_goes_to_who_waits_longest(floor: Floor) -> None:
    first = make.make_active(floor.account, floor.ada)
    second = make.make_active(floor.account, floor.ada, customer=make.make_customer("Second"))
    client = floor.client(floor.ada)
    client.post(url(first, "close/"))
    finish = f"/console/wrap-up/{Assignment.objects.get(conversation=first).pk}/finish/"
    assert shown(client.post(finish, {"next": "1"})) == second.pk
    client.post(url(second, "close/"))
    finish = f"/console/wrap-up/{Assignment.objects.get(conversation=second).pk}/finish/"
    assert shown(client.post(finish, {"next": "1"})) == 0


def test_dispositions_are_a_tree_of_any_depth(floor: Floor) -> None:
    order = Disposition.objects.create(name="Order")
    parcel = Disposition.objects.create(name="Parcel", parent=order)
    late = Disposition.objects.create(name="Late", parent=parcel)
    conversation = make.make_active(floor.account, floor.ada)
    panel = floor.client(floor.ada).post(url(conversation, "close/")).text
    assert 'data-path="Order › Parcel › Late"' in panel
    assert f'value="{late.pk}"' in panel and f'value="{parcel.pk}"' not in panel


def _two(floor: Floor, *, customer=None) -> tuple[Conversation, Conversation]:
    mail = make.make_account("mail", queue=floor.queue, kind="fake", channel=Channel.EMAIL)
    kept = make.make_active(floor.account, floor.ada)
    other = make.make_active(mail, floor.ada, customer=customer or kept.customer)
    return kept, other


def test_merging_shows_which_one_stays_and_is_taken_back(floor: Floor) -> None:
    kept, other = _two(floor)
    client = floor.client(floor.ada)
    assert f'value="{other.pk}"' in client.get(url(kept, "merge/")).text
    ids = {"conversation": [kept.pk, other.pk]}
    dialog = client.get("/console/merge/", ids).text
    assert "Which one stays?" in dialog and "Customer is there" in dialog and "Two customers" not in dialog
    assert client.get("/console/merge/", {"ids": f"{kept.pk},{other.pk}"}).status_code == 200, "as the list says it"
    assert client.get("/console/merge/", {"conversation": [kept.pk]}).status_code == 400
    assert floor.client(floor.ben).post("/console/merge/", {**ids, "kept": kept.pk}).status_code == 403
    answer = client.post("/console/merge/", {**ids, "kept": kept.pk})
    assert shown(answer) == kept.pk
    merge = ConversationMerge.objects.get()
    assert "Take back the merge" in client.get(url(kept, "desk/")).text
    assert "This goes on in" in client.get(url(other, "desk/")).text
    assert floor.client(floor.ben).post(url(kept, "unmerge/"), {"merge": merge.pk}).status_code == 403
    assert shown(client.post(url(other, "unmerge/"), {"merge": merge.pk})) == other.pk
    assert client.post(url(other, "unmerge/"), {"merge": 0}).status_code == 404


def test_two_customers_become_one_when_it_is_said(floor: Floor) -> None:
    kept, other = _two(floor, customer=make.make_customer("Carla"))
    client = floor.client(floor.ada)
    ids = {"conversation": [kept.pk, other.pk]}
    assert "Two customers become one." in client.get("/console/merge/", ids).text
    assert client.post("/console/merge/", {**ids, "kept": kept.pk}).status_code == 400
    client.post("/console/merge/", {**ids, "kept": kept.pk, "customers": "on"})
    other.refresh_from_db()
    assert (other.customer, other.merged_into) == (kept.customer, kept)
    client.post(url(kept, "unmerge/"), {"merge": ConversationMerge.objects.get().pk})
    other.refresh_from_db()
    assert other.customer != kept.customer
    assert CustomerMerge.objects.get().undone_at is not None


def test_splitting_from_a_message_on(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    client.post(url(conversation, "reply/"), {"text": "Tomorrow", "client_id": "reply-ada-1"})
    reply = conversation.messages.last()
    dialog = client.get(url(conversation, "split/"), {"message": reply.pk}).text
    assert f'value="{reply.pk}" required checked' in dialog
    first = conversation.messages.first()
    assert client.post(url(conversation, "split/"), {"message": first.pk, "target": "me"}).status_code == 400
    assert client.post(url(conversation, "split/"), {"message": reply.pk}).status_code == 400
    assert (
        floor.client(floor.sue).post(url(conversation, "split/"), {"message": reply.pk, "target": "me"}).status_code
        == 403
    )
    new = Conversation.objects.get(
        pk=shown(client.post(url(conversation, "split/"), {"message": reply.pk, "target": "me"}))
    )
    assert (new.follows, list(new.messages.all())) == (conversation, [reply])
    assert "Ada moved 1 message" in client.get(url(conversation, "")).text


def test_the_next_status_is_cancelled(floor: Floor) -> None:
    make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    assert "Next status: Offline" in client.post("/console/status/", {"state": "offline"}).text
    assert "Next status" not in client.post("/console/status/cancel/").text
    floor.ada.refresh_from_db()
    assert (floor.ada.state, floor.ada.next_state) == (AgentState.AVAILABLE, "")
    menu = client.get("/console/status/").text
    assert re.search(r"1 of \d", menu), "chats in hand and how many fit"


def test_what_was_missed_and_who_took_it(floor: Floor) -> None:
    for _ in range(2):
        conversation = make.make_waiting(floor.account, customer=make.make_customer("Carla"))
        offer = make.pending_offer(conversation)
        with time_machine.travel(now() + timedelta(minutes=5)):
            expire_offer(offer_id=offer.pk)
    floor.ada.refresh_from_db()
    assert floor.ada.state == AgentState.NOT_RESPONDING
    banner = floor.client(floor.ada).get("/console/status/").text
    assert "You missed Carla (Web chat)" in banner and "from Support at" in banner


def test_the_day_so_far(floor: Floor) -> None:
    client = floor.client(floor.ada)
    first = make.make_active(floor.account, floor.ada)
    close(conversation_id=first.pk, actor=floor.ada.user)
    make.make_active(floor.account, floor.ada, customer=make.make_customer("Second"))
    third = make.make_active(floor.account, floor.ada, customer=make.make_customer("Third"))
    client.post(url(third, "snooze/"), {"hours": 1})
    page = client.get("/console/").text
    assert "Your day so far" in page
    assert "Finish the wrap-up of Carl" in page
    assert "Second waits for your answer" in page
    assert "Hello, Sue" in floor.client(floor.sue).get("/console/").text
