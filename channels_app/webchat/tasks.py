"""The widget's mails, as effects: workers send them, never a transaction."""

from __future__ import annotations

import smtplib

from celery import shared_task
from django.core.mail import EmailMessage

from channels_app.webchat.mails import build_answers_mail, build_code_mail
from channels_app.webchat.models import EmailCode
from contactcenter.base.logs import log_context
from contactcenter.conversations.effects import RetryLater, run_effect
from contactcenter.conversations.models import Conversation, Effect


def send_answers(effect: Effect) -> None:
    """The work of a `mail_answers` effect."""
    rows = Conversation.objects.select_related("account__brand", "brand", "customer")
    with log_context(conversation=effect.target_id):
        _send(build_answers_mail(rows.get(pk=effect.target_id)))


def send_code(effect: Effect) -> None:
    """The work of a `mail_code` effect; nothing where the claim has been erased since."""
    row = EmailCode.objects.select_related("identity__customer__brand").filter(pk=effect.target_id).first()
    if row is not None:
        _send(build_code_mail(row))


def _send(mail: EmailMessage | None) -> None:
    if mail is None:
        return
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        raise RetryLater(str(error)) from error


def _nobody_to_tell(effect: Effect, error: str) -> None:
    """What could not be mailed waits in the conversation, where the customer finds it."""


@shared_task(name="webchat.mail_answers")
def mail_answers(effect_id: int) -> None:
    run_effect(effect_id, send_answers, give_up=_nobody_to_tell)


@shared_task(name="webchat.mail_code")
def mail_code(effect_id: int) -> None:
    run_effect(effect_id, send_code, give_up=_nobody_to_tell)
