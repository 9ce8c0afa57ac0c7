"""What providers are asked to send: the exact request of each kind, and what their answers mean."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from standardwebhooks import Webhook

from channels_app.models import AccountHealth
from channels_app.tasks import deliver_message
from contactcenter.base.clock import now
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import (
    ChannelAccount,
    Conversation,
    Customer,
    Effect,
    Identity,
    Message,
    MessageTemplate,
)
from contactcenter.conversations.services.attachments import store_attachment
from contactcenter.conversations.services.messages import Origin, add_message
from contactcenter.conversations.states import Delivery, IdentityLevel, MessageKind
from tests import factories as make
from tests.channels.kinds.conftest import GIF, TAKEN, Server, kinds
from tests.channels.kinds.providers import PROVIDERS, SIGNING_SECRET, make_kind

pytestmark = pytest.mark.django_db(transaction=True)
NEW_ID = {
    "messenger": "m_new",
    "facebook": "900_78",
    "instagram": "i_new",
    "whatsapp_cloud": "wamid.NEW",
    "whatsapp_twilio": "SM" + "a" * 32,
    "viber": "9007199254740993",
    "telegram": "5551234567:9",
    "generic": "app-1",
}


def open_with(account: ChannelAccount, *, hours_ago: float = 1, is_public: bool = False) -> Conversation:
    """A conversation in which the person of the fixtures has written, so long ago."""
    kind, address, scope = PROVIDERS[account.kind].person
    scope = scope or (account.slug if account.kind in {"viber", "telegram", "generic"} else "")
    customer = Customer.objects.create(brand=account.brand)
    identity = Identity.objects.create(
        customer=customer, brand=account.brand, kind=kind, address=address, scope=scope, level=IdentityLevel.RECOGNISED
    )
    conversation = make.make_waiting(account, customer=customer)
    Conversation.objects.filter(pk=conversation.pk).update(identity=identity, is_public=is_public)
    Message.objects.filter(conversation=conversation, kind=MessageKind.IN).update(
        identity=identity, external_id="in-1", is_public=is_public, created_at=now() - timedelta(hours=hours_ago)
    )
    conversation.refresh_from_db()
    return conversation


def send(conversation: Conversation, text: str, *, file: bytes = b"", name: str = "a.gif", **more: Any) -> Message:
    files = [store_attachment(conversation, SimpleUploadedFile(name, file))] if file else []
    with transaction.atomic():
        message = add_message(
            lock_conversation(conversation.pk),
            MessageKind.OUT,
            text,
            identity=conversation.identity,
            account=conversation.account,
            attachments=files,
            **more,
        )
    for effect in Effect.objects.filter(name="deliver_message", done_at=None).order_by("pk"):
        deliver_message(effect.pk)
    message.refresh_from_db()
    return message


@kinds(*PROVIDERS)
def test_a_text_is_taken_and_known_by_the_providers_id(account: ChannelAccount, server: Server) -> None:
    is_public = account.kind == "facebook"
    conversation = open_with(account, is_public=is_public)
    comment = conversation.messages.get()
    origin = Origin(is_public=is_public, reply_to=comment if is_public else None)
    message = send(conversation, "Õhtul 😀", origin=origin)
    assert (message.delivery, message.delivery_error) == (Delivery.ACCEPTED, "")
    assert message.external_id == NEW_ID[account.kind]
    assert len(server.asked) == 1 and server.asked[0].method == "POST"


@kinds("messenger", "instagram")
def test_meta_private(account: ChannelAccount, server: Server) -> None:
    conversation = open_with(account)
    send(conversation, "Which?", choices=["Red", "Blue"])
    asked = server.asked[0]
    proof = hmac.new(b"an app secret", b"a page's token", hashlib.sha256).hexdigest()
    assert asked.path == f"/v25.0/{account.address}/messages?appsecret_proof={proof}"
    assert asked.headers["Authorization"] == "Bearer a page's token"
    replies = [{"content_type": "text", "title": one, "payload": one} for one in ("Red", "Blue")]
    assert asked.json == {
        "recipient": {"id": PROVIDERS[account.kind].person[1]},
        "message": {"text": "Which?", "quick_replies": replies},
        "messaging_type": "RESPONSE",
    }


@kinds("messenger")
def test_after_a_day_a_person_answers(account: ChannelAccount, server: Server) -> None:
    send(open_with(account, hours_ago=30), "Sorry for the wait")
    assert server.asked[0].json["tag"] == "HUMAN_AGENT" and server.asked[0].json["messaging_type"] == "MESSAGE_TAG"


@kinds("messenger")
def test_text_and_file_go_one_after_the_other(account: ChannelAccount, server: Server) -> None:
    server.answer = lambda asked: (200, {"recipient_id": "7788990011223344", "message_id": f"m_{len(server.asked)}"})
    conversation = open_with(account)
    send(conversation, "x" * 2500, file=GIF)
    for effect in Effect.objects.filter(name="deliver_message", done_at=None).order_by("pk"):
        Effect.objects.filter(pk=effect.pk).update(not_before=now())
        deliver_message(effect.pk)
    bodies = [asked.json["message"] for asked in server.asked]
    assert [len(body.get("text", "")) for body in bodies] == [2000, 500, 0]
    assert bodies[2]["attachment"]["type"] == "image"
    link = bodies[2]["attachment"]["payload"]["url"].removeprefix("https://contactcenter.example")
    answer: Any = Client().get(link)
    assert b"".join(answer.streaming_content) == GIF
    assert Client().get(link.replace(":", "x", 1)).status_code == 404
    out = conversation.messages.filter(kind=MessageKind.OUT)
    assert set(out.values_list("delivery", flat=True)) == {Delivery.ACCEPTED}


@kinds("instagram")
def test_a_comment_is_answered_below_it_or_once_in_private(account: ChannelAccount, server: Server) -> None:
    conversation = open_with(account, is_public=True)
    comment = conversation.messages.get()
    server.answer = lambda asked: (200, {"id": "c9"} if "replies" in asked.path else TAKEN["instagram"])
    send(conversation, "Jā!", origin=Origin(is_public=True, reply_to=comment))
    send(conversation, "Rakstiet mums", origin=Origin(reply_to=comment))
    public, private = server.asked
    assert public.path.startswith("/v25.0/in-1/replies?") and public.json == {"message": "Jā!"}
    assert private.json["recipient"] == {"comment_id": "in-1"}


@kinds("whatsapp_cloud")
def test_whatsapp(account: ChannelAccount, server: Server) -> None:
    conversation = open_with(account)
    comment = conversation.messages.get()
    message = send(conversation, "Где?", origin=Origin(reply_to=comment))
    assert server.asked[0].json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "37255512345",
        "type": "text",
        "text": {"body": "Где?", "preview_url": True},
        "biz_opaque_callback_data": f"message-{message.pk}",
        "context": {"message_id": "in-1"},
    }
    Identity.objects.update(address="LV.q1w2e3")
    send(conversation, "Which?", choices=["A", "B", "C", "D"])
    body = server.asked[1].json
    assert body["recipient"] == "LV.q1w2e3" and "to" not in body and body["interactive"]["type"] == "list"


@kinds("whatsapp_cloud")
def test_whatsapp_files_are_uploaded_and_templates_filled(account: ChannelAccount, server: Server) -> None:
    server.answer = lambda asked: (200, {"id": "77"} if "/media" in asked.path else TAKEN["whatsapp_cloud"])
    conversation = open_with(account)
    send(conversation, "", file=b"%PDF-1.4 hello", name="arve.pdf")
    upload, sent = server.asked
    assert b'name="messaging_product"' in upload.body and b"%PDF-1.4 hello" in upload.body
    assert sent.json["document"] == {"id": "77", "filename": "arve.pdf"}
    template = MessageTemplate.objects.create(
        account=account, name="order_ready", language="lv", title="Ready", text="Labdien, {{1}}!", labels=["Name"]
    )
    send(conversation, "Labdien, Anna!", origin=Origin(template=template, template_values=("Anna",)))
    parameters = [{"type": "text", "text": "Anna"}]
    assert server.asked[-1].json["template"] == {
        "name": "order_ready",
        "language": {"code": "lv"},
        "components": [{"type": "body", "parameters": parameters}],
    }


@kinds("viber")
def test_viber(account: ChannelAccount, server: Server) -> None:
    conversation = open_with(account)
    message = send(conversation, "Which?", choices=["Red"])
    asked = server.asked[0]
    assert asked.path == "/pa/send_message" and asked.headers["X-Viber-Auth-Token"] == account.secret
    body = asked.json
    assert body["keyboard"]["Buttons"][0]["ActionBody"] == "Red"
    del body["keyboard"]
    assert body == {
        "receiver": "viber01234567890A==",
        "min_api_version": 1,
        "sender": {"name": "Nordwind"},
        "tracking_data": f"message-{message.pk}",
        "type": "text",
        "text": "Which?",
    }


@kinds("telegram")
def test_telegram(account: ChannelAccount, server: Server) -> None:
    conversation = open_with(account)
    conversation.messages.update(external_id="5551234567:11")
    send(conversation, "Kas?", choices=["Jah"], origin=Origin(reply_to=conversation.messages.get()))
    asked = server.asked[0]
    assert asked.path == "/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage"
    assert asked.json == {
        "chat_id": "5551234567",
        "text": "Kas?",
        "reply_parameters": {"message_id": 11, "allow_sending_without_reply": True},
        "reply_markup": {"inline_keyboard": [[{"text": "Jah", "callback_data": "Jah"}]]},
    }
    send(conversation, "", file=b"plain words", name="a.txt")
    assert server.asked[1].path.endswith("/sendDocument") and b"plain words" in server.asked[1].body


@kinds("generic")
def test_the_own_channel_is_asked_again_with_the_same_id(account: ChannelAccount, server: Server) -> None:
    conversation = open_with(account)
    server.answer = lambda _asked: (500, {})
    message = send(conversation, "Hello")
    assert message.delivery == Delivery.PENDING
    server.answer = lambda _asked: (200, {})
    Effect.objects.update(not_before=now())
    deliver_message(Effect.objects.get(name="deliver_message").pk)
    message.refresh_from_db()
    assert (message.delivery, message.external_id) == (Delivery.ACCEPTED, f"message-{message.pk}")
    for asked in server.asked:
        Webhook(SIGNING_SECRET).verify(asked.body, {name.lower(): value for name, value in asked.headers.items()})
    assert {asked.headers["webhook-id"] for asked in server.asked} == {f"message-{message.pk}"}


@pytest.mark.parametrize(
    "base", ["https://127.0.0.1/x", "https://localhost/x", "http://app.example/x", "https://[::1]/"]
)
def test_the_own_channel_asks_public_servers_alone(base: str, settings: Any) -> None:
    settings.PROVIDER_HOSTS = []
    account = make_kind("generic")
    ChannelAccount.objects.update(api_base=base)
    account.refresh_from_db()
    message = send(open_with(account), "Hello")
    assert message.delivery == Delivery.FAILED and "may not be asked" in message.delivery_error


def graph(code: int, subcode: int = 0) -> tuple[int, Any]:
    return 400, {"error": {"code": code, "error_subcode": subcode, "message": "Something", "type": "OAuthException"}}


NO = [
    ("messenger", graph(10, 2018278), "window", False),
    ("messenger", graph(551, 1545041), "reached", False),
    ("messenger", graph(190), "administrator", True),
    ("messenger", graph(99999), "Something (99999)", False),
    ("whatsapp_cloud", graph(131047), "template", False),
    ("whatsapp_cloud", graph(131026), "reached", False),
    ("whatsapp_cloud", graph(131031), "restricted", True),
    ("whatsapp_twilio", (400, {"code": 63016, "message": "x"}), "template", False),
    ("viber", (200, {"status": 6, "status_message": "notSubscribed"}), "reached", False),
    ("viber", (200, {"status": 2, "status_message": "invalidAuthToken"}), "access data", True),
    (
        "telegram",
        (403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked"}),
        "reached",
        False,
    ),
    ("telegram", (401, {"ok": False, "error_code": 401, "description": "Unauthorized"}), "access data", True),
    (
        "telegram",
        (400, {"ok": False, "error_code": 400, "description": "Bad Request: x"}),
        "Bad Request: x (400)",
        False,
    ),
    ("generic", (422, {"error": "No such user"}), "No such user", False),
]


@pytest.mark.parametrize(("account", "answer", "words", "blames"), NO, indirect=["account"])
def test_a_definite_no_is_told_in_words(
    account: ChannelAccount, server: Server, answer: tuple[int, Any], words: str, blames: bool
) -> None:
    server.answer = lambda _asked: answer
    message = send(open_with(account), "Hello")
    assert message.delivery == Delivery.FAILED and words in message.delivery_error
    assert AccountHealth.objects.filter(failing_since__isnull=False).exists() == blames


MAYBE = [
    ("messenger", graph(613), 60),
    ("messenger", graph(2), 2),
    ("whatsapp_cloud", graph(131056), 6),
    ("whatsapp_twilio", (429, {"code": 20429}), 2),
    ("viber", (200, {"status": 12, "status_message": "tooManyRequests"}), 600),
    ("telegram", (429, {"ok": False, "error_code": 429, "parameters": {"retry_after": 17}}), 17),
    ("generic", (503, {}), 2),
]


@pytest.mark.parametrize(("account", "answer", "seconds"), MAYBE, indirect=["account"])
def test_a_maybe_is_tried_again_when_the_provider_wants(
    account: ChannelAccount, server: Server, answer: tuple[int, Any], seconds: int
) -> None:
    server.answer = lambda _asked: answer
    before = now()
    message = send(open_with(account), "Hello")
    effect = Effect.objects.get(name="deliver_message")
    assert message.delivery == Delivery.PENDING and effect.done_at is None
    assert seconds - 1 < (effect.not_before - before).total_seconds() < seconds + 30
    assert AccountHealth.objects.get().failing_since is not None
    server.answer = lambda _asked: (200, TAKEN[account.kind])
    Effect.objects.update(not_before=now())
    deliver_message(effect.pk)
    assert AccountHealth.objects.get().failing_since is None, "what is taken ends the trouble"


@kinds("messenger", "viber", "telegram", "whatsapp_cloud", "whatsapp_twilio")
def test_trouble_in_the_middle_is_never_sent_twice(account: ChannelAccount, server: Server) -> None:
    server.answer = lambda _asked: (502, {})
    message = send(open_with(account), "Hello")
    assert message.delivery == Delivery.UNKNOWN and len(server.asked) == 1
