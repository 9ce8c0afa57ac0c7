"""The timeline over HTTP: earlier contacts in a line, places, days, what is found, what is unread, files."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contactcenter.base.clock import now
from contactcenter.conversations.models import Conversation, Event, Message
from contactcenter.conversations.services.attachments import store_attachment
from contactcenter.conversations.services.messages import add_note
from contactcenter.conversations.states import Channel, Delivery
from routing.services.handling import close
from routing.services.logging import log_contact
from routing.services.replies import send_reply
from tests import factories as make
from tests.console.conftest import Floor

pytestmark = pytest.mark.django_db(transaction=True)

WAV = b"RIFF\x64\x00\x00\x00WAVEfmt " + b"\x10\x00\x00\x00\x01\x00\x01\x00" + b"\0" * 76


def past(floor: Floor, *, text: str = "Cēsis, the blue kettle", days: int = 5) -> tuple[Conversation, Conversation]:
    """A contact that is over, and one with the same customer now."""
    customer = make.make_customer("Līga Bērziņa")
    at = now() - timedelta(days=days)
    earlier = log_contact(
        customer=customer, channel=Channel.IN_PERSON, at=at, text=text, actor=floor.ada.user, client_id="past"
    )
    return earlier, make.make_active(floor.account, floor.ada, customer=customer, text="Labdien!")


def notes(conversation: Conversation, floor: Floor, count: int) -> None:
    for number in range(count):
        add_note(conversation_id=conversation.pk, author=floor.ada.user, text=f"n{number}!", client_id=f"n{number}")


def timeline(client: Client, conversation: Conversation, query: str = "") -> str:
    return client.get(f"/console/c/{conversation.pk}/timeline/?{query}").text


def keys(html: str) -> list[str]:
    return re.findall(r'<li id="item-(\d+-\d+)"', html)


def test_an_earlier_contact_is_a_line_that_unfolds(floor: Floor) -> None:
    earlier, today = past(floor)
    client = floor.client(floor.ada)
    html = timeline(client, today)
    line = html.split(f'id="contact-{earlier.pk}"')[1].split("</li>")[0]
    assert "Cēsis, the blue kettle" in line
    assert str(floor.ada) in line
    assert f"/console/c/{earlier.pk}/timeline/?alone=1" in line
    assert not [key for key in keys(html) if key.startswith(f"{earlier.pk}-")]
    alone = timeline(client, earlier, "alone=1")
    assert {key.split("-")[0] for key in keys(alone)} == {str(earlier.pk)}
    assert 'role="log"' not in alone


def test_what_is_open_or_on_screen_is_not_folded(floor: Floor) -> None:
    earlier, today = past(floor)
    client = floor.client(floor.ada)
    assert f'id="contact-{earlier.pk}"' not in timeline(client, earlier)
    other = make.make_waiting(floor.account, customer=today.customer, text="and another thing")
    html = timeline(client, earlier)
    assert "and another thing" in html
    assert "Labdien!" in html
    assert f'"{other.pk}":' in html, "it is followed"
    close(conversation_id=today.pk, actor=floor.ada.user)
    assert f'id="contact-{today.pk}"' in timeline(client, earlier)


def test_a_place_is_the_middle_of_a_page_with_more_at_both_ends(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.console.timeline.PAGE", 4)
    conversation = make.make_active(floor.account, floor.ada)
    notes(conversation, floor, 12)
    seq = Message.objects.get(text="n5!").seq
    client = floor.client(floor.ada)
    html = client.get(f"/console/c/{conversation.pk}/?at={seq}").text
    assert f'data-focus="item-{conversation.pk}-{seq}"' in html
    assert keys(html) == [f"{conversation.pk}-{number}" for number in range(seq - 2, seq + 2)]
    seen = keys(html)
    for direction in ("after", "before"):
        page = html
        while (found := re.search(rf'hx-get="([^"]+\?{direction}=[^"]+)"', page)) is not None:
            page = client.get(found[1].replace("&amp;", "&")).text
            seen += keys(page)
    assert sorted(seen) == sorted(set(seen)), "nothing twice"
    assert {f"{conversation.pk}-{m.seq}" for m in Message.objects.all()} <= set(seen), "nothing left out"
    for nonsense in ("at=999", "at=x", "at=1-2-3", "date=2026-99-99", "date=x", "before=x", "after=1_x", "with=x"):
        assert client.get(f"/console/c/{conversation.pk}/timeline/?{nonsense}").status_code == 200


def test_a_place_in_a_folded_contact_unfolds_it_on_every_page(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.console.timeline.PAGE", 2)
    earlier, today = past(floor)
    seq = Message.objects.get(conversation=earlier).seq
    html = timeline(floor.client(floor.ada), today, f"at={earlier.pk}-{seq}")
    assert f'data-focus="item-{earlier.pk}-{seq}"' in html
    assert f'id="contact-{earlier.pk}"' not in html
    assert f"&amp;with={earlier.pk}" in html


def test_a_day_begins_at_midnight_where_the_reader_is(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    notes(conversation, floor, 2)
    floor.ada.user.time_zone = "Europe/Riga"
    floor.ada.user.save()
    moment = (now() - timedelta(days=3)).replace(hour=22, minute=30)
    first = Message.objects.get(text="n0!")
    Event.objects.filter(conversation=conversation, seq=first.seq).update(at=moment)
    day = (moment + timedelta(days=1)).date()
    html = timeline(floor.client(floor.ada), conversation, f"date={day}")
    assert f'data-focus="item-{conversation.pk}-{first.seq}"' in html, "half past ten in London is tomorrow in Riga"


def test_search_within_ignores_accents_and_what_is_hidden(floor: Floor) -> None:
    earlier, today = past(floor)
    client = floor.client(floor.ben)
    seq = Message.objects.get(conversation=earlier).seq

    def find(client: Client, words: str) -> list[str]:
        return list(client.get(f"/console/c/{today.pk}/find/", {"q": words}).json()["found"])

    assert find(client, "cesis") == [f"{earlier.pk}-{seq}"]
    assert find(client, "LABDIEN") == [f"{today.pk}-{Message.objects.get(text='Labdien!').seq}"]
    assert find(client, "c") == find(client, "nothing like it") == []
    Conversation.objects.filter(pk=earlier.pk).update(team=None, owner=None)
    assert find(client, "cesis") == []
    assert f'id="contact-{earlier.pk}"' not in timeline(client, today)


def test_a_line_stands_before_what_nobody_has_read(floor: Floor) -> None:
    conversation = make.make_waiting(floor.account, text="read me")
    html = timeline(floor.client(floor.ben), conversation)
    assert html.index('class="unread"') < html.index("read me")
    Conversation.objects.filter(pk=conversation.pk).update(unread_count=0)
    assert 'class="unread"' not in timeline(floor.client(floor.ben), conversation)


def test_what_failed_says_why_and_offers_another_try(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    message = send_reply(conversation_id=conversation.pk, author=floor.ada.user, text="hello", client_id="m1")
    client = floor.client(floor.ada)
    assert "data-retry" not in timeline(client, conversation)
    Message.objects.filter(pk=message.pk).update(delivery=Delivery.FAILED, delivery_error="Number is not in use")
    html = timeline(client, conversation)
    assert "Not delivered: Number is not in use" in html
    assert f'data-retry="/console/messages/{message.pk}/retry/"' in html
    assert f'data-resend="/console/messages/{message.pk}/resend/"' in html


def test_sound_is_played_in_parts_and_everything_else_is_downloaded(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    files = [("voice.wav", WAV), ("page.html", b"<script>alert(1)</script>")]
    sound, page = [store_attachment(conversation, SimpleUploadedFile(*file)) for file in files]
    client = floor.client(floor.ada)
    url = f"/files/{sound.public_id}/"
    whole = client.get(url)
    assert (whole.status_code, whole["Content-Type"], whole["Accept-Ranges"]) == (200, "audio/wave", "bytes")
    assert "attachment" not in whole["Content-Disposition"]
    assert whole["X-Content-Type-Options"] == "nosniff"
    assert b"".join(whole) == WAV
    last = len(WAV) - 1
    for wanted, start, end in (("0-", 0, last), ("4-7", 4, 7), ("-6", last - 5, last), ("90-900", 90, last)):
        answer = client.get(url, headers={"Range": f"bytes={wanted}"})
        assert answer.status_code == 206
        assert answer.content == WAV[start : end + 1]
        assert answer["Content-Range"] == f"bytes {start}-{end}/{len(WAV)}"
    for nonsense in ("bytes=", "bytes=-", "lines=1-2", "bytes=900-", "bytes=5-2", "bytes=0-1,3-4"):
        assert client.get(url, headers={"Range": nonsense}).status_code == 200
    download = client.get(f"/files/{page.public_id}/", headers={"Range": "bytes=0-3"})
    assert (download.status_code, download["Content-Type"]) == (200, "application/octet-stream")
    assert "attachment" in download["Content-Disposition"]
