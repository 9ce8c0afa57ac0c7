"""Without Valkey nothing fails and nothing is lost: rows wait for the sweep, screens are told to fetch again."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import redis
from celery import current_app
from django.conf import settings as configured
from kombu import pools

from contactcenter.base.clock import now
from contactcenter.conversations import effects, realtime
from contactcenter.conversations.effects import sweep_effects
from contactcenter.conversations.models import Effect
from contactcenter.conversations.states import Delivery
from routing.services.handling import close
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def forget_connections() -> None:
    """Celery keeps its connections to the broker in pools; the next hint opens new ones."""
    pools.reset()
    current_app._after_fork()


@pytest.fixture
def broker_away(settings, monkeypatch) -> Iterator[None]:
    """A port at which nobody listens, for announcements and for hints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{probe.getsockname()[1]}/0"
        settings.REDIS_URL = address
        monkeypatch.setattr(realtime, "publisher", realtime.Publisher())
        monkeypatch.setattr(effects, "_hints_silent_until", 0.0)
        before = current_app.conf.broker_url
        current_app.conf.broker_url = address
        forget_connections()
        yield
        current_app.conf.broker_url = before
        forget_connections()


def test_a_whole_conversation(broker_away, queue, mail) -> None:
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_waiting(mail)
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    message = send_reply(conversation_id=conversation.pk, author=ada.user, text="On its way", client_id="1")
    close(conversation_id=conversation.pk, actor=ada.user)
    effect = Effect.objects.get(key=f"deliver_message:{message.pk}")
    assert (message.delivery, effect.done_at, effect.attempts) == (Delivery.PENDING, None, 0)
    Effect.objects.update(not_before=now() - effects.UNCLAIMED)
    assert sweep_effects() == 1, "the row waits for its worker"
    assert Effect.objects.get(done_at=None) == effect


def test_the_first_announcement_after_it_is_preceded_by_a_reset(settings, monkeypatch) -> None:
    publisher = realtime.Publisher()
    url = configured.REDIS_URL
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{probe.getsockname()[1]}/0"
        publisher.publish({"topic": "lost"})
    settings.REDIS_URL = url
    client = redis.Redis.from_url(url)
    with client.pubsub(ignore_subscribe_messages=True) as subscription:
        subscription.subscribe(realtime.CHANNEL)
        subscription.get_message(timeout=60)
        monkeypatch.setattr(publisher, "_client", None)
        monkeypatch.setattr(publisher, "_silent_until", 0.0)
        publisher.publish({"topic": "heard-again"})
        heard = []
        for _ in range(300):
            row = subscription.get_message(timeout=0.2)
            if row:
                heard.append(row["data"])
            if heard and b"heard-again" in heard[-1]:
                break
    assert b"heard-again" in heard[-1]
    assert any(b'"reset"' in data for data in heard[:-1])
    client.close()
