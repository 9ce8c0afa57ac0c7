"""The stand-in for Twilio, asked by Twilio's own library: it takes and refuses what Twilio does, and answers back."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.urls import clear_url_caches
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as Twilio

import contactcenter.urls
from channels_app.outbound import deliver
from channels_app.sandbox.models import SandboxMessage
from channels_app.sandbox.telling import ORDER, post_form, tell_status
from channels_app.sandbox.twilio import inbound_form
from channels_app.tasks import process_inbound
from contactcenter.conversations.models import ChannelAccount, Conversation, Effect, Message
from contactcenter.conversations.states import Channel, Delivery
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
SID, TOKEN, PERSON = "AC" + "1" * 32, "an auth token", "+37255512345"


class _Elsewhere(TwilioHttpClient):
    """Sends what is meant for Twilio to the stand-in."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._base), *rest, **named)


@pytest.fixture
def account(live_server: Any, settings: Any) -> Any:
    settings.DEMO = True
    settings.PUBLIC_URL = live_server.url
    importlib.reload(contactcenter.urls)
    clear_url_caches()
    queue = make.make_queue()
    queue.brand.phone_region = "EE"
    queue.brand.save()
    make.make_agent("ada", queues=[queue])
    yield make.make_account(
        "text",
        queue=queue,
        kind="sms",
        channel=Channel.SMS,
        address="+3726000001",
        secret=TOKEN,
        config={"account_sid": SID},
        api_base=f"{live_server.url}/sandbox/twilio",
    )
    settings.DEMO = False
    importlib.reload(contactcenter.urls)
    clear_url_caches()


@pytest.fixture
def twilio(account: ChannelAccount) -> Twilio:
    return Twilio(SID, TOKEN, http_client=_Elsewhere(account.api_base))


def test_twilios_own_library_is_content_with_it(account: ChannelAccount, twilio: Twilio) -> None:
    sent = twilio.messages.create(
        to=PERSON, from_=account.address, body="Tere 😀", media_url=["https://x.example/1.png"]
    )
    assert (sent.to, sent.from_, sent.body, sent.status) == (PERSON, account.address, "Tere 😀", "queued")
    assert (sent.num_media, sent.num_segments, sent.direction) == ("1", "1", "outbound-api")
    assert sent.date_created is not None and sent.sid == SandboxMessage.objects.get().external_id


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12"}, 21211),
        ({"to": "+15005550009"}, 21614),
        ({"to": "+15005550003"}, 21408),
        ({"from_": None}, 21603),
        ({"from_": "+3726999999"}, 21606),
        ({"body": None}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"validity_period": 60}, 20001),
    ],
)
def test_what_twilio_would_not_take(account: ChannelAccount, twilio: Twilio, fields: dict[str, Any], code: int) -> None:
    given = {"to": PERSON, "from_": account.address, "body": "Hello", **fields}
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(**{name: value for name, value in given.items() if value is not None})
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert not SandboxMessage.objects.exists()


def test_a_wrong_token_is_refused(account: ChannelAccount) -> None:
    stranger = Twilio(SID, "wrong", http_client=_Elsewhere(account.api_base))
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=PERSON, from_=account.address, body="Hello")
    assert (refused.value.code, refused.value.status) == (20003, 401)


def write(account: ChannelAccount, text: str, person: str = PERSON) -> None:
    form = inbound_form(account, person, text, [])
    assert post_form(account, f"{account.api_base.partition('/sandbox')[0]}/hooks/sms/text/", form) == 200
    for effect in Effect.objects.filter(name="process_inbound", done_at=None):
        process_inbound(effect.pk)


def answer() -> Message:
    offer = make.pending_offer(Conversation.objects.get())
    assert offer is not None
    accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
    author = offer.agent.user
    message = send_reply(conversation_id=offer.conversation_id, author=author, text="Here", client_id="a1")
    deliver(Effect.objects.get(name="deliver_message", target_id=message.pk))
    message.refresh_from_db()
    return message


def test_from_the_phone_to_the_agent_and_back_with_a_tick(account: ChannelAccount) -> None:
    write(account, "Where is it?")
    message = answer()
    assert (message.delivery, message.delivery_error) == (Delivery.ACCEPTED, "")
    taken = SandboxMessage.objects.get(is_outbound=True)
    assert (taken.person, taken.text, taken.external_id) == (PERSON, "Here", message.external_id)
    tell_status(taken.pk, ORDER)
    for effect in Effect.objects.filter(name="process_inbound", done_at=None):
        process_inbound(effect.pk)
    message.refresh_from_db()
    assert message.delivery == Delivery.DELIVERED, "whatever comes late or twice"


def test_who_has_said_stop_gets_nothing(account: ChannelAccount, twilio: Twilio) -> None:
    write(account, "Hello")
    write(account, "STOP")
    assert answer().delivery == Delivery.FAILED
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to=PERSON, from_=account.address, body="Hello")
    assert refused.value.code == 21610
    write(account, "START")
    assert twilio.messages.create(to=PERSON, from_=account.address, body="Hello").sid


def test_it_posts_to_nobody_else(account: ChannelAccount) -> None:
    with pytest.raises(ValueError, match="alone"):
        post_form(account, "https://elsewhere.example/", {})
