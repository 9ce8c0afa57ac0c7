"""The sweeper's duty: answers that nobody has seen go out by mail, to an address that is the customer's for sure; an
address that was only claimed gets one mail with a code."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from channels_app.webchat.access import KIND
from channels_app.webchat.models import EmailCode, MailedAnswers
from channels_app.webchat.reaching import claimed_address, plan_code_mail
from contactcenter.base.clock import now
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.gate import has_consent, is_blocked
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Identity, Message
from contactcenter.conversations.services.customers import mail_address
from contactcenter.conversations.states import Channel, Delivery, MessageKind

logger = logging.getLogger(__name__)

# The customer may be on their way from one page to the next.
UNSEEN = timedelta(seconds=60)
# What is written in one go makes one mail.
PAUSE = timedelta(minutes=5)
GIVEN_UP = timedelta(days=1)
BATCH = 100


def plan_answer_mails() -> int:
    """Plan the mails that are due. Returns how many conversations it found."""
    found = 0
    for conversation_id in list(_due().values_list("pk", flat=True)[:BATCH]):
        try:
            found += _plan(conversation_id)
        except Exception:
            logger.exception("answer not mailed", extra={"fields": {"conversation": conversation_id}})
    return found


def _due() -> QuerySet[Conversation]:
    moment = now()
    rows = Conversation.objects.filter(
        account__kind=KIND,
        customer_left_at__lt=moment - UNSEEN,
        last_message_kind=MessageKind.OUT,
        last_message_at__range=(moment - GIVEN_UP, moment - UNSEEN),
    ).exclude(mailed_answers__at__gt=moment - PAUSE)
    mailed = MailedAnswers.objects.filter(conversation=OuterRef("conversation"), seq__gte=OuterRef("seq"))
    unseen = Message.objects.filter(_is_unseen(), ~Exists(mailed), conversation=OuterRef("pk"))
    return rows.filter(Exists(unseen)).order_by("last_message_at")


def _is_unseen() -> Q:
    return Q(kind=MessageKind.OUT, delivery=Delivery.ACCEPTED, account=F("conversation__account"))


@transaction.atomic
def _plan(conversation_id: int) -> bool:
    conversation = lock_conversation(conversation_id)
    moment = now()
    last = MailedAnswers.objects.filter(conversation=conversation).first()
    after = last.seq if last is not None else 0
    seqs = unseen_answers(conversation, after).values_list("seq", flat=True)
    if not seqs or conversation.customer_left_at is None:
        return False
    seq = max(seqs)
    defaults = {"seq": seq, "after_seq": after, "at": moment}
    MailedAnswers.objects.update_or_create(conversation=conversation, defaults=defaults)
    if address_for(conversation) is not None:
        add_effect("mail_answers", conversation.pk, key=f"mail_answers:{conversation.pk}:{seq}")
        return True
    claimed = claimed_address(conversation.customer_id)
    if claimed is None or EmailCode.objects.filter(identity=claimed).exists() or not _is_welcome(conversation, claimed):
        return False
    plan_code_mail(claimed)
    return True


def unseen_answers(conversation: Conversation, after: int, up_to: int | None = None) -> QuerySet[Message]:
    rows = Message.objects.filter(_is_unseen(), conversation=conversation, seq__gt=after).order_by("seq")
    return rows if up_to is None else rows.filter(seq__lte=up_to)


def address_for(conversation: Conversation) -> Identity | None:
    """Where answers may go: the customer's for sure, not blocked, and mail is wanted."""
    address = mail_address(conversation.customer_id)
    return address if address is not None and _is_welcome(conversation, address) else None


def _is_welcome(conversation: Conversation, address: Identity) -> bool:
    if is_blocked(brand_id=conversation.brand_id, kind=address.kind, address=address.address):
        return False
    return has_consent(conversation.customer, purpose="service", channel=Channel.EMAIL, address=address.address)


def answers_of_mail(conversation: Conversation) -> Sequence[Message]:
    """What the mail that is due says; nothing where the customer has come back and seen it."""
    mailed = MailedAnswers.objects.filter(conversation=conversation).first()
    if mailed is None:
        return []
    rows = unseen_answers(conversation, mailed.after_seq, mailed.seq)
    return list(rows.select_related("author").prefetch_related("attachments"))
