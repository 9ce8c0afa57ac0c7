"""The widget over HTTP: loader, configuration, iframe, the fall-back, files, sizes, the demo's shop."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from asgiref.testing import ApplicationCommunicator
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from channels_app.models import ShownThanks
from channels_app.webchat import colours
from channels_app.webchat.strings import STRINGS
from contactcenter.asgi import application
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Message
from contactcenter.conversations.states import ConversationState
from routing.models import Queue
from routing.services.handling import close
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.conftest import visitor_token
from tests.channels.test_widget_doors import sign

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
SHOP = "https://shop.example"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def as_visitor(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def write(client: Client, account: ChannelAccount, text: str, token: str | None = None, **fields: Any) -> Any:
    body = {"id": str(uuid.uuid4()), "text": text, **fields}
    return client.post(
        f"/w/{account.address}/messages/", json.dumps(body), content_type="application/json", headers=as_visitor(token)
    )


def test_the_loader_may_be_fetched_from_anywhere(client: Client) -> None:
    answer = client.get("/w/v1.js", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Type"].startswith("text/javascript") and answer["Content-Encoding"] == "gzip"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert gzip.decompress(answer.content) == client.get("/w/v1.js").content
    again = client.get("/w/v1.js", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304 and again.content == b""


def test_configuration_is_for_listed_pages(client: Client, account: ChannelAccount, settings: Any) -> None:
    answer = client.get("/w/pk_shop/config/?locale=lv-LV", headers={"Origin": SHOP})
    assert answer["Access-Control-Allow-Origin"] == SHOP and "Origin" in answer["Vary"]
    assert answer.json()["locale"] == "lv" and answer.json()["on_colour"] == "#ffffff"
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "https://shop.example.evil.example"}, {}):
        refusal = client.get("/w/pk_shop/config/", headers=headers)
        assert (refusal.status_code, refusal.json()["code"]) == (403, "wrong_origin")
        assert "Access-Control-Allow-Origin" not in refusal
    assert client.get("/w/pk_nothing/config/", headers={"Origin": SHOP}).status_code == 404
    own = {"Sec-Fetch-Site": "same-origin", "Host": "127.0.0.1"}
    assert client.get("/w/pk_shop/config/", headers=own).status_code == 403
    settings.DEMO = True
    assert client.get("/w/pk_shop/config/", headers=own).status_code == 200


def test_the_frame_is_embedded_by_listed_pages_alone(client: Client, account: ChannelAccount) -> None:
    account.config["origins"] += ["https://ok.example:8443", "evil.example; script-src *", "https://*"]
    account.config["greeting"] = {"lv": "Sveiki! </script><b>"}
    account.save()
    answer = client.get("/w/pk_shop/frame/?locale=lv")
    policy = answer["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://shop.example https://ok.example:8443")
    assert "unsafe" not in policy and "X-Frame-Options" not in answer
    page = answer.content.decode()
    assert '<html lang="lv">' in page and "</script><b>" not in page
    config = json.loads(re.search(r'<script id="config" type="application/json">(.*?)</script>', page)[1])  # type: ignore[index]
    assert config["greeting"] == "Sveiki! </script><b>" and set(config["strings"]) == set(STRINGS)
    assert not re.search(r"<(script(?! (type=\"module\" src|id=\"config\"))|style)| on\w+=| style=", page)
    ChannelAccount.objects.update(config={})
    assert client.get("/w/pk_shop/frame/")["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_sizes(client: Client, account: ChannelAccount) -> None:
    """Loader at most 6 kB, first view at most 30 kB, both gzip."""

    def packed(name: str) -> int:
        return len(gzip.compress(Path(str(finders.find(f"webchat/{name}"))).read_bytes(), 9))

    page = client.get("/w/pk_shop/frame/").content
    parts = re.findall(rb"/static/webchat/([\w.]+)", page)
    assert {b"chat.js", b"chat.css", b"link.js"} <= set(parts)
    assert packed("loader.js") <= 6_000
    assert len(gzip.compress(page, 9)) + sum(packed(name.decode()) for name in set(parts)) <= 30_000


def test_writing_and_reading_without_a_socket(client: Client, account: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    first = write(client, account, "Hello", email="carl@example.com").json()
    token = first["token"]
    assert first["message"]["text"] == "Hello" and "token" not in write(client, account, "More", token).json()
    conversation = Conversation.objects.get()
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    send_reply(conversation_id=conversation.pk, author=ada.user, text="Hi", client_id="a1")
    address = f"/w/pk_shop/messages/?after={first['message']['seq']}&conversation={first['conversation']}"
    answer = client.get(address, headers=as_visitor(token)).json()
    assert [row["text"] for row in answer["messages"]] == ["More", "Hi"]
    assert answer["conversation"]["agent"] == {"name": "Ada"}
    assert conversation.customer_presences.count() == 1, "asking is being there"
    assert client.get("/w/pk_shop/messages/", headers=as_visitor("forged")).json()["conversation"] is None
    assert client.get(
        f"/w/pk_shop/messages/?conversation={uuid.uuid4()}&after=x", headers=as_visitor(token)
    ).json() == {
        "t": "error",
        "code": "unknown_conversation",
        "text": "This conversation cannot be found.",
    }


def test_thanks_after_the_end_are_shown_and_are_no_work(client: Client, account: ChannelAccount, queue: Queue) -> None:
    Queue.objects.update(wrap_up_seconds=0)
    ada = make.make_agent("ada", queues=[queue])
    token = write(client, account, "Where is it?").json()["token"]
    conversation = Conversation.objects.get()
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    close(conversation_id=conversation.pk, actor=ada.user)
    assert write(client, account, "Thank you!", token).status_code == 200
    assert ShownThanks.objects.get().user == ada.user
    conversation = Conversation.objects.get()
    assert conversation.state == ConversationState.CLOSED and conversation.reopened_count == 0


def test_signed_people_without_a_socket(client: Client, account: ChannelAccount) -> None:
    body = json.dumps({"id": str(uuid.uuid4()), "text": "Hello"})
    headers = {"X-Widget-Identity": sign(account)}
    assert (
        client.post("/w/pk_shop/messages/", body, content_type="application/json", headers=headers).status_code == 200
    )
    assert client.get("/w/pk_shop/messages/", headers=headers).json()["messages"][0]["text"] == "Hello"
    headers = {"X-Widget-Identity": sign(account, secret="y" * 40)}
    assert client.get("/w/pk_shop/messages/?locale=en", headers=headers).json()["code"] == "identity_refused"


def test_foreign_pages_and_bad_bodies(client: Client, account: ChannelAccount) -> None:
    refusal = client.post(
        "/w/pk_shop/messages/", "{}", content_type="application/json", headers={"Origin": "https://evil.example"}
    )
    assert refusal.json()["code"] == "wrong_origin"
    for body in ("", "[]", "{", '{"id": 5, "text": "x"}'):
        refusal = client.post("/w/pk_shop/messages/", body, content_type="application/json")
        assert (refusal.status_code, refusal.json()["code"]) == (400, "bad_frame")
    assert Message.objects.count() == 0


# -- past the middleware, as the server runs it ----------------------------------------------------


def knock(method: str, body: bytes = b"", *, path: str = "/w/pk_shop/messages/", **headers: str) -> Any:
    """(status, headers, JSON) of the product's own application."""

    async def ask() -> Any:
        given = {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000", **headers}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"locale=en",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
            "client": ["127.0.0.1", 50000],
            "server": ["127.0.0.1", 8000],
        }
        socket = ApplicationCommunicator(application, scope)
        for part in (body[:10], body[10:]):
            await socket.send_input({"type": "http.request", "body": part, "more_body": part is not body[10:]})
        await socket.send_input({"type": "http.request", "body": b"", "more_body": False})
        start, content = await socket.receive_output(60), await socket.receive_output(60)
        await socket.wait(60)
        found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        is_json = found.get("content-type") == "application/json"
        return start["status"], found, json.loads(content["body"]) if is_json else content["body"]

    try:
        return asyncio.run(ask())
    finally:
        connections["default"].close()


def test_the_door_is_guarded_like_every_page(client: Client, account: ChannelAccount, settings: Any) -> None:
    def post(**headers: str) -> Any:
        return knock("POST", json.dumps({"id": str(uuid.uuid4()), "text": "Hello"}).encode(), **headers)

    status, headers, first = post()
    assert (status, first["t"], first["message"]["text"]) == (200, "ack", "Hello")
    usual = {name.lower() for name in write(client, account, "Hello").headers} - {"vary", "content-language"}
    assert set(headers) == usual, "nothing that other pages say is missing"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert post(authorization=f"Bearer {first['token']}")[2]["conversation"] == first["conversation"]
    assert (post(origin="https://evil.example")[2]["code"], post(host="evil.example")[0]) == ("wrong_origin", 400)
    assert knock("POST", b"[" * 30)[2]["code"] == "bad_frame"
    assert knock("POST", b"{}", path="/w/pk_none/messages/")[0] == 404
    assert knock("DELETE")[0] == 405
    shown = knock("GET", authorization=f"Bearer {first['token']}")[2]
    assert [row["text"] for row in shown["messages"]] == ["Hello", "Hello"]
    settings.DEMO = True
    assert post(x_forwarded_for="10.0.0.1")[0] == 403
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20
    assert post()[0] == 413


def test_files_go_both_ways(client: Client, account: ChannelAccount) -> None:
    token = write(client, account, "Hello").json()["token"]
    upload = client.post("/w/pk_shop/files/", {"file": SimpleUploadedFile("a.html", PNG)}, headers=as_visitor(token))
    kept = upload.json()
    assert upload.status_code == 201 and kept["type"] == "image/png"
    ack = write(client, account, "", token, files=[kept["id"]]).json()
    assert ack["message"]["files"][0]["id"] == kept["id"]
    url = ack["message"]["files"][0]["url"]
    shown = client.get(url)
    assert b"".join(shown) == PNG and shown["X-Content-Type-Options"] == "nosniff"  # type: ignore[arg-type]
    assert shown["Content-Type"] == "image/png"
    bare = url.split("?")[0]
    other = Attachment.objects.create(
        conversation=Conversation.objects.get(), name="b", content_type="text/plain", size=1, file="b"
    )
    for wrong in (bare, f"{bare}?s=x", url.replace(kept["id"], str(other.public_id))):
        refusal = client.get(wrong)
        assert (refusal.status_code, refusal.json()["code"]) == (400, "bad_link")
    with time_machine.travel(make.later(timedelta(days=8).total_seconds())):
        assert client.get(url).json()["code"] == "bad_link"


def test_files_that_are_refused(client: Client, account: ChannelAccount, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1000
    token = write(client, account, "Hello").json()["token"]
    cases = {
        "empty_file": b"",
        "file_too_big": b"x" * 1001,
        "file_refused": b"MZ\x90\0 this is a program called holiday.jpg",
    }
    for code, content in cases.items():
        upload = {"file": SimpleUploadedFile("holiday.jpg", content, content_type="image/jpeg")}
        refusal = client.post("/w/pk_shop/files/?locale=en", upload, headers=as_visitor(token))
        assert (refusal.status_code, refusal.json()["code"]) == (400, code) and refusal.json()["text"]
    assert client.post("/w/pk_shop/files/", {}, headers=as_visitor(token)).json()["code"] == "no_file"
    stranger = client.post("/w/pk_shop/files/", {"file": SimpleUploadedFile("a.txt", b"x")})
    assert stranger.json()["code"] == "no_conversation"
    page = {"file": SimpleUploadedFile("page.txt", b"<html><script>alert(1)</script></html>")}
    kept = client.post("/w/pk_shop/files/", page, headers=as_visitor(token)).json()
    shown = client.get(kept["url"])
    assert shown["Content-Type"] == "application/octet-stream" and "attachment" in shown["Content-Disposition"]
    assert "sandbox" in shown["Content-Security-Policy"]
    shown.close()


def test_another_visitors_upload_cannot_be_taken(client: Client, account: ChannelAccount) -> None:
    theirs = make.make_waiting(account)
    upload = {"file": SimpleUploadedFile("a.txt", b"private")}
    kept = client.post("/w/pk_shop/files/", upload, headers=as_visitor(visitor_token(theirs))).json()
    ack = write(client, account, "give me", files=[kept["id"]]).json()
    assert ack["message"]["files"] == []


def test_topic_picks_the_queue_and_the_page_is_kept(client: Client, account: ChannelAccount, queue: Queue) -> None:
    invoices = make.make_queue("invoices")
    account.entry_points.create(topic="invoice", topic_name="Invoices", queue=invoices)
    topics = client.get("/w/pk_shop/messages/").json()["topics"]
    assert topics == [{"slug": "invoice", "name": "Invoices", "open": True}]
    write(client, account, "Hello", topic="invoice", page="https://shop.example/coat", ref="qr-7", consent=True)
    conversation = Conversation.objects.get()
    assert conversation.entries.get().queue == invoices and conversation.ref == "qr-7"
    assert conversation.events.order_by("seq")[0].data["page"] == "https://shop.example/coat"
    assert conversation.customer.consents.get().is_granted
    assert conversation.state == ConversationState.QUEUED


def test_the_shop_is_there_in_demo_mode_alone(client: Client, account: ChannelAccount, settings: Any) -> None:
    assert client.get("/demo/shop/", headers={"Host": "127.0.0.1"}).status_code == 404
    settings.DEMO = True
    page = client.get("/demo/shop/?lang=pl", headers={"Host": "127.0.0.1"}).content.decode()
    assert 'data-key="pk_shop"' in page and '<html lang="pl">' in page
    ChannelAccount.objects.update(is_active=False)
    page = client.get("/demo/shop/", headers={"Host": "127.0.0.1"}).content.decode()
    assert 'data-key=""' in page and "shop.js" not in page


@pytest.mark.parametrize("colour", ["#0b5cad", "#ffff00", "#000000", "#ffffff", "#7ee2a8", "#b3261e", "red;}", ""])
def test_brand_colours_can_be_read(colour: str) -> None:
    palette = colours.make_palette(colour)
    pairs = [
        (palette.hero, palette.on_hero),
        (palette.light, palette.on_light),
        (palette.dark, palette.on_dark),
        (palette.light, "#ffffff"),
        (palette.dark, "#171e26"),
    ]
    assert all(colours.contrast(*pair) >= 4.5 for pair in pairs), palette
