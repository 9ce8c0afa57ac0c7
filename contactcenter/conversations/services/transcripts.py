"""What was said, by mail, to an address that is the customer's for sure."""

from __future__ import annotations

import zoneinfo

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from contactcenter.base.errors import Refused
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.models import Conversation, Identity, Message
from contactcenter.conversations.services.customers import mail_address
from contactcenter.conversations.states import MessageKind


def transcript_address(conversation: Conversation) -> Identity | None:
    """The verified mail address of the conversation's customer, if there is one: claimed ones get nothing."""
    return mail_address(conversation.customer_id)


@transaction.atomic
def request_transcript(conversation: Conversation) -> Identity:
    """Plan the mail, once for each state of the conversation. Raises Refused without a verified address."""
    identity = transcript_address(conversation)
    if identity is None:
        raise Refused(_("The customer has no verified email address."), code="no_verified_address")
    add_effect("send_transcript", conversation.pk, key=f"send_transcript:{conversation.pk}:{conversation.event_seq}")
    return identity


def build_transcript(conversation: Conversation) -> EmailMessage | None:
    """The mail in the customer's language and time zone; None if the address has gone since. Notes never go out."""
    identity = transcript_address(conversation)
    if identity is None:
        return None
    subject, body = transcript_texts(conversation, is_mail=True)
    return EmailMessage(subject=subject, body=body, to=[identity.address])


def transcript_texts(conversation: Conversation, *, is_mail: bool = False) -> tuple[str, str]:
    """(subject, text) in the customer's language and time zone."""
    messages = Message.objects.filter(conversation=conversation, kind__in=[MessageKind.IN, MessageKind.OUT])
    brand = conversation.brand
    language = conversation.language or conversation.customer.language or brand.default_language
    zone = zoneinfo.ZoneInfo(conversation.customer.time_zone or brand.time_zone)
    with translation.override(language), timezone.override(zone):
        context = {
            "conversation": conversation,
            "brand": brand,
            "is_mail": is_mail,
            "messages": messages.select_related("author").prefetch_related("attachments"),
        }
        subject = render_to_string("conversations/transcript_subject.txt", context).strip()
        body = render_to_string("conversations/transcript_body.txt", context)
    return subject, body
