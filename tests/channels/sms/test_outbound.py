"""What Twilio is asked to send, and what its answers mean."""

from __future__ import annotations

import socket
from base64 import b64encode
from typing import Any

import pytest

from channels_app.providers import HostNotAllowed, ProviderClient
from channels_app.tasks import deliver_message
from contactcenter.conversations.models import ChannelAccount, Effect, Message
from contactcenter.conversations.states import Delivery, IdentityKind
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.sms.conftest import TOKEN, Twilio

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def message(account: ChannelAccount) -> Message:
    agent = make.make_agent("ada", queues=[account.entry_points.get().queue])
    customer = make.make_customer("Carl", brand=account.brand)
    customer.identities.update(kind=IdentityKind.PHONE, address="+37255512345")
    conversation = make.make_active(account, agent, customer=customer)
    return send_reply(conversation_id=conversation.pk, author=agent.user, text="Õhtul 😀", client_id="a1")


def deliver(message: Message) -> Effect:
    effect = Effect.objects.get(name="deliver_message")
    deliver_message(effect.pk)
    effect.refresh_from_db()
    message.refresh_from_db()
    return effect


def test_the_request_is_what_twilio_takes(account: ChannelAccount, twilio: Twilio, message: Message) -> None:
    deliver(message)
    ((path, form, authorization),) = twilio.asked
    sid = account.config["account_sid"]
    assert path == f"/2010-04-01/Accounts/{sid}/Messages.json"
    assert form == {
        "To": ["+37255512345"],
        "From": ["+3726000001"],
        "Body": ["Õhtul 😀"],
        "StatusCallback": [f"https://contactcenter.example/hooks/sms/sms/?m=message-{message.pk}"],
    }
    assert authorization == "Basic " + b64encode(f"{sid}:{TOKEN}".encode()).decode()
    assert (message.delivery, message.external_id) == (Delivery.ACCEPTED, "SM" + "a" * 32)


def test_a_messaging_service_sends_instead_of_the_number(
    account: ChannelAccount, twilio: Twilio, message: Message
) -> None:
    account.config["messaging_service_sid"] = "MG1"
    account.save()
    deliver(message)
    assert twilio.asked[0][1]["MessagingServiceSid"] == ["MG1"] and "From" not in twilio.asked[0][1]


@pytest.mark.parametrize(
    ("code", "words"),
    [(21610, "STOP"), (21211, "valid phone number"), (21408, "country"), (99999, "Something else (99999)")],
)
def test_a_definite_no_is_told_in_words(twilio: Twilio, message: Message, code: int, words: str) -> None:
    twilio.answer = lambda _request: (400, {"code": code, "message": "Something else", "status": 400})
    deliver(message)
    assert message.delivery == Delivery.FAILED and words in message.delivery_error


@pytest.mark.parametrize("answer", [(429, {"code": 20429}), (503, {}), (400, {"code": 21611, "message": "Queue full"})])
def test_a_maybe_is_tried_again(twilio: Twilio, message: Message, answer: tuple[int, Any]) -> None:
    twilio.answer = lambda _request: answer
    effect = deliver(message)
    assert message.delivery == Delivery.PENDING and effect.done_at is None and effect.began_at is None


def test_nobody_at_the_door_is_a_maybe(account: ChannelAccount, message: Message, settings: Any) -> None:
    settings.PROVIDER_HOSTS = ["127.0.0.1"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        account.api_base = f"http://127.0.0.1:{free.getsockname()[1]}"
        account.save()
        deliver(message)
    assert message.delivery == Delivery.PENDING


@pytest.mark.parametrize("status", [500, 502, 504])
def test_trouble_in_the_middle_is_never_sent_twice(twilio: Twilio, message: Message, status: int) -> None:
    twilio.answer = lambda _request: (status, {})
    deliver(message)
    assert message.delivery == Delivery.UNKNOWN and len(twilio.asked) == 1


def test_a_connection_that_breaks_is_unknown(twilio: Twilio, message: Message) -> None:
    def hang_up(request: Any) -> tuple[int, Any]:
        request.connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError

    twilio.answer = hang_up
    deliver(message)
    assert message.delivery == Delivery.UNKNOWN


@pytest.mark.parametrize("base", ["http://10.0.0.1", "https://api.twilio.com.evil.example", "ftp://api.twilio.com", ""])
def test_only_hosts_that_may_be_asked(base: str) -> None:
    with pytest.raises(HostNotAllowed):
        ProviderClient(base, own_hosts=frozenset({"api.twilio.com"}))
