"""Messages of a locked conversation: in, out, note, system, and what became of those sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.base.prepared import Prepared
from contactcenter.base.text import clean_input, fold, preview
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.events import (
    EventKind,
    next_event,
    record_event,
    save_conversation,
)
from contactcenter.conversations.locking import lock_conversation, lock_customer
from contactcenter.conversations.models import (
    Attachment,
    ChannelAccount,
    Conversation,
    ConversationAccess,
    Customer,
    Draft,
    Identity,
    Message,
    MessageTemplate,
)
from contactcenter.conversations.services.customers import last_merged_into
from contactcenter.conversations.services.mentions import add_mentions
from contactcenter.conversations.states import DELIVERY_RANK, Delivery, MessageKind, Priority
from contactcenter.conversations.writing import write_together

MAX_TEXT = 20_000
_EVENT_OF = {
    MessageKind.IN: EventKind.MESSAGE_RECEIVED,
    MessageKind.OUT: EventKind.MESSAGE_SENT,
    MessageKind.NOTE: EventKind.NOTE_ADDED,
    MessageKind.SYSTEM: EventKind.SYSTEM_ADDED,
}
LAST_FIELDS = (
    "last_message_at",
    "last_message_text",
    "last_message_kind",
    "unread_count",
    "waiting_since",
    "event_seq",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a message stands at its provider. `coming`: names of its files that are still there; `template`: the
    approved text of which the message's is the filled form."""

    thread_key: str = ""
    reply_to: Message | None = None
    is_public: bool = False
    unsupported: str = ""
    coming: tuple[str, ...] = ()
    template: MessageTemplate | None = None
    template_values: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What of it the message's row keeps."""
        return {
            "thread_key": self.thread_key,
            "reply_to": self.reply_to,
            "is_public": self.is_public,
            "unsupported": self.unsupported[:60],
            "template": self.template,
            "template_values": list(self.template_values),
        }


NO_ORIGIN = Origin()


def open_conversation(
    *,
    customer: Customer,
    account: ChannelAccount,
    identity: Identity | None = None,
    topic: str = "",
    subject: str = "",
    language: str = "",
    thread_key: str = "",
    ref: str = "",
    page: str = "",
    visit: Mapping[str, Any] | None = None,
    follows: Conversation | None = None,
    priority: int = Priority.NORMAL,
    is_public: bool = False,
    at: datetime | None = None,
) -> Conversation:
    """A NEW conversation, locked in the caller's transaction. `page` is where on the web it began, `visit`
    what else is known of how the customer came here.

    `at` is given where it began before now: what is split off an earlier one.
    """
    conversation = Conversation.objects.create(
        brand=account.brand,
        customer=customer,
        account=account,
        identity=identity,
        channel=account.channel,
        topic=topic[:50],
        subject=clean_input(subject)[:200],
        language=language or customer.language,
        thread_key=thread_key,
        ref=clean_input(ref)[:200],
        follows=follows,
        priority=priority,
        is_public=is_public,
        last_message_at=now(),
    )
    conversation = lock_conversation(conversation.pk)
    if (owner := lock_customer(customer.pk)).merged_into is not None:
        # Merged while this began: it belongs where the rest of their conversations went.
        conversation.customer = last_merged_into(owner)
        conversation.save(update_fields=["customer"])
    origin: dict[str, Any] = {"page": clean_input(page)[:500]} if page else {}
    if visit:
        origin["visit"] = dict(visit)
    record_event(conversation, EventKind.CONVERSATION_CREATED, at=at, channel=account.channel, **origin)
    save_conversation(conversation)
    return conversation


def check_text(text: str, *, has_files: bool = False) -> str:
    """The text as it is kept. Raises Refused if there is nothing to send or too much."""
    text = clean_input(text)
    if not text and not has_files:
        raise Refused(_("Write something first."), code="empty")
    if len(text) > MAX_TEXT:
        raise Refused(
            _("The text is too long: %(length)s characters, at most %(most)s.")
            % {"length": len(text), "most": MAX_TEXT},
            code="too_long",
        )
    return text


def find_by_client_id(conversation: Conversation, client_id: str) -> Message | None:
    """The message that this device has already posted under this id."""
    return next(iter(_by_client_id.objects(conversation.pk, client_id)), None) if client_id else None


_by_client_id = Prepared(lambda pk, client_id: Message.objects.filter(conversation=pk, client_id=client_id)[:1])


def add_message(
    conversation: Conversation,
    kind: MessageKind,
    text: str,
    *,
    author: User | None = None,
    identity: Identity | None = None,
    account: ChannelAccount | None = None,
    client_id: str = "",
    external_id: str = "",
    attachments: Sequence[Attachment] = (),
    delivery: Delivery | None = None,
    at: datetime | None = None,
    needs_answer: bool = True,
    is_consult: bool = False,
    choices: Sequence[str] = (),
    origin: Origin = NO_ORIGIN,
) -> Message:
    """Append to a locked conversation and keep its list columns; the same `client_id` again returns the first.

    An outgoing message for a provider is PENDING and planned as an effect; one for our own widget is there at once.
    Without `needs_answer` a customer's message (thanks, automatic mail) leaves nobody waiting. `is_consult`: a note
    between an agent and the colleague they consult.
    """
    known = find_by_client_id(conversation, client_id)
    if known is not None:
        return known
    text = check_text(text, has_files=bool(attachments or origin.coming or origin.unsupported))
    account = account or conversation.account
    if kind == MessageKind.OUT and delivery is None:
        delivery = Delivery.ACCEPTED if account.kind in settings.PUSHED_KINDS else Delivery.PENDING
    # A note is about a contact that took place then; a customer's message stands where it arrived.
    event = next_event(conversation, _EVENT_OF[kind], actor=author, at=at if kind == MessageKind.NOTE else None)
    message = Message(
        conversation=conversation,
        kind=kind,
        account=account,
        identity=identity,
        author=author,
        text=text,
        search_text=fold(text),
        client_id=client_id,
        external_id=external_id,
        is_consult=is_consult,
        choices=list(choices),
        delivery=delivery or "",
        seq=event.seq,
        created_at=at or now(),
        **origin.columns,
    )
    names = [*(file.name for file in attachments), *origin.coming]
    _keep_last(conversation, message, names, needs_answer=needs_answer)
    write_together([event, message], [(conversation, LAST_FIELDS)])
    for attachment in attachments:
        attachment.message = message
        attachment.save(update_fields=["message"])
    if delivery == Delivery.PENDING:
        add_effect("deliver_message", message.pk, key=f"deliver_message:{message.pk}")
    return message


def _keep_last(conversation: Conversation, message: Message, file_names: Sequence[str], *, needs_answer: bool) -> None:
    if message.kind in {MessageKind.NOTE, MessageKind.SYSTEM}:
        return
    # Providers deliver out of order: an older message does not push a newer one from the list.
    if not conversation.last_message_kind or message.created_at >= conversation.last_message_at:
        conversation.last_message_at = message.created_at
        conversation.last_message_text = preview(message.text or ", ".join(file_names) or f"[{message.unsupported}]")
        conversation.last_message_kind = message.kind
    if message.kind == MessageKind.IN:
        if not needs_answer:
            return
        conversation.unread_count += 1
        conversation.waiting_since = conversation.waiting_since or message.created_at
    else:
        conversation.waiting_since = None


@transaction.atomic
def add_note(
    *,
    conversation_id: int,
    author: User,
    text: str,
    client_id: str = "",
    attachments: Sequence[Attachment] = (),
    mentions: Iterable[User] = (),
) -> Message:
    """A private note: colleagues see it, the customer never. Those mentioned are told, and may open it from now on."""
    conversation = lock_conversation(conversation_id)
    known = find_by_client_id(conversation, client_id)
    if known is not None:
        return known
    # Before the note is announced, so that it reaches them too.
    mentioned = [user for user in mentions if user.pk != author.pk]
    for user in mentioned:
        grant_access(conversation, user)
    note = add_message(
        conversation, MessageKind.NOTE, text, author=author, client_id=client_id, attachments=attachments
    )
    add_mentions(note, mentioned)
    return note


@transaction.atomic
def mark_read(*, conversation_id: int, reader: User) -> None:
    """The one who handles it has seen all there is."""
    conversation = lock_conversation(conversation_id)
    if conversation.unread_count:
        conversation.unread_count = 0
        record_event(conversation, EventKind.CONVERSATION_READ, actor=reader)
        save_conversation(conversation, "unread_count")


@transaction.atomic
def mark_unread(*, conversation_id: int, reader: User) -> None:
    """The one who handles it wants to look at it once more."""
    conversation = lock_conversation(conversation_id)
    if not conversation.unread_count:
        conversation.unread_count = 1
        record_event(conversation, EventKind.CONVERSATION_UNREAD, actor=reader)
        save_conversation(conversation, "unread_count")


def _is_forward(message: Message, to: Delivery) -> bool:
    return bool(message.delivery) and DELIVERY_RANK[to] > DELIVERY_RANK[Delivery(message.delivery)]


def lock_message(message_id: int) -> tuple[Conversation, Message]:
    """A message and its conversation, locked. One that was split off meanwhile is in a later conversation, so that
    the second lock comes in order."""
    rows = Message.objects.filter(pk=message_id)
    conversation = lock_conversation(rows.values_list("conversation_id", flat=True).get())
    message = rows.get()
    while message.conversation_id != conversation.pk:
        conversation = lock_conversation(message.conversation_id)
        message = rows.get()
    return conversation, message


@transaction.atomic
def record_delivery(*, message_id: int, delivery: Delivery, error: str = "", external_id: str = "") -> bool:
    """Move one message's delivery forward; receipts out of order change nothing. Returns whether it moved."""
    conversation, message = lock_message(message_id)
    if external_id and not message.external_id:
        message.external_id = external_id
        message.save(update_fields=["external_id"])
    if not _is_forward(message, delivery):
        return False
    _write_delivery(conversation, [message], delivery, error)
    return True


@transaction.atomic
def record_delivery_up_to(*, conversation_id: int, seq: int, delivery: Delivery) -> int:
    """The customer's device has got or shown everything up to event `seq`. Returns how many messages moved."""
    behind = [state for state, rank in DELIVERY_RANK.items() if rank < DELIVERY_RANK[delivery]]
    rows = Message.objects.filter(conversation=conversation_id, kind=MessageKind.OUT, seq__lte=seq, delivery__in=behind)
    if not rows.exists():
        return 0
    conversation = lock_conversation(conversation_id)
    messages = list(rows)
    if messages:
        _write_delivery(conversation, messages, delivery, "")
    return len(messages)


@transaction.atomic
def record_delivery_until(*, identity: Identity, account: ChannelAccount, until: datetime, delivery: Delivery) -> int:
    """The customer has got or seen everything that went to this address until a moment. Returns how many moved."""
    behind = [state for state, rank in DELIVERY_RANK.items() if rank < DELIVERY_RANK[delivery]]
    behind = [state for state in behind if state not in {Delivery.PENDING, Delivery.FAILED, Delivery.UNKNOWN}]
    rows = Message.objects.filter(
        kind=MessageKind.OUT, account=account, identity=identity, created_at__lte=until, delivery__in=behind
    )
    moved = 0
    for pk in rows.order_by("conversation").values_list("conversation", flat=True).distinct():
        conversation = lock_conversation(pk)
        messages = list(rows.filter(conversation=conversation))
        if messages:
            _write_delivery(conversation, messages, delivery, "")
        moved += len(messages)
    return moved


def _write_delivery(conversation: Conversation, messages: Sequence[Message], delivery: Delivery, error: str) -> None:
    moment = now()
    for message in messages:
        message.delivery = delivery
        message.delivery_error = error[:300]
        if delivery in {Delivery.DELIVERED, Delivery.READ}:
            message.delivered_at = message.delivered_at or moment
        if delivery == Delivery.READ:
            message.read_at = moment
        message.save(update_fields=["delivery", "delivery_error", "delivered_at", "read_at"])
    ids = [message.pk for message in messages]
    record_event(conversation, EventKind.MESSAGE_DELIVERY, messages=ids, delivery=delivery.value)
    save_conversation(conversation)


def grant_access(conversation: Conversation, user: User) -> None:
    """From now on this user sees the conversation, whatever their team."""
    ConversationAccess.objects.get_or_create(conversation=conversation, user=user, defaults={"granted_at": now()})


def save_draft(
    *,
    user: User,
    conversation: Conversation,
    mode: str,
    text: str,
    seen_seq: int,
    account: ChannelAccount | None = None,
    identity: Identity | None = None,
) -> Draft | None:
    """Keep what somebody has begun to write, and the way it is to go; empty text forgets it."""
    if not text.strip():
        Draft.objects.filter(user=user, conversation=conversation, mode=mode).delete()
        return None
    defaults = {
        "text": clean_input(text)[:MAX_TEXT],
        "seen_seq": seen_seq,
        "account": account,
        "identity": identity,
        "updated_at": now(),
    }
    return Draft.objects.update_or_create(user=user, conversation=conversation, mode=mode, defaults=defaults)[0]
