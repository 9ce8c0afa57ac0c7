"""What is said in public does not go unanswered by oversight: it is answered, or somebody says that it need not be."""

from __future__ import annotations

from django.db import transaction

from contactcenter.accounts.models import User
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from routing.services.replies import check_may_reply


@transaction.atomic
def settle_public(*, conversation_id: int, actor: User) -> None:
    """No answer is needed: nobody waits any more. Said twice is said once. Raises Forbidden, Gone."""
    conversation = lock_conversation(conversation_id)
    check_may_reply(conversation, actor)
    if conversation.waiting_since is None:
        return
    conversation.waiting_since = None
    conversation.unread_count = 0
    record_event(conversation, EventKind.ANSWER_NOT_NEEDED, actor=actor)
    save_conversation(conversation, "waiting_since", "unread_count")
