"""Two matters in one conversation: from a message on, the rest moves to a conversation of its own that follows."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.errors import Forbidden, Gone, Refused
from contactcenter.base.text import preview
from contactcenter.conversations.events import EventKind, move_event, record_event, save_conversation
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Attachment, Conversation, Event, Message
from contactcenter.conversations.services.messages import LAST_FIELDS, open_conversation
from contactcenter.conversations.services.state import STATE_FIELDS, write_state
from contactcenter.conversations.states import ConversationState, MessageKind
from routing.models import Queue
from routing.selectors import agent_of
from routing.services.queueing import enqueue, queue_of
from routing.services.records import begin_assignment, lock_everybody
from routing.services.targets import require_agent, require_hands, require_queue, require_signed_in
from routing.states import TargetReason


@transaction.atomic(durable=True)
def split_conversation(
    *, message_id: int, actor: User, queue: Queue | None = None, to_agent_id: int | None = None
) -> Conversation:
    """Move this message and all after it to a new conversation: of a queue, of an agent who is asked first, or, with
    neither, of the actor. The same click twice returns the first. Raises Refused, Forbidden, Gone."""
    conversation = lock_conversation(Message.objects.values_list("conversation_id", flat=True).get(pk=message_id))
    first = Message.objects.get(pk=message_id)
    if first.conversation_id != conversation.pk or _was_split_off(conversation, first, actor):
        return Conversation.objects.get(pk=first.conversation_id)
    require_hands(conversation, actor)
    if conversation.state == ConversationState.CLOSED:
        raise Gone(_("This conversation has ended."), code="not_open")
    if not conversation.messages.filter(seq__lt=first.seq).exists():
        raise Refused(_("Choose a later message: nothing would stay here."), code="bad_target")
    moved = list(conversation.messages.filter(seq__gte=first.seq).order_by("seq"))
    fresh = _open(conversation, moved)
    _move(conversation, fresh, moved)
    _share(conversation, fresh, moved)
    record_event(conversation, EventKind.CONVERSATION_SPLIT, actor=actor, other=fresh.pk, count=len(moved))
    save_conversation(conversation, *LAST_FIELDS)
    record_event(fresh, EventKind.CONVERSATION_SPLIT_OFF, actor=actor, other=conversation.pk)
    save_conversation(fresh, *LAST_FIELDS)
    _hand_out(fresh, conversation, actor, queue, to_agent_id)
    return fresh


def _was_split_off(conversation: Conversation, first: Message, actor: User) -> bool:
    earlier = conversation.messages.filter(seq__lt=first.seq)
    split = conversation.events.filter(kind=EventKind.CONVERSATION_SPLIT_OFF, actor=actor)
    return not earlier.exists() and split.exists()


def _open(conversation: Conversation, moved: Sequence[Message]) -> Conversation:
    """The new one begins on the way by which the customer raised the matter."""
    raised = next((message for message in moved if message.kind == MessageKind.IN), moved[0])
    return open_conversation(
        customer=conversation.customer,
        account=raised.account or conversation.account,
        identity=raised.identity or conversation.identity,
        topic=conversation.topic,
        language=conversation.language,
        thread_key=conversation.thread_key,
        follows=conversation,
        at=moved[0].created_at,
    )


def _move(conversation: Conversation, fresh: Conversation, moved: Sequence[Message]) -> None:
    """The log of the old one keeps its numbers; in the new one the messages are numbered anew, at their own times."""
    rows = Event.objects.filter(conversation=conversation, seq__in=[message.seq for message in moved])
    events = {event.seq: event for event in rows.select_related("actor")}
    for message in moved:
        message.seq = move_event(fresh, events[message.seq]).seq
        message.conversation = fresh
        message.save(update_fields=["conversation", "seq"])
    Attachment.objects.filter(message__in=moved).update(conversation=fresh)


def _share(conversation: Conversation, fresh: Conversation, moved: Sequence[Message]) -> None:
    """What lists show of each: last message, unread, since when the customer waits."""
    was_waiting, unread = conversation.waiting_since is not None, conversation.unread_count
    fresh.unread_count = min(unread, sum(message.kind == MessageKind.IN for message in moved))
    conversation.unread_count = unread - fresh.unread_count
    for row in (conversation, fresh):
        said = row.messages.filter(kind__in=[MessageKind.IN, MessageKind.OUT]).order_by("created_at", "pk")
        last = said.last()
        if last is None:
            row.last_message_text, row.last_message_kind, row.waiting_since = "", "", None
            continue
        row.last_message_at, row.last_message_kind = last.created_at, last.kind
        row.last_message_text = preview(last.text or ", ".join(file.name for file in last.attachments.all()))
        answered = said.filter(kind=MessageKind.OUT).last()
        asked = said.filter(kind=MessageKind.IN)
        if answered is not None:
            asked = asked.filter(created_at__gt=answered.created_at)
        waiting = asked.first() if was_waiting else None
        row.waiting_since = waiting.created_at if waiting else None


def _hand_out(
    fresh: Conversation, conversation: Conversation, actor: User, queue: Queue | None, to_agent_id: int | None
) -> None:
    if queue is not None or to_agent_id is not None:
        target = require_agent(fresh, to_agent_id) if to_agent_id is not None else None
        queue = queue or queue_of(fresh) or queue_of(conversation)
        if queue is None:
            raise Refused(_("This conversation has no queue; choose one."), code="bad_target")
        enqueue(
            fresh,
            require_queue(fresh, queue),
            target_agent=target,
            target_reason=TargetReason.TRANSFER,
            actor=actor,
        )
        return
    agent = agent_of(actor)
    if agent is None:
        raise Forbidden(_("You do not take work; choose a queue or an agent."))
    locked = lock_everybody(fresh, agent.pk)[agent.pk]
    require_signed_in(fresh, locked)
    queue = queue_of(fresh) or queue_of(conversation)
    fresh.team = queue.team if queue else conversation.team
    begin_assignment(fresh, locked, queue=queue)
    write_state(fresh, ConversationState.ACTIVE)
    record_event(fresh, EventKind.CONVERSATION_STARTED, actor=actor, agent=str(locked), agent_user=locked.user_id)
    save_conversation(fresh, "owner", "team", *STATE_FIELDS)
