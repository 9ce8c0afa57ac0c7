"""What Twilio posts: texts, files, receipts, STOP; twice, shuffled, broken, unsigned."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_app.models import InboundDelivery, InboundOutcome
from channels_app.tasks import fetch_file, process_inbound
from contactcenter.conversations.gate import has_consent
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Effect, Identity, Message
from contactcenter.conversations.states import Channel, ConversationState, Delivery, IdentityLevel, MessageKind
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.sms.conftest import FIXTURES, TOKEN, Twilio, fixture, post

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))


def work_off() -> None:
    for effect in Effect.objects.filter(name="process_inbound", done_at=None).order_by("pk"):
        process_inbound(effect.pk)
    for effect in Effect.objects.filter(name="fetch_file", done_at=None).order_by("pk"):
        fetch_file(effect.pk)


def receive(account: ChannelAccount, name: str, **changes: str) -> None:
    assert post(account, fixture(name) | changes).status_code == 200
    work_off()


def test_a_text_becomes_a_waiting_conversation(account: ChannelAccount) -> None:
    receive(account, "text")
    conversation = Conversation.objects.get()
    assert (conversation.channel, conversation.state) == (Channel.SMS, ConversationState.QUEUED)
    assert conversation.messages.get().text == "Tere! Kus mu tellimus 10794 on? 😀"
    identity = Identity.objects.get()
    assert (identity.address, identity.level) == ("+37255512345", IdentityLevel.RECOGNISED)


def test_the_answer_is_empty_twiml(account: ChannelAccount) -> None:
    answer = post(account, fixture("text"))
    assert (answer.content, answer["Content-Type"]) == (b"<Response/>", "text/xml")


def test_what_is_not_signed_leaves_nothing(account: ChannelAccount) -> None:
    for signature in ("", "nonsense", "ünicode"):
        assert post(account, fixture("text"), signature=signature).status_code == 403
    other = make.make_account("other", queue=account.entry_points.get().queue, kind="sms", secret="another token")
    assert post(other, fixture("text")).status_code == 403
    assert not InboundDelivery.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_twice_is_once(account: ChannelAccount, name: str) -> None:
    for _time in range(2):
        assert post(account, fixture(name)).status_code == 200
    assert InboundDelivery.objects.count() == 1
    assert InboundDelivery.objects.get().raw["AccountSid"] == fixture(name)["AccountSid"]


@pytest.mark.parametrize("name", NAMES)
def test_no_missing_field_is_an_error(account: ChannelAccount, name: str) -> None:
    form = fixture(name)
    for key in form:
        assert post(account, {field: value for field, value in form.items() if field != key}).status_code == 200


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_strange_value_is_an_error(account: ChannelAccount, name: str, data: Any) -> None:
    form = fixture(name)
    key = data.draw(st.sampled_from(sorted(form)))
    value = data.draw(st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.just("9" * 50)))
    assert post(account, form | {key: value}).status_code == 200
    assert InboundDelivery.objects.exists()


def test_files_are_fetched_with_our_credentials(account: ChannelAccount, twilio: Twilio) -> None:
    twilio.answer = lambda _request: (200, b"hello, I am text")
    form = fixture("media")
    receive(account, "media", **{key: value.replace("MEDIA", twilio.base) for key, value in form.items()})
    names = set(Attachment.objects.filter(state=Attachment.State.HERE).values_list("name", flat=True))
    assert names == {"1.jpeg", "2.txt"} or names == {"1.txt", "2.txt"} or len(twilio.asked) == 2, names
    assert all(authorization.startswith("Basic ") for _path, _form, authorization in twilio.asked)


def test_a_redirect_gets_the_file_without_them(account: ChannelAccount, twilio: Twilio) -> None:
    def answer(request: Any) -> tuple[int, bytes]:
        return (200, b"hello") if request.path.startswith("/cdn") else (307, f"{twilio.base}/cdn".encode())

    twilio.answer = answer
    receive(account, "media", MediaUrl0=f"{twilio.base}/0", MediaContentType0="text/plain", NumMedia="1")
    assert Attachment.objects.get().state == Attachment.State.HERE
    assert [authorization[:5] for _path, _form, authorization in twilio.asked] == ["Basic", ""]


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "file:///etc/passwd", "http://localhost:1/x", "::"])
def test_no_other_host_is_asked_for_files(account: ChannelAccount, twilio: Twilio, url: str) -> None:
    assert post(account, fixture("media") | {"MediaUrl0": url, "NumMedia": "1"}).status_code == 200
    work_off()
    row = Attachment.objects.get()
    assert (row.state, bool(row.file), twilio.asked) == (Attachment.State.REFUSED, False, [])
    assert "not the provider's" in row.error
    assert Message.objects.filter(kind=MessageKind.IN).count() == 1, "the message itself is not lost"


def sent(account: ChannelAccount) -> Message:
    """A message of ours that Twilio has taken."""
    agent = make.make_agent("ada", queues=[account.entry_points.get().queue])
    conversation = make.make_active(account, agent)
    message = send_reply(conversation_id=conversation.pk, author=agent.user, text="Hello", client_id="a1")
    Message.objects.filter(pk=message.pk).update(external_id=fixture("status_sent")["MessageSid"])
    return message


@pytest.mark.parametrize("seed", range(6))
def test_receipts_in_any_order_end_the_same(account: ChannelAccount, seed: int) -> None:
    message = sent(account)
    names = ["status_queued", "status_sent", "status_delivered", "status_sent"]
    random.Random(seed).shuffle(names)
    for name in names:
        receive(account, name)
    message.refresh_from_db()
    assert message.delivery == Delivery.DELIVERED


def test_a_failure_is_told_in_words(account: ChannelAccount) -> None:
    message = sent(account)
    receive(account, "status_undelivered")
    message.refresh_from_db()
    assert message.delivery == Delivery.FAILED and "cannot be reached" in message.delivery_error


def test_a_receipt_that_is_too_early_waits(account: ChannelAccount) -> None:
    receive(account, "status_delivered")
    assert InboundDelivery.objects.get().processed_at is None
    message = sent(account)
    Effect.objects.filter(name="process_inbound").update(not_before="2000-01-01T00:00Z", claimed_until=None)
    work_off()
    message.refresh_from_db()
    assert message.delivery == Delivery.DELIVERED


def test_stop_closes_this_sender_for_this_person_until_start(account: ChannelAccount) -> None:
    receive(account, "text")
    customer = Conversation.objects.get().customer

    def may_write() -> bool:
        return has_consent(customer, purpose="service", channel=Channel.SMS, address="+37255512345")

    assert may_write()
    receive(account, "stop", MessageSid="SM" + "c" * 32)
    assert not may_write()
    assert has_consent(customer, purpose="service", channel=Channel.SMS, address="+37255500000"), "another number"
    receive(account, "start", MessageSid="SM" + "d" * 32)
    assert may_write()


def test_words_count_where_the_provider_says_nothing(account: ChannelAccount) -> None:
    receive(account, "text", Body="STOPP")
    customer = Identity.objects.get().customer
    assert not has_consent(customer, purpose="service", channel=Channel.SMS, address="+37255512345")
    receive(account, "text", Body="Alusta", MessageSid="SM" + "e" * 32)
    assert has_consent(customer, purpose="service", channel=Channel.SMS, address="+37255512345")
    receive(account, "text", Body="Start", MessageSid="SM" + "f" * 32)
    assert Conversation.objects.get().messages.get().text == "Start", "nothing was withdrawn: it is a message"


def test_help_is_answered_by_the_provider(account: ChannelAccount) -> None:
    receive(account, "help")
    assert InboundDelivery.objects.get().outcome == InboundOutcome.IGNORED
    assert TOKEN not in repr(account)
