"""Celery's way into the effects of this app: each task claims its row and does the work."""

from __future__ import annotations

import smtplib

from celery import shared_task

from contactcenter.base.logs import log_context
from contactcenter.conversations.effects import RetryLater, run_effect
from contactcenter.conversations.models import Conversation, Effect
from contactcenter.conversations.services.transcripts import build_transcript


def _send_transcript(effect: Effect) -> None:
    conversation = Conversation.objects.select_related("brand", "customer").get(pk=effect.target_id)
    with log_context(conversation=conversation.pk):
        mail = build_transcript(conversation)
        if mail is None:
            return
        try:
            mail.send()
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLater(str(error)) from error


def _nothing_to_tell(effect: Effect, error: str) -> None:
    """A transcript that could not be mailed stays in the log; the conversation itself is complete."""


@shared_task(name="conversations.send_transcript")
def send_transcript(effect_id: int) -> None:
    run_effect(effect_id, _send_transcript, give_up=_nothing_to_tell)
