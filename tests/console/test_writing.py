"""Replies, notes, drafts, files: once each, by those who may."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contactcenter.conversations.models import Draft, Message
from contactcenter.conversations.states import MessageKind
from routing.services.offers import accept_offer
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + bytes.fromhex("0000000d49484452000000010000000108060000001f15c489")


@pytest.fixture(autouse=True)
def files_elsewhere(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_reply_posted_twice_is_one_message(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    data = {"text": "Tomorrow at two.", "client_id": "abcdefgh-1"}
    frames = [floor.client(floor.ada).post(f"/console/c/{conversation.pk}/reply/", data).json() for _ in range(2)]
    assert Message.objects.filter(conversation=conversation, kind=MessageKind.OUT).count() == 1
    assert frames[0]["t"] == "html"
    assert frames[0]["seq"] == frames[1]["seq"]
    assert 'data-client="abcdefgh-1"' in frames[0]["html"]


def test_who_may_reply(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    url = f"/console/c/{conversation.pk}/reply/"
    answers = {
        name: floor.client(who).post(url, {"text": "hello", "client_id": f"from-{name}-1"}).status_code
        for name, who in (
            ("ada", floor.ada),
            ("sue", floor.sue),
            ("ben", floor.ben),
            ("other_team", floor.other_team),
            ("other_brand", floor.other_brand),
        )
    }
    assert answers == {"ada": 200, "sue": 200, "ben": 403, "other_team": 404, "other_brand": 404}


def test_a_reply_waits_for_its_writer_to_see_what_a_colleague_answered(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    url = f"/console/c/{conversation.pk}/reply/"
    seen = conversation.event_seq
    floor.client(floor.sue).post(url, {"text": "I took that over.", "client_id": "from-sue-1"})
    refused = floor.client(floor.ada).post(url, {"text": "Hello", "client_id": "from-ada-1", "seen_seq": seen})
    assert refused.status_code == 409
    assert refused.json()["code"] == "answered_meanwhile"
    conversation.refresh_from_db()
    again = {"text": "Hello", "client_id": "from-ada-2", "seen_seq": conversation.event_seq}
    assert floor.client(floor.ada).post(url, again).status_code == 200


def test_notes_are_for_everybody_who_sees_it(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    url = f"/console/c/{conversation.pk}/note/"
    assert floor.client(floor.ben).post(url, {"text": "He called", "client_id": "note-ben-1"}).status_code == 200
    assert floor.client(floor.other_team).post(url, {"text": "x", "client_id": "note-other-1"}).status_code == 404
    assert Message.objects.filter(kind=MessageKind.NOTE).count() == 1


@pytest.mark.parametrize(
    "data", [{"text": "no id"}, {"text": "x", "client_id": "short"}, {"text": " ", "client_id": "abcdefgh-1"}]
)
def test_what_cannot_be_sent_says_so(floor: Floor, data: dict[str, str]) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    answer = floor.client(floor.ada).post(f"/console/c/{conversation.pk}/reply/", data)
    assert answer.status_code == 400
    assert answer.json()["text"]


def test_drafts_are_kept_and_forgotten(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    url = f"/console/c/{conversation.pk}/draft/"
    assert client.post(url, {"mode": "reply", "text": "Dear Carl,", "seen_seq": 4}).status_code == 204
    html = client.get(f"/console/c/{conversation.pk}/").text
    assert 'data-reply-draft="Dear Carl,"' in html
    assert 'data-reply-seen="4"' in html
    assert "Dear Carl" not in floor.client(floor.sue).get(f"/console/c/{conversation.pk}/").text, "one's own only"
    client.post(f"/console/c/{conversation.pk}/reply/", {"text": "Dear Carl, yes", "client_id": "abcdefgh-1"})
    assert not Draft.objects.exists()
    client.post(url, {"mode": "note", "text": "x", "seen_seq": 0})
    client.post(f"/console/c/{conversation.pk}/note/", {"text": "x", "client_id": "abcdefgh-2"})
    assert not Draft.objects.exists()


def test_reading_counts_for_the_one_who_handles_it(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    for who, unread in ((floor.ben, 1), (floor.sue, 1), (floor.ada, 0)):
        assert floor.client(who).post(f"/console/c/{conversation.pk}/read/").status_code == 204
        conversation.refresh_from_db()
        assert conversation.unread_count == unread


def test_a_file_is_uploaded_then_sent_and_shown_to_those_who_see_the_conversation(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    upload = SimpleUploadedFile("label.png", PNG, content_type="text/html")
    stored = client.post(f"/console/c/{conversation.pk}/files/", {"file": upload})
    assert stored.status_code == 201
    public_id = stored.json()["id"]
    stolen = {"text": "", "client_id": "from-sue-1", "attachments": [public_id]}
    assert floor.client(floor.sue).post(f"/console/c/{conversation.pk}/reply/", stolen).status_code == 404
    data = {"text": "", "client_id": "abcdefgh-1", "attachments": [public_id]}
    for _ in range(2):
        frame = client.post(f"/console/c/{conversation.pk}/reply/", data).json()
    assert f"/files/{public_id}/" in frame["html"]
    shown = floor.client(floor.ben).get(f"/files/{public_id}/")
    assert io.BytesIO(b"".join(shown.streaming_content)).read() == PNG
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert floor.client(floor.other_team).get(f"/files/{public_id}/").status_code == 404


@pytest.mark.parametrize(("name", "content"), [("run.exe", b"MZ\x90\x00"), ("empty.txt", b"")])
def test_refused_files_say_why(floor: Floor, name: str, content: bytes) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    url = f"/console/c/{conversation.pk}/files/"
    answer = floor.client(floor.ada).post(url, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 400
    assert floor.client(floor.ada).post(url).status_code == 400


def test_foreign_file_ids_do_not_exist(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    data = {"text": "x", "client_id": "abcdefgh-1", "attachments": ["not-an-id"]}
    assert floor.client(floor.ada).post(f"/console/c/{conversation.pk}/reply/", data).status_code == 404


def test_an_offered_agent_of_another_team_sees_the_offer_but_not_the_conversation(floor: Floor) -> None:
    floor.queue.members.create(agent=floor.other_team)
    from routing.services.agents import set_agent_state
    from routing.services.groups import rebuild_groups
    from routing.states import AgentState

    rebuild_groups([floor.queue])
    set_agent_state(agent_id=floor.ada.pk, to=AgentState.BREAK)
    set_agent_state(agent_id=floor.other_team.pk, to=AgentState.AVAILABLE)
    conversation = make.make_waiting(floor.account)
    offer = make.pending_offer(conversation)
    assert offer.agent == floor.other_team
    client = floor.client(floor.other_team)
    assert client.get(f"/console/c/{conversation.pk}/").status_code == 404
    assert f'id="offer-{offer.pk}"' in client.get("/console/offers/").text
    accept_offer(offer_id=offer.pk, agent_id=floor.other_team.pk)
    assert client.get(f"/console/c/{conversation.pk}/").status_code == 200
