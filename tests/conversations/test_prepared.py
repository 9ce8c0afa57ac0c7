"""Queries made once: the same answers as Django's own, and no argument that would be forgotten."""

from __future__ import annotations

import pytest
from django.db.models import Exists, OuterRef, Q

from contactcenter.base.clock import now
from contactcenter.base.prepared import Prepared
from contactcenter.conversations.models import Conversation, Message
from contactcenter.conversations.states import ConversationState
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversations() -> list[Conversation]:
    account = make.make_account(queue=make.make_queue())
    return [make.make_waiting(account) for _ in range(3)]


def test_instances_come_with_all_that_the_query_brings(
    conversations: list[Conversation], django_assert_num_queries
) -> None:
    prepared = Prepared(
        lambda ids, state, at: (
            Conversation.objects.filter(Q(pk__in=ids, state=state) | Q(pk__in=ids, created_at__gt=at))
            .select_related("customer", "owner")
            .annotate(is_asked=Exists(Message.objects.filter(conversation=OuterRef("pk"), kind="in")))
            .order_by("-pk")
        )
    )
    first, second, third = conversations
    with django_assert_num_queries(3):
        both = prepared.objects([first.pk, third.pk], ConversationState.QUEUED, now())
        assert [row.customer.pk for row in both] == [third.customer_id, first.customer_id]
        assert both[0].owner is None and both[0].is_asked is True
        assert both[0].last_message_at == third.last_message_at and not both[0]._state.adding
        assert [row.pk for row in prepared.objects([second.pk], "queued", now())] == [second.pk]
        assert prepared.objects([second.pk], "closed", now()) == []
    assert len(prepared._compiled) == 2, "one for each length"


def test_tuples(conversations: list[Conversation]) -> None:
    prepared = Prepared(lambda pk: Conversation.objects.filter(pk=pk).values_list("public_id", "tags"))
    assert [prepared.tuples(row.pk) for row in conversations] == [[(row.public_id, [])] for row in conversations]


def test_an_argument_may_only_go_in_as_it_is() -> None:
    with pytest.raises(AssertionError, match="something else"):
        Prepared(lambda pk: Conversation.objects.filter(pk=pk + 1)).objects(1)
    with pytest.raises(AssertionError, match="something else"):
        Prepared(lambda pk, state: Conversation.objects.filter(pk=pk)).objects(1, "closed")
    with pytest.raises(AssertionError, match="bytes"):
        Prepared(lambda at: Conversation.objects.filter(pk=at)).objects(b"1")
