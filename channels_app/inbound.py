"""One inbound event, from whoever wrote to whoever answers: the pipeline that every channel shares.

1. block list    a blocked sender's message is kept apart: no customer, no conversation
2. identity      the sender's address, as sure as the provider vouches for it
3. customer      whose address it is
4. quiet events  receipt, reaction, edit, echo, opt-out word, rating, automatic mail, late thanks: never reopen
5. conversation  the open one; the last one reopened inside its window or wrap-up; else a new one that `follows` it
6. message       text and files
7. routing       `routing.services.arriving.customer_wrote`
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from channels_app.courtesies import is_opt_in, is_opt_out, is_thanks
from channels_app.models import InboundOutcome
from channels_app.own_comments import record_own_comment
from channels_app.people import ask_for_name, identity_of
from channels_app.posts import addresses_us, keep_bystander, keep_post, post_of
from channels_app.quiet import (
    CHANGES,
    expect_files,
    origin_of,
    record_change,
    record_consent,
    record_echo,
    record_receipt,
)
from channels_app.records import keep_record
from channels_app.registry import adapter_class
from channels_app.types import Capability, InboundEvent, InboundKind, Sender
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.gate import has_consent, is_blocked
from contactcenter.conversations.locking import IDENTITY_RANK, lock_merged_into, lock_row
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Identity, Message
from contactcenter.conversations.services.customers import normalise_address
from contactcenter.conversations.services.messages import MAX_TEXT, add_message, open_conversation
from contactcenter.conversations.states import ConversationState, IdentityKind, MessageKind, Priority
from routing.services.arriving import NoEntryPoint, can_reopen, customer_wrote

logger = logging.getLogger(__name__)

_SAYING = frozenset({InboundKind.MESSAGE, InboundKind.ECHO})
# Thanks later than this after the end begin something new.
THANKS_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What became of an event. `message` and `conversation` are there unless it was blocked or ignored."""

    outcome: InboundOutcome
    message: Message | None = None
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What an event brings besides itself: uploads already kept, the page it came from."""

    attachment_ids: Sequence[str] = ()
    client_id: str = ""
    page: str = ""
    # What else is known of how somebody came to write: of a new conversation only.
    visit: Mapping[str, Any] = field(default_factory=dict)


NO_EXTRAS = Extras()


@transaction.atomic
def handle(
    account: ChannelAccount,
    event: InboundEvent,
    *,
    identity: Identity | None = None,
    extras: Extras = NO_EXTRAS,
    is_for_us: bool = False,
) -> Handled:
    """Take one event through the pipeline. `identity` is given where the channel has recognised the sender itself;
    `is_for_us` says that a person wants a comment answered that was said to somebody else.

    Raises quiet.NotYet for a receipt that arrived before its message, Refused for an impossible address.
    """
    if event.kind == InboundKind.RECEIPT:
        return Handled(outcome=record_receipt(account, event))
    if event.kind in CHANGES:
        return Handled(outcome=record_change(account, event))
    if event.kind == InboundKind.OWN_COMMENT:
        return Handled(outcome=record_own_comment(account, event))
    if event.kind == InboundKind.POST:
        keep_post(account, event)
        return Handled(outcome=InboundOutcome.QUIET)
    sender = event.sender
    if (
        sender is None
        or event.kind == InboundKind.UNSUPPORTED
        or (event.kind in _SAYING and _says_nothing(event, extras))
    ):
        return Handled(outcome=InboundOutcome.IGNORED)
    if is_blocked_sender(account, sender):
        return Handled(outcome=InboundOutcome.BLOCKED)
    is_comment = event.kind == InboundKind.MESSAGE and event.is_public
    if is_comment and not (is_for_us or addresses_us(account, event)):
        keep_bystander(account, event)
        return Handled(outcome=InboundOutcome.QUIET)
    if event.kind == InboundKind.ECHO:
        return Handled(outcome=record_echo(account, event))
    identity = identity or identity_of(account, sender)
    if event.kind == InboundKind.IDENTITY:
        return Handled(outcome=InboundOutcome.QUIET)
    # Read again under its lock: a merge may have given it to another customer meanwhile.
    identity = lock_row(Identity.objects.all(), identity.pk, rank=IDENTITY_RANK)
    assert identity is not None
    if extras.client_id and (known := _already_posted(account, identity, extras.client_id)) is not None:
        return known
    granted = _consent_in(account, event, identity)
    if granted is not None:
        record_consent(account, identity, event.text or event.raw, is_granted=granted, purpose=event.purpose)
        is_silent = _says_nothing(event, extras)
        return Handled(outcome=InboundOutcome.QUIET) if is_silent else _quietly(account, event, identity, extras)
    if event.is_automatic or event.kind == InboundKind.RATING or _is_late_thanks(account, event, identity):
        return _quietly(account, event, identity, extras)
    if event.is_public:
        post_of(account, event.thread_key)
    conversation = _find_or_open(account, event, identity, extras)
    ask_for_name(account, identity, sender)
    if event.record is not None:
        keep_record(conversation.customer_id, event.record)
    return append(account, event, conversation, identity, extras)


def append(
    account: ChannelAccount, event: InboundEvent, conversation: Conversation, identity: Identity | None, extras: Extras
) -> Handled:
    """Steps 6 and 7 for a locked conversation."""
    message = _add(account, event, conversation, identity, extras, needs_answer=True)
    try:
        customer_wrote(conversation)
    except NoEntryPoint:
        logger.exception("a message cannot be routed", extra={"fields": {"conversation": conversation.pk}})
    return Handled(outcome=InboundOutcome.RECORDED, message=message, conversation=conversation)


def is_blocked_sender(account: ChannelAccount, sender: Sender) -> bool:
    """Step 1. An address that cannot be one is nobody's, so it is not blocked either."""
    try:
        address = normalise_address(sender.kind, sender.address, region=account.brand.phone_region)
    except Refused:
        return False
    return is_blocked(brand_id=account.brand_id, kind=sender.kind, address=address)


def conversations_of(account: ChannelAccount, identity: Identity, thread_key: str = "") -> QuerySet[Conversation]:
    """What this sender's messages on this account may continue, the newest first.

    A visitor's token opens only what was begun with it, whatever else is known of the customer. An answer to what we
    wrote here belongs to the conversation that we wrote from, wherever that began.
    """
    return conversations_in(
        account.pk, identity.customer_id, thread_key, identity.pk, is_visitor=identity.kind == IdentityKind.VISITOR
    )


def conversations_in(
    account_id: int, customer_id: int, thread_key: str, identity_id: int, *, is_visitor: bool
) -> QuerySet[Conversation]:
    """`conversations_of` by keys alone, for queries that are prepared."""
    rows = Conversation.objects.filter(customer=customer_id)
    here = Q(account=account_id, thread_key=thread_key)
    if is_visitor:
        return rows.filter(here, identity=identity_id).order_by("-pk")
    written = Message.objects.filter(kind=MessageKind.OUT, account=account_id, identity=identity_id)
    answers = Q(pk__in=written.values("conversation")) & ~Q(account=account_id)
    return rows.filter(here | answers).order_by("-pk")


def _says_nothing(event: InboundEvent, extras: Extras) -> bool:
    return not (event.text.strip() or event.files or event.unsupported or extras.attachment_ids)


def _already_posted(account: ChannelAccount, identity: Identity, client_id: str) -> Handled | None:
    rows = Message.objects.filter(client_id=client_id, conversation__in=conversations_of(account, identity))
    message = rows.select_related("conversation").order_by("-pk").first()
    if message is None:
        return None
    return Handled(outcome=InboundOutcome.RECORDED, message=message, conversation=message.conversation)


def _consent_in(account: ChannelAccount, event: InboundEvent, identity: Identity) -> bool | None:
    """What the event says of consent: the provider's word first, else the customer's; None for nothing."""
    if event.kind in {InboundKind.OPT_OUT, InboundKind.OPT_IN}:
        return event.kind == InboundKind.OPT_IN
    if Capability.OPT_OUT_WORDS not in adapter_class(account.kind).capabilities:
        return None
    if is_opt_out(event.text):
        return False
    if not is_opt_in(event.text):
        return None
    where = {"channel": account.channel, "address": identity.address}
    return None if has_consent(identity.customer, purpose="service", **where) else True


def _is_late_thanks(account: ChannelAccount, event: InboundEvent, identity: Identity) -> bool:
    """Thanks and nothing else, after the end of the conversation that they belong to."""
    if event.files or not is_thanks(event.text):
        return False
    last = conversations_of(account, identity, event.thread_key).first()
    if last is None or last.closed_at is None or last.merged_into_id is not None:
        return False
    return now() < last.closed_at + max(THANKS_WINDOW, account.reopen_window)


def _quietly(account: ChannelAccount, event: InboundEvent, identity: Identity, extras: Extras) -> Handled:
    """Add it to the last conversation without waking or reopening anything."""
    last = conversations_of(account, identity, event.thread_key).first()
    if last is None:
        return Handled(outcome=InboundOutcome.IGNORED)
    conversation = lock_merged_into(last.pk)
    message = _add(account, event, conversation, identity, extras, needs_answer=False)
    return Handled(outcome=InboundOutcome.QUIET, message=message, conversation=conversation)


def _find_or_open(account: ChannelAccount, event: InboundEvent, identity: Identity, extras: Extras) -> Conversation:
    rows = conversations_of(account, identity, event.thread_key)
    found = rows.filter(~Q(state=ConversationState.CLOSED)).first() or rows.first()
    last = lock_merged_into(found.pk) if found is not None else None
    if last is not None and _goes_on(account, rows, last):
        if last.account_id == account.pk:
            last.account = account
        return last
    return open_conversation(
        priority=event.priority or Priority.NORMAL,
        is_public=event.is_public,
        customer=identity.customer,
        account=account,
        identity=identity,
        topic=event.topic,
        subject=event.subject,
        language=event.sender.language if event.sender else "",
        thread_key=event.thread_key,
        ref=event.ref,
        page=extras.page,
        visit=extras.visit,
        follows=last,
    )


def _goes_on(account: ChannelAccount, rows: QuerySet[Conversation], conversation: Conversation) -> bool:
    """Whether a locked conversation takes the sender's next message. A page shows its visitor the conversation itself,
    so one that was merged into another channel's is not for it: the visitor begins anew."""
    if account.kind in settings.PUSHED_KINDS and not rows.filter(pk=conversation.pk).exists():
        return False
    return conversation.state != ConversationState.CLOSED or can_reopen(conversation, now())


def _add(
    account: ChannelAccount,
    event: InboundEvent,
    conversation: Conversation,
    identity: Identity | None,
    extras: Extras,
    *,
    needs_answer: bool,
) -> Message:
    attachments = list(
        Attachment.objects.filter(
            conversation=conversation, public_id__in=extras.attachment_ids, message=None, uploaded_by=None
        )
        if extras.attachment_ids
        else ()
    )
    message = add_message(
        conversation,
        MessageKind.IN,
        event.text[:MAX_TEXT].strip() or ("" if event.files or event.unsupported or attachments else "…"),
        identity=identity,
        account=account,
        client_id=extras.client_id,
        external_id="" if extras.client_id else event.external_id,
        attachments=attachments,
        at=min(event.occurred_at, now()),
        needs_answer=needs_answer,
        origin=origin_of(account, event),
    )
    expect_files(account, message, event)
    return message
