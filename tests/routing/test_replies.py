"""An agent's answer: who may give it, once, and not over a colleague's head."""

from __future__ import annotations

import pytest

from contactcenter.accounts.models import Role
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.conversations.models import Draft
from contactcenter.conversations.services.messages import save_draft
from contactcenter.conversations.states import Delivery
from routing.services.consulting import join_conference, request_consult
from routing.services.handling import close
from routing.services.offers import accept_offer
from routing.services.replies import AnsweredMeanwhile, send_reply
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def reply(conversation, author, text: str = "On its way", client_id: str = "1", **fields):
    return send_reply(conversation_id=conversation.pk, author=author, text=text, client_id=client_id, **fields)


def test_an_answer_is_posted_once_and_forgets_the_draft(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    save_draft(user=ada.user, conversation=conversation, mode="reply", text="On i", seen_seq=3)
    message = reply(conversation, ada.user)
    conversation.refresh_from_db()
    assert (message.delivery, message.author, conversation.waiting_since) == (Delivery.ACCEPTED, ada.user, None)
    assert reply(conversation, ada.user, text="something else") == message
    assert not Draft.objects.exists()


def test_who_may_answer(clock, chat, ada, ben) -> None:
    conversation = make.make_active(chat, ada)
    with pytest.raises(Forbidden):
        reply(conversation, ben.user)
    assert reply(conversation, make.make_user("sue", role=Role.SUPERVISOR), client_id="2")
    offer = request_consult(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk)
    accept_offer(offer_id=offer.pk, agent_id=ben.pk)
    with pytest.raises(Forbidden):
        reply(conversation, ben.user, client_id="3")
    join_conference(conversation_id=conversation.pk, actor=ada.user, agent_id=ben.pk)
    assert reply(conversation, ben.user, client_id="3")
    with pytest.raises(Refused):
        reply(conversation, ada.user, text=" \0 ", client_id="4")
    close(conversation_id=conversation.pk)
    with pytest.raises(Gone):
        reply(conversation, ada.user, client_id="5")


def test_a_colleagues_answer_since_is_looked_at_first(clock, chat, ada) -> None:
    conversation = make.make_active(chat, ada)
    sue = make.make_user("sue", role=Role.SUPERVISOR)
    conversation.refresh_from_db()
    seen = conversation.event_seq
    reply(conversation, sue, client_id="sue")
    with pytest.raises(AnsweredMeanwhile):
        reply(conversation, ada.user, seen_seq=seen)
    conversation.refresh_from_db()
    assert reply(conversation, ada.user, seen_seq=conversation.event_seq)
