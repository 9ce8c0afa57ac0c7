"""What workers do for the stand-ins."""

from __future__ import annotations

import httpx
from celery import shared_task

from channels_app.sandbox.telling import tell_status
from contactcenter.conversations.effects import RetryLater, run_effect
from contactcenter.conversations.models import Effect


@shared_task(name="sandbox.tell_status")
def tell_status_of(effect_id: int) -> None:
    """Say what became of a message."""
    run_effect(effect_id, _tell, give_up=_nobody_to_tell)


def _tell(effect: Effect) -> None:
    try:
        tell_status(effect.target_id)
    except httpx.HTTPError as error:
        raise RetryLater(type(error).__name__) from error


def _nobody_to_tell(effect: Effect, error: str) -> None:
    """The effect keeps the error, and the log has it."""
