"""What agents see of promises: chips on rows and panes that come with the warning and go with the answer."""

from __future__ import annotations

import pytest
from django.test import Client

from contactcenter.accounts.models import Role
from contactcenter.conversations.models import Conversation
from routing.models import SLATarget
from routing.services.handling import pull
from routing.services.replies import send_reply
from routing.sweeping import keep_clocks
from tests import factories as make
from tests.routing.conftest import ada, chat, clock, queue  # noqa: F401

pytestmark = pytest.mark.django_db


def _row(client: Client, conversation: Conversation) -> str:
    text = client.get("/console/list/?tab=team").text
    return text[text.index(f'id="row-{conversation.pk}"') :]


def test_the_chip_comes_with_the_warning_and_goes_with_the_answer(client, clock, queue, chat, ada) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    SLATarget.objects.create(queue=queue, first_seconds=600, warn_percent=50)
    conversation = make.make_waiting(chat)
    pull(conversation_id=conversation.pk, agent_id=ada.pk)
    keep_clocks()
    client.force_login(ada.user)
    page = f"/console/c/{conversation.pk}/"
    assert "Due in" not in _row(client, conversation)
    assert "First answer by" in client.get(page).text
    clock.shift(300)
    keep_clocks()
    assert "Due in" in _row(client, conversation) and "Due in" in client.get(page).text
    assert "First answer is due soon" in client.get(page).text
    assert "Due in" in client.get("/console/bell/").text
    clock.shift(300)
    keep_clocks()
    assert "Overdue" in _row(client, conversation)
    sue = Client()
    sue.force_login(make.make_user("sue", role=Role.SUPERVISOR, teams=[queue.team]))
    assert "Overdue" in sue.get("/console/bell/").text
    send_reply(conversation_id=conversation.pk, author=ada.user, text="Here you are", client_id="1")
    # At once, before anybody has swept.
    assert "Overdue" not in _row(client, conversation) and "Overdue" not in sue.get("/console/bell/").text
