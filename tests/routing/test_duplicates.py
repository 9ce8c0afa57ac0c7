"""Duplicate demand: a customer who waits on two channels is one piece of work, taken by one agent."""

from __future__ import annotations

import pytest

from contactcenter.conversations.events import EventKind
from contactcenter.conversations.services.merging import merge_customers
from contactcenter.conversations.states import Channel, ConversationState
from routing.models import Assignment, ChannelProfile, QueueEntry
from routing.profiles import forget_profiles
from routing.selectors import place_of
from routing.services.handling import close, pull, transfer
from routing.services.offers import accept_offer, decline_offer
from routing.services.queueing import abandon
from routing.services.wrapping import finish_wrap_up
from routing.states import AssignmentState, Outcome, TargetReason
from routing.watching import join_duplicates
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def entry_of(conversation) -> QueueEntry:
    return conversation.entries.order_by("-pk").first()


def kinds(conversation) -> list[str]:
    return list(conversation.events.order_by("seq").values_list("kind", flat=True))


@pytest.fixture
def carl(queue):
    return make.make_customer("Carl", brand=queue.brand)


@pytest.fixture
def pair(clock, mail, chat, carl):
    """A mail that has waited for a minute, and a chat."""
    written = make.make_waiting(mail, customer=carl)
    clock.shift(60)
    return written, make.make_waiting(chat, customer=carl)


def test_the_live_one_leads_and_both_rows_say_so(pair) -> None:
    written, live = pair
    assert entry_of(written).joined_to == entry_of(live)
    assert entry_of(live).joined_to is None
    for mine, other in ((written, live), (live, written)):
        event = mine.events.get(kind=EventKind.WAIT_JOINED)
        assert event.data == {"other": other.pk, "channel": other.channel}


def test_of_two_that_are_not_live_the_one_nearer_to_the_front_leads(clock, queue, mail, carl) -> None:
    sms = make.make_account("sms", queue=queue, kind="fake", channel=Channel.SMS)
    first = make.make_waiting(sms, customer=carl)
    clock.shift(1)
    second = make.make_waiting(mail, customer=carl)
    assert entry_of(second).joined_to == entry_of(first)


def test_two_on_one_channel_are_two_pieces_of_work(mail, carl) -> None:
    first, second = make.make_waiting(mail, customer=carl), make.make_waiting(mail, customer=carl)
    assert entry_of(first).joined_to is None and entry_of(second).joined_to is None


def test_whoever_accepts_gets_both_at_the_price_of_the_dearer(pair, ada) -> None:
    written, live = pair
    costs = dict(ChannelProfile.objects.values_list("channel", "cost"))
    assert make.pending_offer(written) is None
    accept_offer(offer_id=make.pending_offer(live).pk, agent_id=ada.pk)
    assert entry_of(live).outcome == Outcome.ANSWERED and entry_of(written).outcome == Outcome.JOINED
    for conversation in pair:
        conversation.refresh_from_db()
        assert (conversation.state, conversation.owner) == (ConversationState.ACTIVE, ada.user)
    ada.refresh_from_db()
    assert ada.load == max(costs[Channel.CHAT], costs[Channel.EMAIL])
    assert written.events.get(kind=EventKind.WAIT_TAKEN_ALONG).data["other"] == live.pk


@pytest.mark.parametrize("first_to_end", ["the one that leads", "the other"])
def test_what_goes_on_costs_what_it_does_alone(pair, ada, first_to_end) -> None:
    written, live = pair
    costs = dict(ChannelProfile.objects.values_list("channel", "cost"))
    accept_offer(offer_id=make.pending_offer(live).pk, agent_id=ada.pk)
    ended, going_on = (live, written) if first_to_end == "the one that leads" else (written, live)
    close(conversation_id=ended.pk, actor=ada.user)
    for assignment in Assignment.objects.filter(conversation=ended, state=AssignmentState.WRAP_UP):
        finish_wrap_up(assignment_id=assignment.pk, agent_id=ada.pk)
    ada.refresh_from_db()
    assert ada.load == costs[going_on.channel]


def test_what_there_is_no_room_for_waits_on_alone(pair, queue, ben, ada) -> None:
    written, live = pair
    ChannelProfile.objects.filter(channel=Channel.EMAIL).update(cost=90)
    forget_profiles()
    offer = make.pending_offer(live)
    offer.agent.capacity = 60
    offer.agent.save()
    accept_offer(offer_id=offer.pk, agent_id=offer.agent_id)
    written.refresh_from_db()
    assert entry_of(written).joined_to is None and entry_of(written).left_at is None
    assert kinds(written).count(EventKind.WAIT_PARTED) == 1
    assert make.pending_offer(written).agent_id != offer.agent_id, "free again, and offered to the other at once"


def test_no_agent_gets_along_what_they_lack_the_skill_for(clock, chat, carl, ada) -> None:
    special = make.make_queue("special", skills={"law": 3})
    letters = make.make_account("letters", queue=special, kind="fake", channel=Channel.EMAIL)
    written = make.make_waiting(letters, customer=carl)
    live = make.make_waiting(chat, customer=carl)
    assert entry_of(written).joined_to == entry_of(live)
    accept_offer(offer_id=make.pending_offer(live).pk, agent_id=ada.pk)
    written.refresh_from_db()
    assert written.state == ConversationState.QUEUED and entry_of(written).joined_to is None


@pytest.mark.parametrize("how", ["abandoned", "closed", "transferred"])
def test_when_the_leader_leaves_the_other_is_free_at_its_place(pair, queue, how) -> None:
    written, live = pair
    key = entry_of(written).rank_key
    sue = make.make_user("sue", role="supervisor", teams=[queue.team])
    if how == "abandoned":
        abandon(conversation_id=live.pk)
    elif how == "closed":
        close(conversation_id=live.pk, actor=sue)
    else:
        transfer(conversation_id=live.pk, actor=sue, to_agent_id=make.make_agent("ben", queues=[queue]).pk)
    entry = entry_of(written)
    assert (entry.joined_to, entry.rank_key, entry.left_at) == (None, key, None)


def test_what_was_given_to_a_person_joins_when_their_time_is_over(clock, pair, queue) -> None:
    written, live = pair
    sue = make.make_user("sue", role="supervisor", teams=[queue.team])
    zoe = make.make_agent("zoe", queues=[queue], present=False)
    transfer(conversation_id=live.pk, actor=sue, to_agent_id=zoe.pk)
    assert entry_of(live).target_reason == TargetReason.TRANSFER
    assert join_duplicates() == 0
    clock.shift(queue.wake_seconds + 1)
    assert join_duplicates() == 1
    assert entry_of(written).joined_to == entry_of(live)
    assert join_duplicates() == 0


def test_pulling_one_of_them_takes_both(pair, ada, mail) -> None:
    written, live = pair
    decline_offer(offer_id=make.pending_offer(live).pk, agent_id=ada.pk, reason="")
    pull(conversation_id=written.pk, agent_id=ada.pk)
    assert entry_of(live).outcome == Outcome.JOINED and entry_of(written).outcome == Outcome.ANSWERED
    assert Assignment.objects.filter(agent=ada, state=AssignmentState.HANDLING).count() == 2


def test_a_pair_counts_once_in_line(clock, pair, chat) -> None:
    clock.shift(1)
    later = make.make_waiting(chat)
    assert place_of(entry_of(later)) == 2


def test_customers_who_are_merged_join_too_and_part_again(pair, carl, chat, mail, queue) -> None:
    other = make.make_customer("Karl", brand=queue.brand)
    third = make.make_waiting(make.make_account("sms", queue=queue, kind="fake", channel=Channel.SMS), customer=other)
    assert entry_of(third).joined_to is None
    sue = make.make_user("sue", role="supervisor", teams=[queue.team])
    merge_customers(kept_id=carl.pk, merged_id=other.pk, actor=sue)
    assert join_duplicates() == 1
    assert entry_of(third).joined_to == entry_of(pair[1])
