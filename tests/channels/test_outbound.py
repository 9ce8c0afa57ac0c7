"""A reply on its way to a provider: accepted, refused, later, unknown, and never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from channels_app.base import SendTimedOut, TemporaryFailure
from channels_app.tasks import deliver_message
from channels_app.types import DeliveryResult, DeliveryStatus, OutboundMessage
from contactcenter.conversations.effects import MAX_ATTEMPTS
from contactcenter.conversations.models import BlockedAddress, ChannelAccount, Effect, Message, OutboundUse
from contactcenter.conversations.states import Channel, Delivery
from routing.models import Queue
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.adapters import CarefulPigeonAdapter, PigeonAdapter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def adapter(settings: Any) -> Iterator[type[PigeonAdapter]]:
    settings.CHANNEL_ADAPTERS = {
        "pigeon": "tests.channels.adapters.PigeonAdapter",
        "careful": "tests.channels.adapters.CarefulPigeonAdapter",
    }
    PigeonAdapter.sent = CarefulPigeonAdapter.sent = []
    yield PigeonAdapter
    PigeonAdapter.answer = CarefulPigeonAdapter.answer = None


def reply(queue: Queue, kind: str = "pigeon") -> tuple[Message, Effect]:
    account: ChannelAccount = make.make_account("loft", queue=queue, kind=kind, channel=Channel.SMS)
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(account, ada)
    message = send_reply(conversation_id=conversation.pk, author=ada.user, text="On its way", client_id="a1")
    assert message.delivery == Delivery.PENDING
    return message, Effect.objects.get(name="deliver_message")


def run(message: Message, effect: Effect) -> Message:
    deliver_message(effect.pk)
    message.refresh_from_db()
    effect.refresh_from_db()
    return message


def fail(error: Exception) -> Callable[[OutboundMessage], DeliveryResult]:
    def answer(_message: OutboundMessage) -> DeliveryResult:
        raise error

    return answer


def test_accepted(queue: Queue, adapter: type[PigeonAdapter]) -> None:
    message, effect = reply(queue)
    assert run(message, effect).delivery == Delivery.ACCEPTED
    assert message.external_id == "out-1" and effect.done_at is not None
    assert adapter.sent[0].text == "On its way" and adapter.sent[0].key == f"message-{message.pk}"
    assert OutboundUse.objects.count() == 1
    run(message, effect)
    assert len(adapter.sent) == 1


def test_rejected_is_shown_to_the_agent(queue: Queue, adapter: type[PigeonAdapter]) -> None:
    adapter.answer = lambda message: DeliveryResult(status=DeliveryStatus.REJECTED, reason="No such number")
    message, effect = reply(queue)
    assert run(message, effect).delivery == Delivery.FAILED and message.delivery_error == "No such number"
    assert effect.done_at is not None


def test_a_temporary_failure_is_tried_again(queue: Queue, adapter: type[PigeonAdapter]) -> None:
    adapter.answer = fail(TemporaryFailure("busy"))
    message, effect = reply(queue)
    assert run(message, effect).delivery == Delivery.PENDING
    assert effect.done_at is None and effect.began_at is None and effect.last_error == "busy"
    adapter.answer = None
    assert run(message, effect).delivery == Delivery.PENDING, "not before its time"
    with time_machine.travel(make.later(5)):
        assert run(message, effect).delivery == Delivery.ACCEPTED


def test_the_last_failure_is_final(queue: Queue, adapter: type[PigeonAdapter]) -> None:
    adapter.answer = fail(TemporaryFailure("busy"))
    message, effect = reply(queue)
    Effect.objects.update(attempts=MAX_ATTEMPTS - 1)
    assert run(message, effect).delivery == Delivery.FAILED and message.delivery_error == "busy"
    assert effect.done_at is not None


def test_a_time_out_is_unknown_and_not_repeated(queue: Queue, adapter: type[PigeonAdapter]) -> None:
    adapter.answer = fail(SendTimedOut("15 s"))
    message, effect = reply(queue)
    assert run(message, effect).delivery == Delivery.UNKNOWN
    adapter.answer = None
    with time_machine.travel(make.later(600)):
        run(message, effect)
    assert len(adapter.sent) == 1


@pytest.mark.parametrize(("kind", "sent", "delivery"), [("pigeon", 0, "unknown"), ("careful", 1, "accepted")])
def test_killed_between_send_and_record(
    queue: Queue, adapter: type[PigeonAdapter], kind: str, sent: int, delivery: str
) -> None:
    """The worker died inside the call: its claim runs out, and the next one finds the act begun."""
    message, effect = reply(queue, kind)
    Effect.objects.filter(pk=effect.pk).update(began_at=message.created_at, claimed_until=make.later(120), attempts=1)
    assert run(message, effect).delivery == Delivery.PENDING, "somebody else's claim"
    with time_machine.travel(make.later(130)):
        assert run(message, effect).delivery == delivery
    assert len(adapter.sent) == sent


def test_an_idempotent_provider_is_asked_again_after_a_time_out(queue: Queue, adapter: type[PigeonAdapter]) -> None:
    CarefulPigeonAdapter.answer = fail(SendTimedOut("15 s"))
    message, effect = reply(queue, "careful")
    assert run(message, effect).delivery == Delivery.PENDING
    CarefulPigeonAdapter.answer = None
    with time_machine.travel(make.later(10)):
        assert run(message, effect).delivery == Delivery.ACCEPTED
    assert {row.key for row in adapter.sent} == {f"message-{message.pk}"}


def test_a_bug_in_an_adapter_sends_nothing_twice(queue: Queue, adapter: type[PigeonAdapter]) -> None:
    adapter.answer = fail(ZeroDivisionError("oops"))
    message, effect = reply(queue)
    assert run(message, effect).delivery == Delivery.PENDING
    adapter.answer = None
    with time_machine.travel(make.later(10)):
        assert run(message, effect).delivery == Delivery.UNKNOWN
    assert len(adapter.sent) == 1


def test_the_gate_says_no(queue: Queue, adapter: type[PigeonAdapter]) -> None:
    message, effect = reply(queue)
    identity = message.identity
    assert identity is not None
    BlockedAddress.objects.create(
        brand=queue.brand, kind=identity.kind, address=identity.address, reason="asked us to stop"
    )
    assert run(message, effect).delivery == Delivery.FAILED and message.delivery_error
    assert adapter.sent == []


def test_nobody_to_send_to_and_nothing_to_send_with(queue: Queue, adapter: type[PigeonAdapter], settings: Any) -> None:
    message, effect = reply(queue)
    Message.objects.filter(pk=message.pk).update(identity=None)
    type(message.conversation).objects.update(identity=None)
    assert run(message, effect).delivery == Delivery.FAILED
    settings.CHANNEL_ADAPTERS = {}
    second, again = message, effect
    Message.objects.filter(pk=second.pk).update(delivery=Delivery.PENDING)
    Effect.objects.filter(pk=again.pk).update(done_at=None, claimed_until=None)
    assert run(second, again).delivery == Delivery.FAILED and "pigeon" in second.delivery_error
