"""The place for writing by HTTP and socket: undo, later, mentions and the bell, answers, limits, other ways, files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from contactcenter.console.models import Preferences
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import (
    Attachment,
    Conversation,
    ConversationAccess,
    Draft,
    Identity,
    Mention,
    Message,
    ScheduledReply,
)
from contactcenter.conversations.services.messages import record_delivery
from contactcenter.conversations.states import Channel, Delivery, IdentityKind, MessageKind
from routing.services.scheduling import send_due_replies
from selfservice.canned.models import CannedReply, CannedText
from tests import factories as make
from tests.console.conftest import Floor
from tests.console.sockets import Console, do, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def surroundings(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.CHANNEL_ADAPTERS = {**settings.CHANNEL_ADAPTERS, "pigeon": "tests.channels.adapters.PigeonAdapter"}


def url(conversation: Conversation, what: str) -> str:
    return f"/console/c/{conversation.pk}/{what}/"


def sent(conversation: Conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation, kind=MessageKind.OUT).order_by("seq")
    return list(rows.values_list("text", flat=True))


def hold(floor: Floor, conversation: Conversation, text: str = "Tomorrow", client_id: str = "abcdefgh-1") -> Any:
    data = {"text": text, "client_id": client_id, "hold": "on"}
    return floor.client(floor.ada).post(url(conversation, "reply"), data)


def test_a_held_reply_is_sent_now_or_taken_back(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    before = timezone.now()
    first = hold(floor, conversation).json()
    after = timezone.now()
    assert first == hold(floor, conversation).json(), "the same click twice"
    assert (first["t"], first["state"], first["client"]) == ("scheduled", "pending", "abcdefgh-1")
    send_at = ScheduledReply.objects.get().send_at
    assert before <= send_at - timedelta(seconds=5) <= after
    assert f"/console/scheduled/{first['id']}/take-back/" in client.get(url(conversation, "scheduled")).text
    for _ in range(2):
        frame = client.post(f"/console/scheduled/{first['id']}/send/").json()
        assert 'data-client="abcdefgh-1"' in frame["html"]
    assert sent(conversation) == ["Tomorrow"]
    assert client.post(f"/console/scheduled/{first['id']}/take-back/").status_code == 409
    second = hold(floor, conversation, "Wrong", "abcdefgh-2").json()
    for _ in range(2):
        back = client.post(f"/console/scheduled/{second['id']}/take-back/").json()
        assert (back["state"], back["text"]) == ("cancelled", "Wrong")
    assert Draft.objects.get().text == "Wrong"
    assert hold(floor, conversation, "Wrong", "abcdefgh-2").json()["state"] == "cancelled", "the outbox asks again"
    assert floor.client(floor.sue).post(f"/console/scheduled/{second['id']}/send/").status_code == 404


def test_who_wants_no_seconds_sends_at_once(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    Preferences.objects.create(user=floor.ada.user, undo_seconds=0)
    assert hold(floor, conversation).json()["t"] == "html"
    assert not ScheduledReply.objects.exists()


def test_later_is_a_time_of_the_writers_clock(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    floor.ada.user.time_zone = "Europe/Riga"
    floor.ada.user.save(update_fields=["time_zone"])
    client = floor.client(floor.ada)
    assert "data-send-at=" in client.get(url(conversation, "later")).text
    day = (timezone.now() + timedelta(days=40)).date()
    data = {"text": "In June", "client_id": "abcdefgh-1", "send_at": f"{day}T09:00"}
    assert client.post(url(conversation, "reply"), data).json()["t"] == "scheduled"
    reply = ScheduledReply.objects.get()
    assert reply.send_at.astimezone().utcoffset() is not None
    import zoneinfo

    assert reply.send_at.astimezone(zoneinfo.ZoneInfo("Europe/Riga")).strftime("%H:%M") == "09:00"
    for moment in ("2001-01-01T09:00", "no time", "2026-13-45T09:00"):
        refused = client.post(url(conversation, "reply"), {**data, "client_id": "abcdefgh-2", "send_at": moment})
        assert refused.status_code == 400, moment


def test_all_screens_of_the_author_learn_what_became_of_it(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    seen = conversation.event_seq

    async def story() -> None:
        async with Console(floor.client(floor.ada)) as ada, Console(floor.client(floor.sue)) as sue:
            data = {"text": "Mine", "client_id": "abcdefgh-1", "hold": "on", "seen_seq": seen}
            await do(floor.client(floor.ada).post, url(conversation, "reply"), data)
            assert (await ada.frame("reply"))["state"] == "pending"
            answer = {"text": "Sue's", "client_id": "from-sue-1"}
            await do(floor.client(floor.sue).post, url(conversation, "reply"), answer)
            await do(ScheduledReply.objects.update, send_at=timezone.now())
            await do(send_due_replies, conversation_id=conversation.pk)
            refused = await ada.frame("reply", state="refused")
            assert refused["client"] == "abcdefgh-1"
            assert "Sue" in refused["text"]
            assert all(frame["t"] != "reply" for frame in await sue.frames_until_pong())

    run(story())
    client = floor.client(floor.ada)
    assert 'data-refused-text="Mine"' in client.get(url(conversation, "scheduled")).text
    assert "Not sent to Carl" in client.get("/console/bell/").text
    assert client.post(url(conversation, "settle")).status_code == 204
    assert "Not sent to Carl" not in client.get("/console/bell/").text


def test_a_mention_lets_in_and_tells(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    other = floor.other_team
    people = floor.client(floor.ada).get(url(conversation, "colleagues")).json()["people"]
    assert {person["name"] for person in people} == {"Ben", "Carla", "Sue"}, "of the brand, not oneself"
    assert floor.client(other).get(f"/console/c/{conversation.pk}/").status_code == 404
    note = {"text": "@Carla is that yours?", "client_id": "note-ada-1", "mentions": [other.user_id, floor.ada.user_id]}

    async def story() -> None:
        async with Console(floor.client(other)) as carla, Console(floor.client(floor.ben)) as ben:
            await do(floor.client(floor.ada).post, url(conversation, "note"), note)
            frame = await carla.frame("mention")
            assert (frame["conversation"], frame["who"], frame["text"]) == (conversation.pk, "Ada", note["text"])
            assert all(frame["t"] != "mention" for frame in await ben.frames_until_pong())

    run(story())
    floor.client(floor.ada).post(url(conversation, "note"), note)
    assert Mention.objects.get().user_id == other.user_id
    client = floor.client(other)
    assert f'data-mention="{conversation.pk}"' in client.get("/console/bell/").text
    assert '<b class="at">@Carla</b> is that yours?' in client.get(f"/console/c/{conversation.pk}/").text
    for _ in range(2):
        assert f'data-mention="{conversation.pk}"' not in client.post(url(conversation, "mentions/seen")).text
    assert Mention.objects.get().seen_at is not None


def test_nobody_of_another_brand_is_mentioned(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    note = {"text": "@Dora", "client_id": "note-ada-1", "mentions": [floor.other_brand.user_id, "x", 10**9]}
    assert floor.client(floor.ada).post(url(conversation, "note"), note).status_code == 200
    assert not Mention.objects.exists()
    assert not ConversationAccess.objects.filter(user=floor.other_brand.user).exists()


def test_answers_are_filled_in_for_the_conversation(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada, language="lv")
    reply = CannedReply.objects.create(shortcut="hello", title="Greeting", tags=["start"])
    CannedText.objects.create(reply=reply, language="en", text="Hello {first_name}, order {order}")
    (answer,) = floor.client(floor.ada).get(url(conversation, "answers")).json()["answers"]
    assert answer["shortcut"] == "hello"
    text = "Hello Carl, order {order}"
    assert answer["variants"] == [
        {"language": "en", "name": "English", "text": text, "left": ["order"], "foreign": True}
    ]


@pytest.fixture
def two_ways(floor: Floor) -> tuple[Conversation, str]:
    """A chat whose customer has a telephone number too, and the key of that way."""
    sms = make.make_account("sms", queue=floor.queue, kind="pigeon", channel=Channel.SMS)
    conversation = make.make_active(floor.account, floor.ada)
    phone = Identity.objects.create(
        customer=conversation.customer, brand=conversation.brand, kind=IdentityKind.PHONE, address="+37120000001"
    )
    return conversation, f"{sms.pk}-{phone.pk}"


def test_another_way_is_kept_with_the_draft_and_used(floor: Floor, two_ways: tuple[Conversation, str]) -> None:
    conversation, key = two_ways
    client = floor.client(floor.ada)
    html = client.get(f"/console/c/{conversation.pk}/").text
    assert html.count('type="radio" name="way"') == 2
    draft = {"mode": "reply", "text": "By SMS", "seen_seq": 1, "way": key}
    assert client.post(url(conversation, "draft"), draft).status_code == 204
    html = client.get(f"/console/c/{conversation.pk}/").text
    assert "checked" in html.split(f'value="{key}"')[1].split(">")[0]
    client.post(url(conversation, "reply"), {"text": "By SMS", "client_id": "abcdefgh-1", "way": key})
    message = Message.objects.get(kind=MessageKind.OUT)
    assert (message.account.slug, message.identity.address) == ("sms", "+37120000001")
    assert message.delivery == Delivery.PENDING
    too_long = {"text": "x" * 161, "client_id": "abcdefgh-2", "way": key}
    refused = client.post(url(conversation, "reply"), too_long)
    assert (refused.status_code, refused.json()["code"]) == (400, "too_long")
    foreign = client.post(url(conversation, "reply"), {**too_long, "way": f"{key}0"})
    assert (foreign.status_code, foreign.json()["code"]) == (400, "bad_way")


def test_one_way_is_no_choice(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    html = floor.client(floor.ada).get(f"/console/c/{conversation.pk}/").text
    assert 'type="hidden" name="way"' in html
    assert 'type="radio" name="way"' not in html


def test_what_failed_is_tried_again_or_said_another_way(floor: Floor, two_ways: tuple[Conversation, str]) -> None:
    conversation, key = two_ways
    client = floor.client(floor.ada)
    upload = client.post(url(conversation, "files"), {"file": SimpleUploadedFile("a.txt", b"hello")}).json()
    data = {"text": "By SMS", "client_id": "abcdefgh-1", "way": key, "attachments": [upload["id"]]}
    client.post(url(conversation, "reply"), data)
    message = Message.objects.get(kind=MessageKind.OUT)
    with transaction.atomic():
        lock_conversation(conversation.pk)
        record_delivery(message_id=message.pk, delivery=Delivery.FAILED, error="no such number")
    assert "no such number" in client.get("/console/bell/").text
    assert floor.client(floor.ben).post(f"/console/messages/{message.pk}/retry/").status_code == 403
    for _ in range(2):
        assert client.post(f"/console/messages/{message.pk}/retry/").status_code == 200
    message.refresh_from_db()
    assert (message.delivery, message.delivery_error) == (Delivery.PENDING, "")
    assert "no such number" not in client.get("/console/bell/").text
    again = client.post(f"/console/messages/{message.pk}/resend/").json()
    assert again["text"] == "By SMS"
    copy = Attachment.objects.get(public_id=again["files"][0]["id"])
    assert (copy.message, copy.file.read()) == (None, b"hello")
    assert floor.client(floor.other_team).post(f"/console/messages/{message.pk}/resend/").status_code == 404


def test_files_begun_are_there_after_a_reload_until_they_are_dropped(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    stored = client.post(url(conversation, "files"), {"file": SimpleUploadedFile("a.txt", b"hello")}).json()
    page = f"/console/c/{conversation.pk}/"
    assert f'data-begun="{stored["id"]}"' in client.get(page).text
    assert stored["id"] not in floor.client(floor.sue).get(page).text
    path = Path(Attachment.objects.get().file.path)
    assert floor.client(floor.sue).post(f"/files/{stored['id']}/discard/").status_code == 204
    assert path.exists(), "only who put it there drops it"
    for _ in range(2):
        client.post(f"/files/{stored['id']}/discard/")
    assert not Attachment.objects.exists()
    assert not path.exists()


def test_a_sent_file_cannot_be_dropped(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    client = floor.client(floor.ada)
    stored = client.post(url(conversation, "files"), {"file": SimpleUploadedFile("a.txt", b"hello")}).json()
    client.post(url(conversation, "reply"), {"text": "", "client_id": "abcdefgh-1", "attachments": [stored["id"]]})
    client.post(f"/files/{stored['id']}/discard/")
    assert Attachment.objects.get().message is not None


def test_send_and_close_leaves_the_wrap_up(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    data = {"text": "Bye", "client_id": "abcdefgh-1", "then": "close"}
    for _ in range(2):
        assert floor.client(floor.ada).post(url(conversation, "reply"), data).status_code == 200
    conversation.refresh_from_db()
    assert conversation.state == "closed"
    assert 'class="panel wrap-up"' in floor.client(floor.ada).get(url(conversation, "desk")).text
