"""How the customer found a conversation: once, changeable for a day, and never a reason to wake anybody."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Rating
from contactcenter.conversations.states import ConversationState, MessageKind

CHANGEABLE = timedelta(days=1)
MOST_COMMENT = 1000


def changeable_until(rating: Rating) -> datetime:
    return rating.at + CHANGEABLE


def can_rate(conversation: Conversation, rating: Rating | None) -> bool:
    """Whether a customer may rate this conversation now: it is over, and somebody has answered."""
    if conversation.state != ConversationState.CLOSED or conversation.merged_into_id is not None:
        return False
    if rating is not None:
        return now() < changeable_until(rating)
    return conversation.messages.filter(kind=MessageKind.OUT).exists()


@transaction.atomic
def rate_conversation(*, conversation_id: int, score: int, comment: str = "") -> Rating:
    """Keep the customer's rating; the same again within a day changes it. Raises Refused, Gone."""
    if isinstance(score, bool) or not isinstance(score, int) or not 1 <= score <= 5:
        raise Refused(_("Choose a number from 1 to 5."), code="bad_score")
    comment = clean_input(comment)
    if len(comment) > MOST_COMMENT:
        raise Refused(_("The comment is too long: at most %s characters.") % MOST_COMMENT, code="too_long")
    conversation = lock_conversation(conversation_id)
    known = Rating.objects.filter(conversation=conversation).first()
    if known is not None and (known.score, known.comment) == (score, comment):
        return known
    if not can_rate(conversation, known):
        if known is not None:
            raise Gone(_("A rating can be changed for a day; this one stays as it is."), code="rating_closed")
        raise Refused(_("A conversation is rated after it has ended."), code="not_closed")
    rating, _is_new = Rating.objects.update_or_create(
        conversation=conversation,
        defaults={"score": score, "comment": comment},
        create_defaults={"score": score, "comment": comment, "at": now()},
    )
    record_event(conversation, EventKind.RATING_GIVEN, score=score, comment=comment)
    save_conversation(conversation)
    return rating
