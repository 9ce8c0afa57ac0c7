"""What a widget refuses, each in words: foreign origins and ids on every door, forged identities, files that are not
what they seem, script in every field, floods."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.utils.html import escape

from channels_app.webchat import limits
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Customer, Event, Message
from routing.models import Queue
from tests import factories as make
from tests.channels.conftest import SECRET, browser, play, visitor_token
from tests.channels.test_widget_after import post
from tests.channels.test_widget_doors import sign, without_signature
from tests.channels.test_widget_first import configure
from tests.channels.test_widget_http import PNG, as_visitor, write

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
# Every door for what a visitor does, with a conversation of somebody else in it.
DOORS = [
    ("GET", "conversations/{id}/"),
    ("POST", "conversations/{id}/rating/"),
    ("POST", "conversations/{id}/transcript/"),
    ("POST", "conversations/{id}/leave/"),
    ("GET", "conversations/"),
    ("GET", "messages/"),
    ("POST", "messages/"),
    ("POST", "files/"),
    ("POST", "email/"),
    ("POST", "email/code/"),
    ("POST", "resume/"),
    ("POST", "erase/"),
]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def knock(client: Client, method: str, path: str, **headers: str) -> Any:
    address = f"/w/pk_shop/{path}?locale=en"
    if method == "GET":
        return client.get(address, headers=headers)
    body = {"id": str(uuid.uuid4()), "text": "x", "score": 5, "way": "file", "email": "x@example.com", "code": "123456"}
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_no_door_opens_for_a_foreign_page(client: Client, account: ChannelAccount, method: str, path: str) -> None:
    conversation = make.make_waiting(account)
    mine = as_visitor(visitor_token(conversation))
    for origin in ("https://evil.example", "https://shop.example", "null", "http://testserver.evil.example"):
        answer = knock(client, method, path.format(id=conversation.public_id), Origin=origin, **mine)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin") and answer.json()["text"]
        assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize(("method", "path"), [door for door in DOORS if "{id}" in door[1]])
def test_foreign_conversations_cannot_be_found(
    client: Client, account: ChannelAccount, queue: Queue, method: str, path: str
) -> None:
    theirs = make.make_waiting(account, text="a private question")
    second = make.make_account("second", queue=queue)
    elsewhere = make.make_waiting(second, text="a private question")
    mine = write(client, account, "Hello").json()["token"]
    for token in (None, "forged", mine):
        for wanted in (theirs.public_id, elsewhere.public_id, uuid.uuid4()):
            answer = knock(client, method, path.format(id=wanted), **as_visitor(token))
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown_conversation")
            assert "private" not in answer.content.decode() and answer.json()["text"]
    assert not hasattr(Conversation.objects.get(pk=theirs.pk), "rating")
    assert Conversation.objects.get(pk=theirs.pk).state == theirs.state


@pytest.mark.parametrize(("method", "path"), [door for door in DOORS if door[1] != "resume/"])
def test_forged_identities_open_no_door(
    client: Client, account: ChannelAccount, queue: Queue, method: str, path: str
) -> None:
    victim = write(client, account, "a private question", identity="").json()
    other = make.make_account("second", queue=queue, secret="another secret that is long enough, 32")
    forged = {
        "another secret": sign(account, secret="x" * 40),
        "another key's": sign(other, secret=SECRET),
        "no algorithm": without_signature(account),
        "changed algorithm": sign(account, alg="HS512", secret=SECRET + "x" * 40),
        "no end": sign(account, exp=None),
        "expired": sign(account, exp=1_700_000_000),
        "nobody": sign(account, id=" "),
        "nonsense": "a.b.c",
    }
    for what, token in forged.items():
        answer = knock(client, method, path.format(id=victim["conversation"]), **{"X-Widget-Identity": token})
        assert answer.status_code == 403 and answer.json()["text"], what
        assert answer.json()["code"] in {"identity_refused", "identity_expired"}, what


def test_files_are_what_they_say_or_refused_in_words(client: Client, account: ChannelAccount, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 2000
    token = write(client, account, "Hello").json()["token"]

    def send(name: str, content: bytes, kind: str = "image/png") -> Any:
        upload = {"file": SimpleUploadedFile(name, content, content_type=kind)}
        return client.post("/w/pk_shop/files/?locale=en", upload, headers=as_visitor(token))

    page, program = b"<html><script>alert(1)</script></html>", b"MZ\x90\0 a program"
    refused = {
        ("big.png", PNG + b"x" * 2001): "file_too_big",
        ("empty.png", b""): "empty_file",
        ("photo.png", page): "file_disguised",
        ("photo.jpg", b"just words"): "file_disguised",
        ("photo.png", b"%PDF-1.4 " + b"x" * 50): "file_disguised",
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"): "file_disguised",
        ("invoice.pdf", page): "file_disguised",
        ("voice.webm", page): "file_disguised",
        ("photo.png", program): "file_refused",
        ("photo.png", b"\x7fELF" + b"\0" * 60): "file_refused",
        ("invoice.pdf.exe", PNG): "file_refused",
        ("../../run.BAT ", b"del"): "file_refused",
        ("link.lnk", b"L\0\0\0"): "file_refused",
    }
    for (name, content), code in refused.items():
        answer = send(name, content)
        assert (answer.status_code, answer.json().get("code")) == (400, code), name
        assert answer.json()["text"]
    assert Attachment.objects.count() == 0
    voice = send("voice.webm", b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm" + b"\0" * 99, "audio/webm")
    assert voice.json()["type"] == "audio/webm"
    kept = send('<img src=x onerror="alert(1)">.txt', page, "text/html").json()
    assert "<" not in kept["name"] and '"' not in kept["name"]
    shown = client.get(kept["url"])
    assert shown["Content-Type"] == "application/octet-stream" and "attachment" in shown["Content-Disposition"]
    assert shown["X-Content-Type-Options"] == "nosniff" and "sandbox" in shown["Content-Security-Policy"]
    shown.close()


def test_script_in_every_field_stays_text(client: Client, account: ChannelAccount) -> None:
    configure(account, prechat=dict.fromkeys(("name", "email", "phone", "topic", "order"), "optional"))
    fields = dict.fromkeys(("name", "topic", "order", "page", "ref"), SCRIPT + "\0\u202e")
    visit = {
        "title": SCRIPT,
        "referrer": "javascript:alert(1)",
        "consented": True,
        "set": {SCRIPT: SCRIPT},
        "views": [{"url": "javascript:alert(1)", "title": SCRIPT, "at": SCRIPT}],
        "events": [{"name": SCRIPT, "data": {SCRIPT: SCRIPT}}],
    }
    given = write(client, account, SCRIPT, email=f"{'a' * 9}<script>@example.com", **fields, visit=visit)
    assert given.status_code == 200, given.json()
    token, public_id = given.json()["token"], given.json()["conversation"]
    read = client.get("/w/pk_shop/messages/", headers=as_visitor(token))
    assert read["Content-Type"] == "application/json" and read.json()["messages"][0]["text"] == SCRIPT
    assert post(client, f"conversations/{public_id}/leave/", token, name=SCRIPT).status_code == 200
    for path in ("frame/", "config/"):
        answer = client.get(f"/w/pk_shop/{path}", {"locale": SCRIPT}, headers={"Origin": "https://shop.example"})
        assert b"<script>alert" not in answer.content
    page = client.get("/c/pk_shop/chat", {"topic": SCRIPT, "ref": SCRIPT, "resume": SCRIPT, "lang": SCRIPT})
    assert b"<script>alert" not in page.content and b"onerror=alert(1)>" not in page.content
    conversation = Conversation.objects.get()
    event = Event.objects.filter(conversation=conversation).earliest("pk")
    shown = {"page": event.data["page"], **event.data["visit"]}
    html = render_to_string("console/_visit.html", {"visit": shown, "item": {"key": "1-1", "moment": event.at}})
    assert "<script>" not in html and escape(SCRIPT) in html and " href=" not in html.replace("<use href=", "")
    assert Customer.objects.get(pk=conversation.customer_id).name.startswith('"><script>')


def test_bad_bodies_are_refused_in_words(client: Client, account: ChannelAccount) -> None:
    given = write(client, account, "Hello").json()
    own = f"conversations/{given['conversation']}"
    paths = [f"{own}/rating/", f"{own}/transcript/", f"{own}/leave/", "email/", "email/code/", "resume/", "messages/"]
    for path in paths:
        for body in ("", "[]", "{", '"x"', "null", '{"email": 5, "code": [1], "resume": {}, "way": 7, "id": 5}'):
            answer = client.post(
                f"/w/pk_shop/{path}?locale=en",
                body,
                content_type="application/json",
                headers=as_visitor(given["token"]),
            )
            assert answer.status_code == 400 and answer.json()["text"], (path, body)
    assert client.get(f"/w/pk_shop/{own}/rating/").status_code == 405


def test_floods_of_every_kind(client: Client, account: ChannelAccount, settings: Any, monkeypatch: Any) -> None:
    given = write(client, account, "Hello").json()
    token, own = given["token"], f"conversations/{given['conversation']}"
    settings.WIDGET_LIMITS = True
    for kind in ("act", "code", "resume", "upload", "message"):
        monkeypatch.setitem(limits.RATES, kind, limits.Rate(burst=2, seconds=60))
    acts = [post(client, f"{own}/rating/", token, score=5).json()["code"] for _number in range(3)]
    assert acts == ["not_closed", "not_closed", "too_fast"]
    resumes = [post(client, "resume/", None, resume="x").json() for _number in range(3)]
    assert resumes[-1]["code"] == "too_fast" and "60" in resumes[-1]["text"]
    uploads = []
    for _number in range(3):
        upload = {"file": SimpleUploadedFile("a.txt", b"x")}
        uploads.append(client.post("/w/pk_shop/files/?locale=en", upload, headers=as_visitor(token)).status_code)
    assert uploads == [201, 201, 429]
    texts = [write(client, account, "again", token).status_code for _number in range(3)]
    assert texts == [200, 200, 429]
    assert Message.objects.count() == 3


def test_claims_of_the_host_page_are_only_claims(account: ChannelAccount) -> None:
    """What `cc('identify')` says without a signature reaches the agent as claimed."""

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Hello", name="The director", email="director@example.com", phone="+37126124487")
            frame = await page.hello()
            assert frame["known"] is False and frame["person"]["email_level"] == "claimed"

    play(story())
    levels = set(Customer.objects.get().identities.exclude(kind="visitor").values_list("level", flat=True))
    assert levels == {"claimed"}
