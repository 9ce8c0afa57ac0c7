"""Every stand-in: from a person's device to an agent and back; and asked by the providers' own libraries."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import telegram
from pywa import WhatsApp
from pywa.errors import ReEngagementMessage, WhatsAppError
from viberbot import Api
from viberbot.api import api_request_sender
from viberbot.api.bot_configuration import BotConfiguration
from viberbot.api.messages import TextMessage

from channels_app.health import check_connection
from channels_app.outbound import deliver
from channels_app.sandbox import people
from channels_app.sandbox.files import keep_file
from channels_app.sandbox.models import SandboxFile, SandboxMessage
from channels_app.sandbox.people import Person
from channels_app.sandbox.telling import post_json, tell_status
from channels_app.tasks import fetch_file, process_inbound
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Effect, Message
from contactcenter.conversations.services.messages import Origin
from contactcenter.conversations.states import Delivery, MessageKind
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.kinds.conftest import GIF
from tests.channels.kinds.providers import TOKEN, make_kind

pytestmark = pytest.mark.django_db(transaction=True)
BASES = {
    "messenger": "graph",
    "facebook": "graph",
    "instagram": "graph",
    "whatsapp_cloud": "graph",
    "viber": "viber",
    "telegram": "telegram",
    "generic": "app/generic",
}
PEOPLE = {
    "messenger": Person("7788990011223344", "Anna Kask"),
    "facebook": Person("5550001", "Anna Kask"),
    "instagram": Person("998877665544", "Anna Kask"),
    "whatsapp_cloud": Person("+37255512345", "Anna Kask"),
    "viber": Person("viber01234567890A==", "Anna Kask"),
    "telegram": Person("5551234567", "Anna Kask"),
    "generic": Person("user-77", "Anna Kask"),
}
PRIVATE = [kind for kind in BASES if kind != "facebook"]


@pytest.fixture
def account(request: Any, site: str) -> ChannelAccount:
    queue = make.make_queue()
    make.make_agent("ada", queues=[queue])
    account = make_kind(request.param, queue=queue)
    account.api_base = f"{site}/sandbox/{BASES[request.param]}"
    account.save()
    return account


def kinds(*names: str) -> Any:
    return pytest.mark.parametrize("account", names, indirect=True)


def work_off() -> None:
    for name, task in (("process_inbound", process_inbound), ("fetch_file", fetch_file)):
        for effect in Effect.objects.filter(name=name, done_at=None).order_by("pk"):
            task(effect.pk)


def answer(account: ChannelAccount, text: str, **more: Any) -> Message:
    """An agent accepts what came, and answers."""
    offer = make.pending_offer(Conversation.objects.get())
    assert offer is not None
    accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
    message = send_reply(
        conversation_id=offer.conversation_id, author=offer.agent.user, text=text, client_id="a1", **more
    )
    deliver(Effect.objects.get(name="deliver_message", target_id=message.pk))
    message.refresh_from_db()
    return message


@kinds(*PRIVATE)
def test_from_the_device_to_the_agent_and_back(account: ChannelAccount) -> None:
    person = PEOPLE[account.kind]
    for body in [people.write(account, person, "Where is it? 😀")] * 2:
        assert 200 <= post_json(account, body) < 300
    work_off()
    assert Message.objects.get().text == "Where is it? 😀"
    message = answer(account, "On its way")
    assert (message.delivery, message.delivery_error) == (Delivery.ACCEPTED, "")
    taken = SandboxMessage.objects.get(is_outbound=True)
    assert (taken.person, taken.text, taken.external_id) == (person.address, "On its way", message.external_id)
    tell_status(taken.pk)
    work_off()
    message.refresh_from_db()
    assert message.delivery == (Delivery.ACCEPTED if account.kind == "telegram" else Delivery.READ)
    assert Message.objects.filter(kind=MessageKind.OUT).count() == 1, "its echo is no second one"


@kinds(*PRIVATE)
def test_files_come(account: ChannelAccount) -> None:
    file = SandboxFile.objects.get(external_id=keep_file(account, GIF, "image/gif", "a.gif"))
    assert 200 <= post_json(account, people.write(account, PEOPLE[account.kind], "See", file)) < 300
    work_off()
    row = Attachment.objects.get()
    assert (row.state, row.content_type, row.error) == (Attachment.State.HERE, "image/gif", "")


@kinds("facebook", "instagram")
def test_a_comment_is_answered_below_it_and_comes_back_as_ours(account: ChannelAccount) -> None:
    body = people.comment(account, PEOPLE[account.kind], "Do you have XL?", post="112_900")
    assert post_json(account, body) == 200
    work_off()
    message = answer(account, "Yes!", origin=Origin(is_public=True, reply_to=Message.objects.get()))
    assert message.delivery == Delivery.ACCEPTED
    taken = SandboxMessage.objects.get(is_outbound=True)
    tell_status(taken.pk)
    work_off()
    assert Message.objects.filter(kind=MessageKind.OUT).count() == 1
    assert taken.data["parent"] == Message.objects.get(kind=MessageKind.IN).external_id


@kinds(*BASES)
def test_the_connection_is_tested(account: ChannelAccount) -> None:
    health = check_connection(account)
    assert health.is_connected, health.check_result
    account.secret = account.secret.replace("a page's token", "wrong").replace("110201543", "2").replace("445", "9")
    if account.kind == "generic":
        account.secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    assert not check_connection(account).is_connected


@kinds("telegram")
def test_telegrams_own_library_is_content_with_it(account: ChannelAccount, site: str) -> None:
    people.write(account, PEOPLE["telegram"], "Hello")
    token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

    async def ask() -> tuple[Any, ...]:
        bot = telegram.Bot(
            token, base_url=f"{site}/sandbox/telegram/bot", base_file_url=f"{site}/sandbox/telegram/file/bot"
        )
        async with bot:
            sent = await bot.send_message(5551234567, "Tere 😀")
            picture = await bot.send_photo(5551234567, GIF)
            refused = []
            for text, chat in (("x" * 4097, 5551234567), ("Hello", 999)):
                try:
                    await bot.send_message(chat, text)
                except telegram.error.BadRequest as error:
                    refused.append(error.message)
            return bot.username, sent.text, picture.chat.id, refused

    username, text, chat, refused = asyncio.run(ask())
    assert (username, text, chat) == ("nordwind_bot", "Tere 😀", 5551234567)
    assert refused == ["Message is too long", "Chat not found"]


@kinds("viber")
def test_vibers_own_library_is_content_with_it(account: ChannelAccount, site: str, monkeypatch: Any) -> None:
    people.write(account, PEOPLE["viber"], "Hello")
    monkeypatch.setattr(api_request_sender, "VIBER_BOT_API_URL", f"{site}/sandbox/viber/pa", raising=False)
    monkeypatch.setattr("viberbot.api.consts.VIBER_BOT_API_URL", f"{site}/sandbox/viber/pa")
    api = Api(BotConfiguration(name="Nordwind", avatar="https://x.example/a.png", auth_token=TOKEN))
    api._request_sender._viber_bot_api_url = f"{site}/sandbox/viber/pa"
    assert api.get_account_info()["name"] == "Nordwind"
    (token,) = api.send_messages(PEOPLE["viber"].address, [TextMessage(text="Tere 😀")])
    assert str(token) == SandboxMessage.objects.get(is_outbound=True).external_id
    with pytest.raises(Exception, match="failed with status: 5"):
        api.send_messages("nobody==", [TextMessage(text="Hello")])


@kinds("whatsapp_cloud")
def test_a_whatsapp_library_is_content_with_it(account: ChannelAccount, site: str) -> None:
    class Elsewhere(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            path = request.url.raw_path.decode()
            request.url = httpx.URL(f"{site}/sandbox/graph{path}")
            request.headers["Host"] = request.url.netloc.decode()
            return super().handle_request(request)

    client = WhatsApp(phone_id=account.address, token="a page's token", session=httpx.Client(transport=Elsewhere()))
    with pytest.raises(ReEngagementMessage):
        client.send_message("37255512345", "Too early")
    people.write(account, PEOPLE["whatsapp_cloud"], "Hello")
    sent = client.send_message("37255512345", "Tere 😀")
    assert sent.id == SandboxMessage.objects.get(is_outbound=True).external_id
    with pytest.raises(WhatsAppError):
        client.send_message("37255512345", "x" * 4097)
