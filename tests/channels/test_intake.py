"""From a provider's webhook to a conversation: verified, stored first, once, in any order, whatever the body."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine
from django.test import Client

from channels_app import intake
from channels_app.models import InboundDelivery, InboundOutcome
from channels_app.tasks import fetch_file, process_inbound
from contactcenter.conversations.gate import has_consent
from contactcenter.conversations.models import (
    Attachment,
    BlockedAddress,
    ChannelAccount,
    Conversation,
    Customer,
    Effect,
    Message,
    MessageChange,
)
from contactcenter.conversations.services.messages import record_delivery
from contactcenter.conversations.states import Channel, ConversationState, Delivery
from routing.models import Queue
from routing.services.handling import close
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.adapters import sign

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "pigeon secret"
PHONE = "+37126124487"


@pytest.fixture
def pigeon(queue: Queue, settings: Any) -> ChannelAccount:
    settings.CHANNEL_ADAPTERS = {"pigeon": "tests.channels.adapters.PigeonAdapter"}
    return make.make_account("loft", queue=queue, kind="pigeon", channel=Channel.SMS, secret=SECRET, reopen_hours=24)


def post(client: Client, *events: dict[str, Any], body: bytes | None = None, signature: str | None = None) -> Any:
    content = json.dumps({"events": events}).encode() if body is None else body
    headers = {"X-Pigeon-Signature": sign(content, SECRET) if signature is None else signature}
    return client.post("/hooks/pigeon/loft/", content, content_type="application/json", headers=headers)


def text(name: str, words: str = "Where is my order?", **fields: Any) -> dict[str, Any]:
    return {"id": name, "type": "text", "from": PHONE, "text": words, **fields}


def work() -> None:
    """What a worker does with the effects that wait."""
    for pk in Effect.objects.filter(name="process_inbound", done_at=None).values_list("pk", flat=True):
        process_inbound(pk)


def test_a_message_becomes_a_conversation(client: Client, pigeon: ChannelAccount) -> None:
    answer = post(client, text("a", surprise={"new": ["field"]}))
    assert (answer.status_code, answer.content) == (200, b"ok")
    stored = InboundDelivery.objects.get()
    assert stored.processed_at is None and stored.raw["surprise"] == {"new": ["field"]}
    assert Message.objects.count() == 0, "the provider is answered before anything is made of it"
    work()
    conversation = Conversation.objects.get()
    assert conversation.state == ConversationState.QUEUED and conversation.channel == Channel.SMS
    assert conversation.identity.address == PHONE
    stored.refresh_from_db()
    assert stored.outcome == InboundOutcome.RECORDED and stored.message == Message.objects.get()


def test_the_same_event_again_is_acknowledged_and_dropped(client: Client, pigeon: ChannelAccount) -> None:
    for _time in range(3):
        assert post(client, text("a")).status_code == 200
        work()
    assert Message.objects.count() == 1 and InboundDelivery.objects.count() == 1


def test_an_effect_run_twice_makes_one_message(client: Client, pigeon: ChannelAccount) -> None:
    post(client, text("a"))
    work()
    effect = Effect.objects.get(name="process_inbound")
    Effect.objects.filter(pk=effect.pk).update(done_at=None, claimed_until=None)
    InboundDelivery.objects.update(attempts=1)
    work()
    assert Message.objects.count() == 1


def test_wrong_or_missing_signature(client: Client, pigeon: ChannelAccount) -> None:
    for signature in ("", "0" * 64):
        assert post(client, text("a"), signature=signature).status_code == 403
    assert InboundDelivery.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b'{"events": 5}', b'{"events": [5]}', b"\xff\xfe\x00", b'{"events": [{"at": "x"}]}'],
)
def test_bad_bodies_are_kept_and_are_no_failure_of_ours(client: Client, pigeon: ChannelAccount, body: bytes) -> None:
    assert post(client, body=body).status_code == 200
    kept = InboundDelivery.objects.get()
    assert kept.outcome == InboundOutcome.UNREADABLE and kept.error


def test_what_postgresql_cannot_hold(client: Client, pigeon: ChannelAccount) -> None:
    body = b'{"events": [{"id": "a", "type": "text", "from": "+37126124487", "text": "nul \\u0000 and \\ud800 half"}]}'
    assert post(client, body=body).status_code == 200
    work()
    assert Message.objects.get().text == "nul  and ? half"


def test_unknown_accounts_and_handshakes(client: Client, pigeon: ChannelAccount) -> None:
    assert client.post("/hooks/pigeon/nobody/", b"{}", content_type="application/json").status_code == 404
    assert client.post("/hooks/dove/loft/", b"{}", content_type="application/json").status_code == 404
    answer = client.get("/hooks/pigeon/loft/?challenge=abc", headers={"X-Pigeon-Signature": sign(b"", SECRET)})
    assert answer.content == b"abc"
    assert client.put("/hooks/pigeon/loft/").status_code == 405


def test_unsupported_events_are_kept_raw(client: Client, pigeon: ChannelAccount) -> None:
    post(client, {"id": "x", "type": "hologram", "from": PHONE}, {"type": "text", "from": PHONE, "text": "no id"})
    work()
    assert set(InboundDelivery.objects.values_list("outcome", flat=True)) == {"ignored", "recorded"}


def test_older_messages_do_not_hide_newer_ones(client: Client, pigeon: ChannelAccount) -> None:
    post(client, text("b", "second", at=1_790_000_060))
    work()
    post(client, text("a", "first", at=1_790_000_000))
    work()
    conversation = Conversation.objects.get()
    assert conversation.last_message_text == "second" and conversation.unread_count == 2


def test_receipts_out_of_order_and_too_early(client: Client, pigeon: ChannelAccount, queue: Queue) -> None:
    ada = make.make_agent("ada", queues=[queue])
    conversation = make.make_active(pigeon, ada)
    message = send_reply(conversation_id=conversation.pk, author=ada.user, text="Hi", client_id="a1")
    post(client, {"id": "r1", "type": "receipt", "about": "out-1", "state": "read"})
    work()
    early = InboundDelivery.objects.get()
    assert early.processed_at is None and early.error, "it waits for the message to be known"
    record_delivery(message_id=message.pk, delivery=Delivery.ACCEPTED, external_id="out-1")
    with time_machine.travel(make.later(10)):
        work()
    post(client, {"id": "r2", "type": "receipt", "about": "out-1", "state": "delivered"})
    work()
    message.refresh_from_db()
    assert message.delivery == Delivery.READ
    Effect.objects.update(done_at=message.created_at)


def test_a_receipt_for_nothing_is_given_up(client: Client, pigeon: ChannelAccount) -> None:
    post(client, {"id": "r1", "type": "receipt", "about": "nowhere", "state": "read"})
    work()
    intake.give_up(Effect.objects.get(), "again")
    assert InboundDelivery.objects.get().outcome == InboundOutcome.FAILED


@pytest.mark.parametrize(
    "event",
    [
        text("n", "STOP"),
        text("n", "I am away until Monday", automatic=True),
        {"id": "n", "type": "rating", "from": PHONE, "text": "5"},
        text("n", "thanks"),
    ],
)
def test_what_never_reopens(client: Client, pigeon: ChannelAccount, queue: Queue, event: dict[str, Any]) -> None:
    ada = make.make_agent("ada", queues=[queue])
    post(client, text("a"))
    work()
    conversation = Conversation.objects.get()
    from routing.services.offers import accept_offer

    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    close(conversation_id=conversation.pk, actor=ada.user)
    post(client, event)
    work()
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.CLOSED and conversation.unread_count == 0
    assert conversation.messages.count() == 2
    wanted = event["text"] != "STOP"
    assert has_consent(conversation.customer, purpose="service", channel=Channel.SMS, address=PHONE) is wanted
    post(client, text("b", "But where is it?"))
    work()
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.ACTIVE, "a question does, inside the window"


def test_reactions_and_edits_change_what_is_shown(client: Client, pigeon: ChannelAccount) -> None:
    post(client, text("a", "Hello"))
    work()
    later = 1_790_000_060
    post(
        client,
        {"id": "e", "type": "edit", "about": "a", "text": "Hello!", "from": PHONE, "at": later},
        {"id": "r", "type": "reaction", "about": "a", "text": "👍", "from": PHONE, "at": later},
    )
    work()
    message = Message.objects.get()
    assert (message.text, message.reactions) == ("Hello!", {"customer": "👍"})
    kinds = MessageChange.Kind
    assert list(message.changes.values_list("kind", "text")) == [
        (kinds.WRITTEN, "Hello"),
        (kinds.EDITED, "Hello!"),
        (kinds.REACTED, "👍"),
    ]


def test_a_change_waits_for_its_message_but_not_for_ever(client: Client, pigeon: ChannelAccount) -> None:
    with time_machine.travel("2026-11-03 10:00:00Z", tick=False) as clock:
        post(client, {"id": "s", "type": "reaction", "about": "a", "text": "👍", "from": PHONE})
        work()
        assert InboundDelivery.objects.get().processed_at is None
        clock.shift(60)
        post(client, text("a", "Hello"))
        work()
        clock.shift(60)
        work()
        assert Message.objects.get().reactions == {"customer": "👍"}
        post(client, {"id": "t", "type": "reaction", "about": "never", "text": "👍", "from": PHONE})
        work()
        clock.shift(16 * 60)
        work()
    assert InboundDelivery.objects.get(external_id="t").outcome == InboundOutcome.IGNORED


def test_files_are_fetched_and_programs_refused(
    client: Client, pigeon: ChannelAccount, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    post(client, text("a", "", files=["note.txt", "virus.exe"]), text("b", "", files=["note.txt"]))
    work()
    first, second = Message.objects.order_by("pk")
    states = Attachment.State
    assert set(first.attachments.values_list("state", flat=True)) == {states.COMING}, "the message does not wait"
    for pk in Effect.objects.filter(name="fetch_file", done_at=None).values_list("pk", flat=True):
        fetch_file(pk)
    note, virus = first.attachments.order_by("pk")
    assert (note.state, note.size, virus.state) == (states.HERE, 16, states.REFUSED)
    assert "Programs" in virus.error and not virus.file
    assert second.text == "" and second.attachments.get().content_type == "text/plain"


def test_blocked_senders_are_kept_apart(client: Client, pigeon: ChannelAccount) -> None:
    BlockedAddress.objects.create(brand=pigeon.brand, kind="phone", address=PHONE, reason="abuse")
    post(client, text("a", **{"from": "+371 2612 4487"}))
    work()
    assert InboundDelivery.objects.get().outcome == InboundOutcome.BLOCKED
    assert Customer.objects.count() == Conversation.objects.count() == 0


def test_an_account_that_leads_nowhere_keeps_the_message(client: Client, pigeon: ChannelAccount) -> None:
    pigeon.entry_points.all().delete()
    post(client, text("a"))
    work()
    assert Message.objects.count() == 1 and Conversation.objects.get().state == ConversationState.NEW


def test_the_sweep_finds_what_no_hint_reached(client: Client, pigeon: ChannelAccount, monkeypatch: Any) -> None:
    from contactcenter.conversations import effects

    post(client, text("a"))
    hinted: list[int] = []
    monkeypatch.setattr(effects, "send_hint", lambda pk, name, seconds=0: hinted.append(pk))
    with time_machine.travel(make.later(6)):
        assert effects.sweep_effects() == 1
    assert hinted == [Effect.objects.get().pk]
