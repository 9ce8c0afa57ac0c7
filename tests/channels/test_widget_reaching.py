"""Visitors whose pages are closed: a message left in line, an address shown to be theirs, answers by mail, the way
back."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import Client

from channels_app.webchat import limits
from channels_app.webchat.answers import plan_answer_mails
from channels_app.webchat.models import EmailCode, LeftMessage, VisitorSession
from channels_app.webchat.sweeping import end_left_conversations
from channels_app.webchat.tasks import send_answers, send_code
from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import (
    BlockedAddress,
    ChannelAccount,
    Conversation,
    Customer,
    Effect,
    Event,
    Identity,
    MatchProposal,
)
from contactcenter.conversations.services.customers import find_or_create_identity, mail_address
from contactcenter.conversations.states import ConversationState, IdentityKind, IdentityLevel
from routing.models import Agent, Calendar, Queue
from routing.services.handling import close
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.conftest import browser, play
from tests.channels.test_widget_after import get, post
from tests.channels.test_widget_http import as_visitor, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(queue: Queue) -> Agent:
    Queue.objects.update(wrap_up_seconds=0)
    return make.make_agent("ada", queues=[queue])


def work_off() -> int:
    """What the workers do; returns how many mails went out."""
    before = len(mail.outbox)
    work = {"mail_answers": send_answers, "mail_code": send_code}
    for effect in Effect.objects.filter(name__in=work, done_at=None).order_by("pk"):
        work[effect.name](effect)
        Effect.objects.filter(pk=effect.pk).update(done_at=now())
    return len(mail.outbox) - before


def code_of(letter: Any) -> str:
    found = re.search(r"\b(\d{6})\b", letter.body)
    assert found is not None
    return found[1]


def verify(client: Client, token: str, address: str = "carl@example.com") -> None:
    post(client, "email/", token, email=address)
    work_off()
    answer = post(client, "email/code/", token, code=code_of(mail.outbox[-1]))
    assert answer.json()["person"]["email_level"] == "verified", answer.json()


def answer_while_away(conversation: Conversation, ada: Agent, text: str = "On its way") -> None:
    """The page has been closed for a while when ada answers."""
    conversation.refresh_from_db()
    if conversation.state == ConversationState.QUEUED or conversation.state == ConversationState.OFFERED:
        accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    Conversation.objects.filter(pk=conversation.pk).update(customer_left_at=now() - timedelta(minutes=5))
    send_reply(conversation_id=conversation.pk, author=ada.user, text=text, client_id=str(uuid.uuid4()))


def link_in(letter: Any) -> str:
    found = re.search(r"https?://\S+/chat\S*", letter.body)
    assert found is not None
    return found[0]


# -- nobody answers in time -------------------------------------------------------------------------


def test_leaving_a_message_is_offered_after_the_queues_limit(account: ChannelAccount) -> None:
    Queue.objects.update(max_wait_seconds=120)

    async def story() -> None:
        async with browser(account) as page:
            await page.write("Is anybody there?")
            assert (await page.hello())["conversation"]["late"] is False
            with time_machine.travel(make.later(121)):
                assert (await page.hello())["conversation"]["late"] is True

    play(story())


def test_a_message_that_was_left_stays_in_line(client: Client, account: ChannelAccount) -> None:
    given = write(client, account, "Is anybody there?").json()
    conversation = Conversation.objects.get()
    path, token = f"conversations/{given['conversation']}/leave/", given["token"]
    refusal = post(client, path, token, name="Līga")
    assert (refusal.json()["code"], refusal.json()["field"]) == ("field_required", "email")
    assert post(client, path, token, email="liga@").json()["code"] == "bad_email"
    left = post(client, path, token, name="Līga", email="Liga@Example.com").json()
    assert left["conversation"]["left"] is True and left["code_sent"] is True
    assert left["person"] == {"name": "Līga", "email": "l…@example.com", "email_level": "claimed", "signed": False}
    assert post(client, path, token, email="liga@example.com").status_code == 200
    assert LeftMessage.objects.count() == 1 and Event.objects.filter(kind=EventKind.MESSAGE_LEFT).count() == 1
    assert work_off() == 1, "one confirmation, however often it is sent"
    Conversation.objects.update(customer_left_at=now() - timedelta(hours=1))
    end_left_conversations()
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.QUEUED and conversation.entries.get().left_at is None


def test_who_is_being_served_leaves_no_message(client: Client, account: ChannelAccount, ada: Agent) -> None:
    given = write(client, account, "Hello").json()
    accept_offer(offer_id=make.pending_offer(Conversation.objects.get()).pk, agent_id=ada.pk)
    path = f"conversations/{given['conversation']}/leave/"
    refusal = post(client, path, given["token"], email="liga@example.com")
    assert (refusal.status_code, refusal.json()["code"]) == (409, "not_waiting")
    assert Identity.objects.filter(kind="email").count() == 0, "nothing of it is kept"


def test_after_hours_it_goes_on_on_the_same_thread(client: Client, account: ChannelAccount, queue: Queue) -> None:
    Queue.objects.update(calendar=Calendar.objects.create(name="Never", time_zone="Europe/Riga"), wrap_up_seconds=0)
    given = write(client, account, "When do you open?").json()
    token = given["token"]
    verify(client, token)
    post(client, f"conversations/{given['conversation']}/leave/", token)
    Conversation.objects.update(customer_left_at=now() - timedelta(hours=9))
    end_left_conversations()
    Queue.objects.update(calendar=None)
    ada = make.make_agent("ada", queues=[queue])
    conversation = Conversation.objects.get()
    answer_while_away(conversation, ada, "At nine")
    with time_machine.travel(make.later(90)):
        assert plan_answer_mails() == 1 and work_off() == 1
    assert "At nine" in mail.outbox[-1].body
    frame = client.get("/w/pk_shop/messages/", headers=as_visitor(token)).json()
    assert [row["text"] for row in frame["messages"]] == ["When do you open?", "At nine"]


# -- the code ----------------------------------------------------------------------------------------


def test_an_address_is_verified_by_its_code(client: Client, account: ChannelAccount) -> None:
    token = write(client, account, "My secret question", email="carl@example.com").json()["token"]
    asked = post(client, "email/", token).json()
    assert asked["code_sent"] is True and asked["minutes"] == 30 and asked["person"]["email_level"] == "claimed"
    post(client, "email/", token, email="carl@example.com")
    assert work_off() == 1, "one mail"
    letter = mail.outbox[-1]
    assert letter.to == ["carl@example.com"] and "secret question" not in letter.body + letter.subject
    assert "not read" in letter.body and letter.extra_headers["Auto-Submitted"] == "auto-generated"
    code = code_of(letter)
    assert code not in "".join(EmailCode.objects.values_list("code_hash", flat=True)), "only its hash is kept"
    wrong = post(client, "email/code/", token, code=f"{(int(code) + 1) % 1_000_000:06}").json()
    assert (wrong["code"], wrong["left"]) == ("bad_code", 4) and "4" in wrong["text"]
    right = post(client, "email/code/", token, code=f"{code[:3]} {code[3:]}").json()
    assert right["person"]["email_level"] == "verified"
    identity = Identity.objects.get(kind="email")
    assert identity.level == IdentityLevel.VERIFIED and identity.verified_at is not None
    assert Event.objects.filter(kind=EventKind.IDENTITY_CHANGED).count() == 1
    assert post(client, "email/", token, email="carl@example.com").json()["code_sent"] is False


def test_guessing_and_time_end_a_code(client: Client, account: ChannelAccount) -> None:
    token = write(client, account, "Hello").json()["token"]
    assert post(client, "email/code/", token, code="123456").json()["code"] == "bad_code"
    post(client, "email/", token, email="carl@example.com")
    work_off()
    code = code_of(mail.outbox[-1])
    for _number in range(5):
        assert post(client, "email/code/", token, code="nonsense").json()["code"] == "bad_code"
    assert post(client, "email/code/", token, code=code).json()["code"] == "code_expired", "the right one too"
    with time_machine.travel(make.later(1801)):
        post(client, "email/", token, email="carl@example.com")
        assert work_off() == 1
        newer = code_of(mail.outbox[-1])
    with time_machine.travel(make.later(26 * 3600)):
        assert post(client, "email/code/", token, code=newer).json()["code"] == "code_expired"
    assert Identity.objects.get(kind="email").level == IdentityLevel.CLAIMED


def test_a_code_is_of_one_visitor(client: Client, account: ChannelAccount) -> None:
    owner = write(client, account, "Hello").json()["token"]
    stranger = write(client, account, "Hi").json()["token"]
    post(client, "email/", owner, email="carl@example.com")
    work_off()
    assert post(client, "email/code/", stranger, code=code_of(mail.outbox[-1])).json()["code"] == "bad_code"
    assert post(client, "email/code/", None, code=code_of(mail.outbox[-1])).json()["code"] == "no_conversation"


def test_a_known_address_joins_no_histories(client: Client, account: ChannelAccount, ada: Agent) -> None:
    """Somebody else is known by this address for sure: a person decides, and answers may go there all the same."""
    find_or_create_identity(
        brand=account.brand,
        kind=IdentityKind.EMAIL,
        address="carl@example.com",
        level=IdentityLevel.VERIFIED,
        name="Carl",
    )
    given = write(client, account, "Hello").json()
    token = given["token"]
    verify(client, token)
    assert Customer.objects.count() == 2 and MatchProposal.objects.count() == 1
    conversation = Conversation.objects.get()
    claimed = mail_address(conversation.customer_id)
    assert claimed is not None and claimed.level == IdentityLevel.CLAIMED
    assert get(client, "conversations/", token).json()["conversations"][0]["id"] == given["conversation"]
    answer_while_away(conversation, ada)
    with time_machine.travel(make.later(90)):
        assert plan_answer_mails() == 1 and work_off() == 1


def test_mail_bombs_are_refused(client: Client, account: ChannelAccount, settings: Any, monkeypatch: Any) -> None:
    token = write(client, account, "Hello").json()["token"]
    settings.WIDGET_LIMITS = True
    monkeypatch.setitem(limits.RATES, "code_mail", limits.Rate(burst=2, seconds=600))
    victim = f"{uuid.uuid4()}@example.com"
    codes = [post(client, "email/", token, email=victim).json().get("code") for _number in range(3)]
    assert codes == [None, None, "too_fast"]
    assert Effect.objects.filter(name="mail_code").count() == 1


# -- answers by mail ---------------------------------------------------------------------------------


def test_answers_reach_a_verified_address_with_a_way_back(
    client: Client, account: ChannelAccount, ada: Agent, settings: Any
) -> None:
    token = write(client, account, "Where is it?").json()["token"]
    verify(client, token)
    conversation = Conversation.objects.get()
    answer_while_away(conversation, ada, "On its way")
    send_reply(conversation_id=conversation.pk, author=ada.user, text="Tomorrow <b>at 9</b>", client_id="a2")
    assert plan_answer_mails() == 0, "they may be on their way from one page to the next"
    with time_machine.travel(make.later(61)):
        assert plan_answer_mails() == 1 and plan_answer_mails() == 0
        assert work_off() == 1
    letter = mail.outbox[-1]
    assert letter.to == ["carl@example.com"] and "Nordwind" in letter.subject
    assert "On its way" in letter.body and "Tomorrow <b>at 9</b>" in letter.body and "not read" in letter.body
    assert "Where is it?" not in letter.body
    with time_machine.travel(make.later(120)):
        send_reply(conversation_id=conversation.pk, author=ada.user, text="Or at ten", client_id="a3")
    with time_machine.travel(make.later(200)):
        assert plan_answer_mails() == 0, "not every minute"
    with time_machine.travel(make.later(400)):
        assert plan_answer_mails() == 1 and work_off() == 1
    assert "Or at ten" in mail.outbox[-1].body and "On its way" not in mail.outbox[-1].body


def test_what_has_been_seen_is_not_mailed(client: Client, account: ChannelAccount, ada: Agent) -> None:
    token = write(client, account, "Where is it?").json()["token"]
    verify(client, token)
    conversation = Conversation.objects.get()
    answer_while_away(conversation, ada)
    with time_machine.travel(make.later(61)):
        assert plan_answer_mails() == 1

    async def story() -> None:
        async with browser(account, token=token) as page:
            await page.say(t="got", seq=page.seq)
            await page.settle()

    play(story())
    assert work_off() == 0, "they came back before the mail went out"


def test_a_claimed_address_gets_a_code_and_no_words(client: Client, account: ChannelAccount, ada: Agent) -> None:
    write(client, account, "Where is it?", email="carl@example.com")
    conversation = Conversation.objects.get()
    answer_while_away(conversation, ada, "A private answer")
    with time_machine.travel(make.later(61)):
        assert plan_answer_mails() == 1 and work_off() == 1
    with time_machine.travel(make.later(4000)):
        send_reply(conversation_id=conversation.pk, author=ada.user, text="Another one", client_id="a2")
    with time_machine.travel(make.later(4100)):
        assert plan_answer_mails() == 0 and work_off() == 0, "one mail"
    assert "private answer" not in mail.outbox[0].body


def test_blocked_and_unknown_addresses_get_nothing(client: Client, account: ChannelAccount, ada: Agent) -> None:
    token = write(client, account, "Where is it?").json()["token"]
    verify(client, token)
    BlockedAddress.objects.create(
        brand=account.brand, kind="email", address="carl@example.com", reason="asked for it", created_at=now()
    )
    answer_while_away(Conversation.objects.get(), ada)
    with time_machine.travel(make.later(61)):
        assert plan_answer_mails() == 0 and work_off() == 0


# -- the way back ------------------------------------------------------------------------------------


@pytest.fixture
def way_back(client: Client, account: ChannelAccount, ada: Agent) -> str:
    """The signature of a link that a customer has been mailed."""
    token = write(client, account, "Where is it?").json()["token"]
    verify(client, token)
    answer_while_away(Conversation.objects.get(), ada)
    with time_machine.travel(make.later(61)):
        plan_answer_mails()
    work_off()
    parts = urlsplit(link_in(mail.outbox[-1]))
    assert parts.path == "/c/pk_shop/chat"
    return parse_qs(parts.query)["resume"][0]


def test_the_link_opens_its_one_conversation(client: Client, account: ChannelAccount, way_back: str) -> None:
    conversation = Conversation.objects.get()
    other = make.make_waiting(account, customer=conversation.customer, text="another of theirs")
    Conversation.objects.filter(pk=other.pk).update(identity=conversation.identity)
    given = post(client, "resume/", None, resume=way_back).json()
    assert given["conversation"] == str(conversation.public_id)
    token = given["token"]
    frame = client.get("/w/pk_shop/messages/", headers=as_visitor(token)).json()
    assert [row["text"] for row in frame["messages"]] == ["Where is it?", "On its way"]
    assert [row["id"] for row in frame["conversations"]] == [given["conversation"]]
    assert get(client, f"conversations/{other.public_id}/", token).json()["code"] == "unknown_conversation"

    async def story() -> None:
        async with browser(account, token=token) as page:
            assert page.conversation == given["conversation"]
            assert (await page.write("Thank you, when?"))["conversation"] == given["conversation"]

    play(story())
    assert write(client, account, "By HTTP", token).json()["conversation"] == given["conversation"]
    assert client.get("/w/pk_shop/messages/", headers=as_visitor(token)).json()["messages"][-1]["text"] == "By HTTP"


def test_the_link_goes_on_after_the_end(client: Client, account: ChannelAccount, way_back: str) -> None:
    close(conversation_id=Conversation.objects.get().pk)
    token = post(client, "resume/", None, resume=way_back).json()["token"]
    anew = write(client, account, "One more question", token).json()
    assert Conversation.objects.count() == 2 and "token" not in anew
    frame = client.get("/w/pk_shop/messages/", headers=as_visitor(token)).json()
    assert frame["conversation"]["id"] == anew["conversation"]
    assert Conversation.objects.latest("pk").follows == Conversation.objects.earliest("pk")


def test_links_that_open_nothing(client: Client, account: ChannelAccount, way_back: str, queue: Queue) -> None:
    make.make_account("second", queue=queue)
    for wrong in ("", "nonsense", way_back[:-2] + "xx", way_back + "x"):
        refusal = post(client, "resume/", None, resume=wrong)
        assert refusal.json()["code"] == "bad_link" and refusal.json()["text"]
    assert post(client, "resume/", None, resume=["x"]).json()["code"] == "bad_frame"
    body = json.dumps({"resume": way_back})
    elsewhere = client.post("/w/pk_second/resume/", body, content_type="application/json")
    assert elsewhere.json()["code"] == "bad_link", "another widget's"
    foreign = client.post(
        "/w/pk_shop/resume/", body, content_type="application/json", headers={"Origin": "https://evil.example"}
    )
    assert foreign.json()["code"] == "wrong_origin"
    with time_machine.travel(make.later(8 * 86400)):
        assert post(client, "resume/", None, resume=way_back).json()["code"] == "bad_link"
    token = post(client, "resume/", None, resume=way_back).json()["token"]
    with time_machine.travel(make.later(8 * 86400)):
        assert get(client, "conversations/", token).json()["conversations"] == []
    Identity.objects.filter(kind="email").delete()
    assert post(client, "resume/", None, resume=way_back).json()["code"] == "bad_link"


def test_being_forgotten_closes_the_way_back(client: Client, account: ChannelAccount, way_back: str) -> None:
    token = post(client, "resume/", None, resume=way_back).json()["token"]
    assert post(client, "erase/", token).json()["ok"] is True
    assert VisitorSession.objects.count() == 0
    assert get(client, "conversations/", token).json()["conversations"] == []
