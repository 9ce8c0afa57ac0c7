"""Thanks after the end, from a provider's door: the last agent sees them for a while, and it is no work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from channels_app.models import ShownThanks
from contactcenter.accounts.selectors import viewer_of
from contactcenter.console.selectors.lists import figures_of, rows_of
from contactcenter.conversations.models import ChannelAccount, Conversation, Event
from contactcenter.conversations.states import ConversationState
from contactcenter.sweeper import sweep_once
from routing.models import Agent, Assignment, Queue
from routing.services.handling import close
from routing.services.offers import accept_offer
from tests import factories as make
from tests.channels.test_intake import pigeon, post, text, work  # noqa: F401  (a fixture among them)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(queue: Queue) -> Agent:
    return make.make_agent("ada", queues=[queue])


@pytest.fixture
def closed(client: Client, pigeon: ChannelAccount, ada: Agent) -> Conversation:  # noqa: F811
    """A conversation that Ada has answered and closed."""
    Queue.objects.update(wrap_up_seconds=0)
    post(client, text("a"))
    work()
    conversation = Conversation.objects.get()
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    close(conversation_id=conversation.pk, actor=ada.user)
    conversation.refresh_from_db()
    return conversation


def sweep_at(moment: Any) -> None:
    with time_machine.travel(moment):
        sweep_once()


def thank(client: Client, name: str = "b", words: str = "Paldies!", **fields: Any) -> None:
    post(client, text(name, words, **fields))
    work()


def has_in_list(who: Agent, conversation: Conversation) -> bool:
    """As the page shows it, and as the frame tells open pages."""
    page = Client()
    page.force_login(who.user, backend="contactcenter.accounts.backends.DemoAwareBackend")
    answer = page.get("/console/list/", {"tab": "mine"}, headers={"HX-Request": "true"}).content.decode()
    on_page = f'id="row-{conversation.pk}"' in answer
    conversation.refresh_from_db()
    assert (who.user_id in rows_of([conversation])[0].people) is on_page
    return on_page


def test_the_last_agent_sees_them_and_nobody_else(client: Client, closed: Conversation, ada: Agent) -> None:
    ben = make.make_agent("ben", queues=list(Queue.objects.all()))
    assert not has_in_list(ada, closed)
    load, events = Agent.objects.get(pk=ada.pk).load, closed.event_seq
    thank(client)
    assert has_in_list(ada, closed) and not has_in_list(ben, closed)
    assert figures_of(viewer_of(ada.user)).mine == 1
    assert closed.state == ConversationState.CLOSED and closed.reopened_count == 0 and closed.unread_count == 0
    assert closed.event_seq == events + 1, "the message itself brings it to open consoles"
    assert Agent.objects.get(pk=ada.pk).load == load and Assignment.objects.count() == 1


def test_they_go_by_themselves_and_open_consoles_hear_of_it(client: Client, closed: Conversation, ada: Agent) -> None:
    thank(client)
    sweep_at(make.later(9 * 60))
    assert has_in_list(ada, closed)
    events = closed.event_seq
    sweep_at(make.later(11 * 60))
    sweep_at(make.later(12 * 60))
    assert not has_in_list(ada, closed)
    assert closed.event_seq == events + 1
    assert Event.objects.filter(conversation=closed).latest("seq").kind == "conversation.read"
    assert closed.state == ConversationState.CLOSED and closed.reopened_count == 0


def test_thanked_again_they_stay_longer(client: Client, closed: Conversation, ada: Agent) -> None:
    thank(client)
    ShownThanks.objects.update(until=make.later(60))
    thank(client, "c", "Спасибо большое")
    sweep_at(make.later(5 * 60))
    assert has_in_list(ada, closed)


@pytest.mark.parametrize(("minutes", "shown"), [(0, False), (30, True)])
def test_the_queue_says_how_long(
    client: Client, closed: Conversation, ada: Agent, queue: Queue, minutes: int, shown: bool
) -> None:
    Queue.objects.filter(pk=queue.pk).update(thanks_minutes=minutes)
    thank(client)
    assert has_in_list(ada, closed) is shown
    if shown:
        left = ShownThanks.objects.get().until - make.later(0)
        assert timedelta(minutes=29) < left <= timedelta(minutes=30)


@pytest.mark.parametrize("fields", [{"automatic": True}, {"type": "rating"}])
def test_what_only_looks_like_thanks_is_not_shown(
    client: Client, closed: Conversation, ada: Agent, fields: dict[str, Any]
) -> None:
    thank(client, **fields)
    assert closed.messages.count() == 2
    assert not has_in_list(ada, closed)


def test_a_question_after_them_is_work_as_ever(client: Client, closed: Conversation, ada: Agent) -> None:
    thank(client)
    post(client, text("q", "But where is it?"))
    work()
    closed.refresh_from_db()
    assert closed.state == ConversationState.ACTIVE and closed.reopened_count == 1
    sweep_at(make.later(11 * 60))
    assert has_in_list(ada, closed), "it is Ada's own now"
