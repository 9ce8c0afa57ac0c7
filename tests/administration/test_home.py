"""The home page of admin: what is left to do, and whether all works."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels_app.models import InboundDelivery, InboundOutcome
from contactcenter.accounts.models import Role, User
from contactcenter.administration.models import Setup
from contactcenter.base.clock import now
from contactcenter.conversations.models import Effect, Message
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.states import MessageKind
from routing.models import SweeperDuty
from tests import factories as make

pytestmark = pytest.mark.django_db


def admin() -> Client:
    client = Client()
    user = User.objects.filter(username="root").first() or make.make_user("root", role=Role.ADMIN)
    client.force_login(user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    return client


def done(client: Client) -> set[str]:
    return {task.title for task in client.get("/admin/").context["tasks"] if task.is_done}


def test_the_list_is_ticked_off() -> None:
    client = admin()
    assert done(client) == {"Brand"}
    queue = make.make_queue()
    make.make_agent("ada", queues=[queue], skills={"en": 5}, present=False, state=make.AgentState.OFFLINE)
    account = make.make_account(queue=queue, config={"origins": ["https://shop.example"]})
    Client().get(f"/w/{account.address}/config/", headers={"origin": "https://shop.example"})
    assert done(client) == {"Brand", "People", "Skills and languages", "A queue with members", "A channel in place"}


def test_it_goes_when_somebody_was_answered() -> None:
    client = admin()
    conversation = make.make_waiting(make.make_account(queue=make.make_queue()))
    assert client.get("/admin/").context["tasks"]
    add_message(conversation, MessageKind.OUT, "Here it is", author=User.objects.get(username="root"))
    assert client.get("/admin/").context["tasks"] == []
    setup = Setup.objects.create(admin=User.objects.get(username="root"))
    page = client.get("/admin/")
    assert page.context["tasks"], "the wizard's own contact does not count"
    assert "The set-up is not finished" in page.text
    Setup.objects.filter(pk=setup.pk).update(finished_at=conversation.created_at)
    assert client.get("/admin/").context["tasks"]


def test_what_fails_is_shown() -> None:
    client = admin()
    account = make.make_account(queue=make.make_queue())
    assert "Waits for the first message" in client.get("/admin/").text
    make.make_waiting(account)
    InboundDelivery.objects.create(
        account=account, external_id="1", kind="message", outcome=InboundOutcome.FAILED, error="cannot be read"
    )
    Effect.objects.create(name="deliver_message", target_id=1, key="x", last_error="no route", attempts=2)
    SweeperDuty.objects.create(name="routing.sweeping.x", last_run_at=now(), last_error="boom")
    page = client.get("/admin/").text
    for text in ("cannot be read", "1 failed and is tried again", "routing.sweeping.x: boom", "PostgreSQL", "Valkey"):
        assert text in page, text


def test_it_is_read_in_few_queries() -> None:
    client = admin()
    queue = make.make_queue()
    for number in range(5):
        make.make_waiting(make.make_account(f"shop{number}", queue=queue))
    assert Message.objects.count() == 5
    client.get("/admin/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/admin/")
    # A dozen of them read how the queues are set up.
    assert len(queries) < 34, [query["sql"][:100] for query in queries]
