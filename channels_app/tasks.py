"""What workers do for this app. Both tasks carry out an effect; a lost hint is found by the sweep."""

from __future__ import annotations

from celery import shared_task

from channels_app import intake, outbound
from contactcenter.conversations.effects import run_effect


@shared_task(name="channels_app.deliver_message")
def deliver_message(effect_id: int) -> None:
    """Send one message to its provider."""
    run_effect(effect_id, outbound.deliver, give_up=outbound.give_up)


@shared_task(name="channels_app.process_inbound")
def process_inbound(effect_id: int) -> None:
    """Take one stored event through the pipeline."""
    run_effect(effect_id, intake.process, give_up=intake.give_up)
