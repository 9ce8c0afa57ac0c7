"""Offers: accepted, declined, missed, withdrawn; the conversation keeps its place whatever happens to them."""

from __future__ import annotations

import pytest

from contactcenter.base.errors import Gone
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.states import ConversationState
from routing.models import Assignment, Decision, Offer, QueueEntry
from routing.services.agents import set_agent_state, sign_out_agent, touch_presence
from routing.services.handling import close, pull
from routing.services.offers import accept_offer, decline_offer, expire_offer, revoke_offer
from routing.states import AgentState, AssignmentState, OfferState, Outcome
from routing.sweeping import expire_due_offers, repair_missed_dispatches
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(conversation) -> list[str]:
    return list(conversation.events.order_by("seq").values_list("kind", flat=True))


def test_an_offer_holds_capacity_and_says_why(clock, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    offer = make.pending_offer(conversation)
    assert (offer.agent, offer.cost, (offer.expires_at - offer.created_at).seconds) == (ada, 25, 30)
    ada.refresh_from_db()
    assert ada.load == 25
    conversation.refresh_from_db()
    assert conversation.state == ConversationState.OFFERED
    terms = Decision.objects.get(offer=offer).terms
    assert [row["agent"] for row in terms["candidates"]] == [ada.pk, ben.pk]
    assert terms["candidates"][0]["terms"]["fit"] == 30.0


def test_a_queues_own_offer_time_wins(clock, chat, queue, ada) -> None:
    queue.offer_seconds = 7
    queue.save()
    offer = make.pending_offer(make.make_waiting(chat))
    assert (offer.expires_at - offer.created_at).seconds == 7


def test_accepting(clock, chat, ada) -> None:
    conversation = make.make_waiting(chat)
    offer = make.pending_offer(conversation)
    clock.shift(10)
    assignment = accept_offer(offer_id=offer.pk, agent_id=ada.pk)
    conversation.refresh_from_db()
    ada.refresh_from_db()
    entry = QueueEntry.objects.get()
    assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, ada.user)
    assert (assignment.cost, assignment.over_capacity, ada.load) == (25, False, 25)
    assert (entry.outcome, (entry.left_at - entry.entered_at).seconds) == (Outcome.ANSWERED, 10)
    assert kinds(conversation)[-1] == EventKind.OFFER_ACCEPTED
    assert accept_offer(offer_id=offer.pk, agent_id=ada.pk) == assignment, "the same click twice"
    assert Assignment.objects.count() == 1


def test_accepting_is_refused_when_late_or_not_theirs(clock, chat, ada, ben) -> None:
    offer = make.pending_offer(make.make_waiting(chat))
    with pytest.raises(Gone):
        accept_offer(offer_id=offer.pk, agent_id=ben.pk)
    with pytest.raises(Gone):
        accept_offer(offer_id=offer.pk + 99, agent_id=ada.pk)
    clock.shift(30)
    with pytest.raises(Gone):
        accept_offer(offer_id=offer.pk, agent_id=ada.pk)
    expire_offer(offer_id=offer.pk)
    with pytest.raises(Gone):
        accept_offer(offer_id=offer.pk, agent_id=ada.pk)


def test_a_decline_goes_to_the_next_and_comes_back_after_two_minutes(clock, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    decline_offer(
        offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk, reason="On the other\0 line" + "!" * 99
    )
    declined = Offer.objects.get(agent=ada)
    assert declined.state == OfferState.DECLINED and declined.reason.startswith("On the other line!")
    second = make.pending_offer(conversation)
    assert second.agent == ben
    decline_offer(offer_id=second.pk, agent_id=ben.pk, reason="no")
    assert make.pending_offer(conversation) is None, "nobody is asked twice at once"
    clock.shift(119)
    touch_presence([ada.pk, ben.pk])
    repair_missed_dispatches()
    assert make.pending_offer(conversation) is None
    clock.shift(2)
    assert repair_missed_dispatches() == 0, "a decision whose time has come, not a repair"
    assert make.pending_offer(conversation).agent == ada
    assert QueueEntry.objects.count() == 1


def test_declining_gives_the_capacity_back_and_forgives_misses(clock, chat, ada) -> None:
    ada.missed_in_row = 1
    ada.save()
    offer = make.pending_offer(make.make_waiting(chat))
    decline_offer(offer_id=offer.pk, agent_id=ada.pk, reason="busy")
    ada.refresh_from_db()
    assert (ada.load, ada.missed_in_row, ada.state) == (0, 0, AgentState.AVAILABLE)
    with pytest.raises(Gone):
        decline_offer(offer_id=offer.pk, agent_id=ada.pk, reason="busy")


def test_a_missed_offer_keeps_the_place_and_goes_to_somebody_else(clock, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    entry = QueueEntry.objects.get()
    clock.shift(31)
    touch_presence([ada.pk, ben.pk])
    assert expire_due_offers() == 1
    assert make.pending_offer(conversation).agent == ben, "who missed it is asked last"
    after = QueueEntry.objects.get()
    assert (after.rank_key, after.entered_at) == (entry.rank_key, entry.entered_at)
    ada.refresh_from_db()
    assert (ada.state, ada.missed_in_row) == (AgentState.AVAILABLE, 1)


def test_two_misses_in_a_row_and_nothing_more_is_offered(clock, chat, ada) -> None:
    conversation = make.make_waiting(chat)
    for _miss in range(2):
        clock.shift(31)
        touch_presence([ada.pk])
        assert expire_due_offers() == 1
    ada.refresh_from_db()
    assert ada.state == AgentState.NOT_RESPONDING
    assert make.pending_offer(conversation) is None
    set_agent_state(agent_id=ada.pk, to=AgentState.AVAILABLE)
    ada.refresh_from_db()
    assert ada.missed_in_row == 0
    assert make.pending_offer(conversation).agent == ada


def test_accepting_forgives_misses(clock, chat, ada) -> None:
    conversation = make.make_waiting(chat)
    clock.shift(31)
    touch_presence([ada.pk])
    expire_due_offers()
    accept_offer(offer_id=make.pending_offer(conversation).pk, agent_id=ada.pk)
    ada.refresh_from_db()
    assert ada.missed_in_row == 0


def test_expiry_comes_neither_early_nor_twice(clock, chat, ada) -> None:
    offer = make.pending_offer(make.make_waiting(chat))
    clock.shift(29)
    assert expire_due_offers() == 0 and expire_offer(offer_id=offer.pk) is False
    clock.shift(1)
    assert expire_offer(offer_id=offer.pk) is True
    assert expire_offer(offer_id=offer.pk) is False


def test_who_was_leaving_has_missed_nothing(clock, chat, ada) -> None:
    """The withdrawal of the offer was lost with its process; the offer runs out, and the chosen state applies."""
    make.make_waiting(chat)
    ada.refresh_from_db()
    ada.next_state, ada.missed_in_row = AgentState.BREAK, 1
    ada.save()
    clock.shift(31)
    assert expire_due_offers() == 1
    ada.refresh_from_db()
    assert (ada.state, ada.next_state) == (AgentState.BREAK, "")


def test_a_withdrawn_offer_is_free_for_the_next(clock, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    offer = make.pending_offer(conversation)
    sign_out_agent(agent_id=ada.pk)
    assert Offer.objects.get(pk=offer.pk).state == OfferState.REVOKED
    assert make.pending_offer(conversation).agent == ben
    assert revoke_offer(offer_id=offer.pk) is False


def test_what_somebody_else_took_is_no_longer_offered(clock, chat, ada, ben) -> None:
    conversation = make.make_waiting(chat)
    offer = make.pending_offer(conversation)
    pull(conversation_id=conversation.pk, agent_id=ben.pk)
    with pytest.raises(Gone):
        accept_offer(offer_id=offer.pk, agent_id=ada.pk)
    ada.refresh_from_db()
    assert ada.load == 0
    assert Assignment.objects.get(state=AssignmentState.HANDLING).agent == ben


def test_what_the_customer_ended_is_no_longer_offered(clock, chat, ada) -> None:
    conversation = make.make_waiting(chat)
    offer = make.pending_offer(conversation)
    close(conversation_id=conversation.pk)
    with pytest.raises(Gone):
        accept_offer(offer_id=offer.pk, agent_id=ada.pk)
    assert QueueEntry.objects.get().outcome == Outcome.ABANDONED


def test_a_full_agent_gets_the_next_as_soon_as_an_offer_ends(clock, chat, ada) -> None:
    waiting = [make.make_waiting(chat) for _ in range(5)]
    assert [make.pending_offer(row) is not None for row in waiting] == [True] * 4 + [False]
    decline_offer(offer_id=make.pending_offer(waiting[0]).pk, agent_id=ada.pk, reason="busy")
    assert make.pending_offer(waiting[4]).agent == ada
