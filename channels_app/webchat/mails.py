"""The two mails of the widget, in the customer's language: answers with a link back, and a code with nothing else."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from channels_app.webchat.answers import address_for, answers_of_mail
from channels_app.webchat.config import WidgetConfig
from channels_app.webchat.models import EmailCode
from channels_app.webchat.reaching import new_code
from channels_app.webchat.resuming import LINK_LIFE, link_back
from contactcenter.accounts.models import Brand
from contactcenter.conversations.models import Conversation, Customer

# No machine answers a machine (RFC 3834).
_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def build_answers_mail(conversation: Conversation) -> EmailMessage | None:
    """What was answered while the page was closed; None if it has been seen or the address has gone since."""
    address = address_for(conversation)
    answers = answers_of_mail(conversation)
    if address is None or not answers:
        return None
    language = _language(conversation.customer, conversation.brand, conversation.language)
    context = {
        "answers": answers,
        "link": link_back(conversation, address, language),
        "days": LINK_LIFE.days,
        "privacy": WidgetConfig.of(conversation.account).privacy_url,
    }
    return _mail("answers", address.address, conversation.customer, conversation.brand, language, context)


def build_code_mail(row: EmailCode) -> EmailMessage:
    """A fresh code, and nothing of what was written: the address may be anybody's."""
    customer = row.identity.customer
    language = _language(customer, customer.brand)
    return _mail("code", row.identity.address, customer, customer.brand, language, {"code": new_code(row)})


def _language(customer: Customer, brand: Brand, language: str = "") -> str:
    return language or customer.language or brand.default_language


def _mail(name: str, to: str, customer: Customer, brand: Brand, language: str, context: dict[str, Any]) -> EmailMessage:
    zone = zoneinfo.ZoneInfo(customer.time_zone or brand.time_zone)
    with translation.override(language), timezone.override(zone):
        given = {**context, "brand": brand}
        subject = render_to_string(f"webchat/mail/{name}_subject.txt", given).strip()
        body = render_to_string(f"webchat/mail/{name}_body.txt", given)
    return EmailMessage(subject=subject, body=body, from_email=settings.DEFAULT_FROM_EMAIL, to=[to], headers=_HEADERS)
