"""After a chat: earlier conversations, ratings, copies of what was said, and being forgotten."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from contactcenter.accounts.models import AuditEntry, Role
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.models import (
    ChannelAccount,
    Conversation,
    Effect,
    ErasureRequest,
    Event,
    Identity,
    Message,
    Rating,
)
from contactcenter.conversations.services.transcripts import build_transcript
from contactcenter.conversations.states import ConversationState, IdentityLevel
from routing.models import Agent, Queue
from routing.selectors import ratings_of
from routing.services.handling import close
from routing.services.offers import accept_offer
from routing.services.replies import send_reply
from tests import factories as make
from tests.channels.conftest import browser, play, run_in_thread
from tests.channels.test_widget_http import as_visitor, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(queue: Queue) -> Agent:
    Queue.objects.update(wrap_up_seconds=0)
    return make.make_agent("ada", queues=[queue])


def post(client: Client, path: str, token: str | None, **body: Any) -> Any:
    return client.post(
        f"/w/pk_shop/{path}?locale=en", json.dumps(body), content_type="application/json", headers=as_visitor(token)
    )


def get(client: Client, path: str, token: str | None) -> Any:
    return client.get(f"/w/pk_shop/{path}", headers=as_visitor(token))


def ended_chat(client: Client, account: ChannelAccount, ada: Agent, token: str | None = None) -> tuple[Any, str]:
    """A conversation that ada has answered and closed, and its visitor's token."""
    given = write(client, account, "Where is my order?", token).json()
    conversation = Conversation.objects.get(public_id=given["conversation"])
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    send_reply(conversation_id=conversation.pk, author=ada.user, text="On its way", client_id=str(uuid.uuid4()))
    close(conversation_id=conversation.pk, actor=ada.user)
    conversation.refresh_from_db()
    return conversation, token or given["token"]


def test_earlier_conversations(client: Client, account: ChannelAccount, ada: Agent) -> None:
    first, token = ended_chat(client, account, ada)
    second, _token = ended_chat(client, account, ada, token)
    write(client, account, "And another thing", token)
    make.make_waiting(account, text="somebody else's")
    rows = get(client, "conversations/", token).json()["conversations"]
    assert [(row["state"], row["text"]) for row in rows] == [
        ("queued", "And another thing"),
        ("closed", "On its way"),
        ("closed", "On its way"),
    ]
    assert rows[1]["id"] == str(second.public_id) and rows[1]["agent"] == {"name": "Ada"} and rows[1]["unread"] == 1
    shown = get(client, f"conversations/{first.public_id}/", token).json()
    assert [row["text"] for row in shown["messages"]] == ["Where is my order?", "On its way"]
    assert shown["more"] is False and shown["conversation"]["ended_at"]
    assert client.get("/w/pk_shop/messages/", headers=as_visitor(token)).json()["unread"] == 2


def test_a_long_conversation_is_read_in_pages(client: Client, account: ChannelAccount, ada: Agent) -> None:
    token = write(client, account, "0").json()["token"]
    for number in range(1, 70):
        write(client, account, str(number), token)
    conversation = Conversation.objects.get()
    frame = client.get("/w/pk_shop/messages/", headers=as_visitor(token)).json()
    assert [row["text"] for row in frame["messages"]] == [str(n) for n in range(40, 70)] and frame["more"] is True
    read, before = [row["text"] for row in frame["messages"]], frame["messages"][0]["seq"]
    while True:
        page = get(client, f"conversations/{conversation.public_id}/?before={before}", token).json()
        read = [row["text"] for row in page["messages"]] + read
        before = page["messages"][0]["seq"]
        if not page["more"]:
            break
    assert read == [str(n) for n in range(70)]


def test_a_rating_is_given_once_and_wakes_nobody(client: Client, account: ChannelAccount, ada: Agent) -> None:
    conversation, token = ended_chat(client, account, ada)
    path = f"conversations/{conversation.public_id}/rating/"
    assert get(client, f"conversations/{conversation.public_id}/", token).json()["conversation"]["can_rate"] is True
    for wrong in (0, 6, "5", True, None, 4.5):
        assert post(client, path, token, score=wrong).json()["code"] == "bad_score"
    assert post(client, path, token, score=5, comment="x" * 1001).json()["code"] == "too_long"
    rated = post(client, path, token, score=4, comment="Quick <b>and</b> kind").json()["conversation"]["rating"]
    assert (rated["score"], rated["comment"]) == (4, "Quick <b>and</b> kind")
    post(client, path, token, score=4, comment="Quick <b>and</b> kind")
    assert post(client, path, token, score=5).status_code == 200, "it can be changed"
    with time_machine.travel(make.later(25 * 3600)):
        refusal = post(client, path, token, score=1)
        assert (refusal.status_code, refusal.json()["code"]) == (409, "rating_closed") and refusal.json()["text"]
    assert Rating.objects.get().score == 5
    assert [row.data for row in Event.objects.filter(kind=EventKind.RATING_GIVEN)] == [
        {"score": 4, "comment": "Quick <b>and</b> kind"},
        {"score": 5, "comment": ""},
    ]
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.CLOSED and conversation.reopened_count == 0
    assert ratings_of(ada, since=conversation.created_at) == [5]
    assert ratings_of(make.make_agent("ben"), since=conversation.created_at) == []


def test_what_is_not_rated(client: Client, account: ChannelAccount, ada: Agent) -> None:
    given = write(client, account, "Hello").json()
    path = f"conversations/{given['conversation']}/rating/"
    assert post(client, path, given["token"], score=5).json()["code"] == "not_closed"
    close(conversation_id=Conversation.objects.get().pk)
    assert post(client, path, given["token"], score=5).json()["code"] == "not_closed", "nobody had answered"


def test_other_pages_hear_of_the_rating(client: Client, account: ChannelAccount, ada: Agent) -> None:
    conversation, token = ended_chat(client, account, ada)

    async def story() -> None:
        async with browser(account, token=token) as page:
            await run_in_thread(
                post, client, f"conversations/{conversation.public_id}/rating/", token, score=3, comment="ok"
            )
            frame = await page.hear("state")
            assert frame["rating"]["score"] == 3

    play(story())


def test_a_copy_as_a_file(client: Client, account: ChannelAccount, ada: Agent) -> None:
    conversation, token = ended_chat(client, account, ada)
    url = post(client, f"conversations/{conversation.public_id}/transcript/", token, way="file").json()["url"]
    answer = client.get(url)
    text = answer.content.decode()
    assert "Where is my order?" in text and "Ada\nOn its way" in text and "not read" not in text
    assert "attachment" in answer["Content-Disposition"] and answer["Content-Type"].startswith("text/plain")
    other = make.make_waiting(account)
    for wrong in (url[:-1] + "x", url.split("?")[0], url.replace(str(conversation.public_id), str(other.public_id))):
        assert client.get(wrong).json()["code"] == "bad_link"
    with time_machine.travel(make.later(3700)):
        assert client.get(url).json()["code"] == "bad_link"


def test_a_copy_by_mail_goes_to_a_sure_address_alone(client: Client, account: ChannelAccount, ada: Agent) -> None:
    conversation, token = ended_chat(client, account, ada)
    path = f"conversations/{conversation.public_id}/transcript/"
    assert post(client, path, token, way="email").json()["code"] == "no_verified_address"
    Identity.objects.create(
        customer=conversation.customer, brand=account.brand, kind="email", address="carl@example.com"
    )
    assert post(client, path, token, way="email").json()["code"] == "no_verified_address", "claimed is not enough"
    Identity.objects.filter(kind="email").update(level=IdentityLevel.VERIFIED)
    assert post(client, path, token, way="email").json() == {"email": "c…@example.com"}
    post(client, path, token, way="email")
    assert Effect.objects.filter(name="send_transcript").count() == 1
    letter = build_transcript(Conversation.objects.get())
    assert letter is not None and letter.to == ["carl@example.com"] and "not read" in letter.body


def test_being_forgotten(client: Client, account: ChannelAccount, ada: Agent) -> None:
    _first, token = ended_chat(client, account, ada)
    write(client, account, "One more thing", token)
    stale: list[Any] = []

    async def story() -> None:
        async with browser(account, token=token) as page:
            answer = await run_in_thread(post, client, "erase/", token)
            assert answer.json()["ok"] is True and answer.json()["text"]
            await page.hear("state", state="closed")
            stale.append(await page.write("The page is still open"))

    play(story())
    assert stale[0]["code"] == "forgotten" and stale[0]["text"]
    assert get(client, "conversations/", token).json()["conversations"] == []
    assert post(client, "erase/", token).json()["code"] == "nothing_known"
    request = ErasureRequest.objects.get()
    assert request.decided_at is None and AuditEntry.objects.filter(kind="erasure.requested").count() == 1
    assert not Conversation.objects.exclude(state=ConversationState.CLOSED).exists()
    assert Message.objects.filter(text="").count() == 0, "nothing is erased before somebody decides"
    begun_anew = write(client, account, "Hello again").json()
    assert begun_anew["conversation"] not in {str(row.public_id) for row in Conversation.objects.order_by("pk")[:2]}


def test_an_admin_decides(client: Client, account: ChannelAccount, ada: Agent) -> None:
    conversation, token = ended_chat(client, account, ada)
    post(client, f"conversations/{conversation.public_id}/rating/", token, score=2, comment="private words")
    post(client, "erase/", token)
    request = ErasureRequest.objects.get()
    backend = "contactcenter.accounts.backends.DemoAwareBackend"
    client.force_login(make.make_user("root", role=Role.ADMIN), backend=backend)
    path = f"/admin/conversations/erasurerequest/{request.pk}/change/"
    refused = client.post(path, {"decision": "refused", "reason": ""})
    assert "Say why the request is refused." in refused.content.decode()
    assert client.post(path, {"decision": "approved", "reason": ""}).status_code == 302
    request.refresh_from_db()
    assert request.decision == "approved" and request.decided_by is not None
    assert client.post(path, {"decision": "refused", "reason": "no"}).status_code == 403, "decided once"
    assert set(Message.objects.values_list("text", flat=True)) == {""}
    assert Rating.objects.get().comment == "" and Rating.objects.get().score == 2
    assert Conversation.objects.get().customer.identities.count() == 0
    everything = json.dumps(list(Event.objects.values_list("data", flat=True)))
    assert "private words" not in everything and "2" in everything
    assert AuditEntry.objects.filter(kind="erasure.decided", actor=request.decided_by).exists()
    assert mail.outbox == []
