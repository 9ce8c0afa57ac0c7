"""Small parts: courtesies, origins, events as JSON, the adapter of the widget, the worker's pulse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.test import RequestFactory

from channels_app.base import ChannelAdapter, RequestNotVerified
from channels_app.courtesies import is_opt_out, is_thanks
from channels_app.registry import UnknownKind, adapter_class, adapter_for
from channels_app.types import (
    Capability,
    DeliveryStatus,
    InboundEvent,
    InboundFile,
    InboundKind,
    OutboundMessage,
    Sender,
    event_from_json,
    event_to_json,
)
from channels_app.webchat.access import admits_socket, client_address, is_own_origin
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Delivery, IdentityKind, IdentityLevel
from contactcenter.pulse import WORKER_PULSE, beat


@pytest.mark.parametrize(
    "text",
    ["thanks", "Thank you very much!", "ok, thanks 👍", "Aitäh!", "Suur tänu", "paldies", "Liels paldies par palīdzību",
     "Спасибо!", "спасибо большое", "всё понятно, спасибо", "Dzięki", "dziękuję bardzo"],
)  # fmt: skip
def test_thanks(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    ["", "👍", "ok", "Thanks, but where is it?", "thanks where is my parcel", "Спасибо, а когда?", "paldies 10482",
     "no thanks I want my money back now please", "STOP"],
)  # fmt: skip
def test_no_thanks(text: str) -> None:
    assert not is_thanks(text)


@pytest.mark.parametrize(("text", "expected"), [("STOP", True), (" stop! ", True), ("СТОП", True), ("stop it", False)])
def test_opt_out(text: str, expected: bool) -> None:
    assert is_opt_out(text) is expected


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://127.0.0.1:9000", "127.0.0.1:8000", False),
        ("http://evil.example", "evil.example", False),
        ("", "127.0.0.1:8000", False),
        ("file://127.0.0.1:8000", "127.0.0.1:8000", False),
    ],
)
def test_own_origin(origin: str, host: str, expected: bool) -> None:
    assert is_own_origin(origin, host) is expected


def test_the_demo_admits_this_machine_alone(settings: Any) -> None:
    settings.DEMO, settings.DEMO_OPEN = True, False
    here = {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}
    assert admits_socket(here)
    assert not admits_socket({**here, "x-forwarded-for": "1.2.3.4"})
    settings.ALLOWED_HOSTS = ["demo.example"]
    away = {"origin": "http://demo.example", "host": "demo.example"}
    assert not admits_socket(away)
    settings.DEMO_OPEN = True
    assert admits_socket(away)


@pytest.mark.parametrize(
    ("address", "counted"),
    [("10.0.0.7", "10.0.0.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::ffff:10.0.0.7", "10.0.0.7"), ("", "")],
)
def test_whom_limits_count(address: str, counted: str) -> None:
    assert client_address(address) == counted


def test_events_survive_being_stored() -> None:
    event = InboundEvent(
        kind=InboundKind.RECEIPT,
        external_id="a",
        occurred_at=datetime(2026, 11, 22, tzinfo=UTC),
        sender=Sender(kind=IdentityKind.PHONE, address="+37126124487", level=IdentityLevel.RECOGNISED, name="Līga"),
        files=(InboundFile(name="a.png", reference="media/1"),),
        about="out-1",
        delivery=Delivery.READ,
    )
    assert event_from_json(event_to_json(event)) == event
    assert "+37126124487" not in repr(event), "addresses stay out of logs"


def test_the_widgets_adapter() -> None:
    account = ChannelAccount(kind="webchat")
    adapter: ChannelAdapter = adapter_for(account)
    assert Capability.TYPING in adapter.capabilities
    request = RequestFactory().post("/hooks/webchat/shop/")
    with pytest.raises(RequestNotVerified):
        adapter.verify(request)
    assert adapter.parse_inbound(request) == [] and adapter.acknowledge(request, []).status_code == 204
    sent = adapter.send(OutboundMessage(key="message-1", recipient="visitor", text="Hi"))
    assert sent.status == DeliveryStatus.ACCEPTED
    with pytest.raises(UnknownKind):
        adapter_class("pigeon")


def test_the_pulse(settings: Any) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(WORKER_PULSE)
        beat()
        assert 0 < client.ttl(WORKER_PULSE) <= 30  # type: ignore[operator]
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    beat()
