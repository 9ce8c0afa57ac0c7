"""One customer on two channels at the same moment: joined once, taken by one agent, never held by one that has gone."""

from __future__ import annotations

import pytest

from contactcenter.base.errors import Refused
from contactcenter.conversations.states import Channel, ConversationState
from routing.models import Assignment, QueueEntry
from routing.services.offers import accept_offer
from routing.services.queueing import abandon
from routing.states import AgentState, AssignmentRole, AssignmentState
from routing.watching import join_duplicates
from tests import factories as make
from tests.concurrency.test_races import in_rounds
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor():
    queue = make.make_queue()
    chat = make.make_account("shop", queue=queue)
    mail = make.make_account("mail", queue=queue, kind="fake", channel=Channel.EMAIL)
    return queue, chat, mail


def is_settled(customer) -> None:
    """Nobody hangs on a stay that is over, and who handles one handles both unless it was freed."""
    join_duplicates()
    entries = QueueEntry.objects.filter(conversation__customer=customer, left_at=None)
    leads = [entry for entry in entries if entry.joined_to_id is None]
    assert all(entry.joined_to_id in {lead.pk for lead in leads} for entry in entries if entry.joined_to_id)
    assert len({entry.channel for entry in leads if not entry.is_offered}) <= 1


def test_two_channels_at_the_same_moment_are_joined(floor) -> None:
    queue, chat, mail = floor
    make.make_agent("ada", queues=[queue], state=AgentState.OFFLINE)

    def round_(number: int) -> None:
        carl = make.make_customer(f"Carl {number}")
        together(
            lambda: make.make_waiting(mail, customer=carl), lambda: make.make_waiting(chat, customer=carl), seed=number
        )
        assert join_duplicates() == 0, "joined by their own commits"
        entries = {entry.channel: entry for entry in QueueEntry.objects.filter(conversation__customer=carl)}
        assert entries[Channel.EMAIL].joined_to == entries[Channel.CHAT]

    in_rounds(round_)


def test_accepting_while_the_other_comes(floor) -> None:
    queue, chat, mail = floor
    make.make_agent("ada", queues=[queue])

    def round_(number: int) -> None:
        carl = make.make_customer(f"Carl {number}")
        live = make.make_waiting(chat, customer=carl)
        offer = make.pending_offer(live)
        together(
            lambda: accept_offer(offer_id=offer.pk, agent_id=offer.agent_id),
            lambda: make.make_waiting(mail, customer=carl),
            seed=number,
        )
        is_settled(carl)
        live.refresh_from_db()
        assert live.state == ConversationState.ACTIVE

    in_rounds(round_)


def test_the_leader_goes_while_it_is_accepted(floor) -> None:
    queue, chat, mail = floor
    make.make_agent("ada", queues=[queue])

    def round_(number: int) -> None:
        carl = make.make_customer(f"Carl {number}")
        written, live = make.make_waiting(mail, customer=carl), make.make_waiting(chat, customer=carl)
        offer = make.pending_offer(live) or make.pending_offer(written)
        results = together(
            lambda: accept_offer(offer_id=offer.pk, agent_id=offer.agent_id),
            lambda: abandon(conversation_id=live.pk),
            seed=number,
        )
        is_settled(carl)
        written.refresh_from_db()
        primaries = Assignment.objects.filter(
            conversation__customer=carl, role=AssignmentRole.PRIMARY, state=AssignmentState.HANDLING
        )
        assert len(set(primaries.values_list("agent_id", flat=True))) <= 1
        if isinstance(results[0], Refused):
            assert written.state in {ConversationState.QUEUED, ConversationState.OFFERED}

    in_rounds(round_)
