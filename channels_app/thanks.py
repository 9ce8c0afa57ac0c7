"""Thanks after the end: shown to the last agent for a while, with nothing to do; then the sweeper takes them away.

The conversation stays CLOSED throughout: thanks are no work, so they have no assignment, cost nothing and are not
counted as reopened.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction

from channels_app.courtesies import is_thanks
from channels_app.inbound import Handled
from channels_app.models import InboundOutcome, ShownThanks
from channels_app.types import InboundEvent, InboundKind
from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.states import ConversationState
from routing.models import Assignment
from routing.models.queues import THANKS_MINUTES

logger = logging.getLogger(__name__)

BATCH = 200


def show_thanks(event: InboundEvent, handled: Handled) -> None:
    """Put thanks that `handle` has just recorded into the last agent's list, in the same transaction.

    The announcement of the message brings the row to open consoles: whoever reads it finds this beside it.
    """
    conversation = handled.conversation
    if handled.outcome != InboundOutcome.QUIET or conversation is None or conversation.owner_id is None:
        return
    if event.kind != InboundKind.MESSAGE or event.is_automatic or not is_thanks(event.text):
        return
    minutes = _minutes(conversation)
    if minutes and conversation.state == ConversationState.CLOSED:
        until = now() + timedelta(minutes=minutes)
        ShownThanks.objects.update_or_create(
            conversation=conversation, defaults={"user_id": conversation.owner_id, "until": until}
        )


def _minutes(conversation: Conversation) -> int:
    """As the queue says from which the last agent had it."""
    rows = Assignment.objects.filter(conversation=conversation, agent__user=conversation.owner_id, queue__isnull=False)
    last = rows.order_by("-started_at", "-pk").values_list("queue__thanks_minutes", flat=True).first()
    return THANKS_MINUTES if last is None else last


def hide_due_thanks() -> int:
    """The sweeper's duty: thanks that have been shown for long enough. Returns how many rows it found."""
    due = ShownThanks.objects.filter(until__lte=now()).order_by("until")
    found = 0
    for conversation_id in list(due.values_list("conversation_id", flat=True)[:BATCH]):
        try:
            found += _hide(conversation_id)
        except Exception:  # one that fails does not keep the others in their lists
            logger.exception("thanks not hidden", extra={"fields": {"conversation": conversation_id}})
    return found


@transaction.atomic(durable=True)
def _hide(conversation_id: int) -> bool:
    conversation = lock_conversation(conversation_id)
    deleted, _by_model = ShownThanks.objects.filter(conversation=conversation, until__lte=now()).delete()
    if not deleted:
        return False  # thanked again meanwhile, or another sweeper was quicker
    # By nobody: its time is over. Consoles draw the row anew, and it belongs to nobody's list any more.
    record_event(conversation, EventKind.CONVERSATION_READ)
    save_conversation(conversation)
    return True
