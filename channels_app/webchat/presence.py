"""Whether the customer is there: leases of their pages, and what happens when the last one is gone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from channels_app.webchat.models import CustomerPresence
from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState

LEASE = timedelta(seconds=45)
RENEW_SECONDS = 15


@transaction.atomic
def enter(*, conversation_id: int, page_id: uuid.UUID) -> Conversation:
    """A page shows this conversation from now on; a customer who had left is back. What has ended needs nobody there.

    Under the conversation's lock, so that a page that closes at the same moment cannot call them gone.
    """
    conversation = lock_conversation(conversation_id)
    if conversation.state != ConversationState.CLOSED:
        renew({page_id: conversation_id})
        _return(conversation)
    return conversation


def _return(conversation: Conversation) -> bool:
    if conversation.customer_left_at is None:
        return False
    conversation.customer_left_at = None
    record_event(conversation, EventKind.CUSTOMER_RETURNED)
    save_conversation(conversation, "customer_left_at")
    return True


@transaction.atomic
def leave(*, conversation_id: int, page_id: uuid.UUID) -> None:
    """A page is closed; without another one the customer has left."""
    conversation = lock_conversation(conversation_id)
    CustomerPresence.objects.filter(pk=page_id).delete()
    _leave(conversation)


def _leave(conversation: Conversation) -> bool:
    moment = now()
    there = CustomerPresence.objects.filter(conversation=conversation, seen_until__gt=moment)
    is_over = conversation.state == ConversationState.CLOSED
    if is_over or conversation.customer_left_at is not None or there.exists():
        return False
    conversation.customer_left_at = moment
    record_event(conversation, EventKind.CUSTOMER_LEFT)
    save_conversation(conversation, "customer_left_at")
    return True


@transaction.atomic
def notice(*, conversation_id: int) -> bool:
    """Bring `customer_left_at` in line with the leases; the sweeper's part. Returns whether anything changed."""
    conversation = lock_conversation(conversation_id)
    there = CustomerPresence.objects.filter(conversation=conversation, seen_until__gt=now())
    return _return(conversation) if there.exists() else _leave(conversation)


def renew(pages: Mapping[uuid.UUID, int]) -> None:
    """Extend the leases of all pages that a process holds (page -> conversation), in one statement."""
    until = now() + LEASE
    rows = [CustomerPresence(id=page, conversation_id=pk, seen_until=until) for page, pk in sorted(pages.items())]
    CustomerPresence.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=["conversation", "seen_until"]
    )


def page_without_socket(conversation: Conversation) -> uuid.UUID:
    """The lease of a page that asks over HTTP; asking renews it."""
    return uuid.uuid5(conversation.public_id, "http")
