"""What workers do for this app. Each task carries out an effect; a lost hint is found by the sweep."""

from __future__ import annotations

from celery import shared_task

from channels_app import comments, files, intake, outbound, people, posts
from channels_app.models import InboundDelivery
from contactcenter.conversations.effects import run_effect
from contactcenter.conversations.models import Effect


@shared_task(name="channels_app.deliver_message")
def deliver_message(effect_id: int) -> None:
    """Send one message to its provider."""
    run_effect(effect_id, outbound.deliver, give_up=outbound.give_up)


@shared_task(name="channels_app.process_inbound")
def process_inbound(effect_id: int) -> None:
    """Take one stored event through the pipeline."""
    run_effect(effect_id, intake.process, give_up=intake.give_up)


@shared_task(name="channels_app.fetch_file")
def fetch_file(effect_id: int) -> None:
    """Bring one file of an inbound message."""
    run_effect(effect_id, files.fetch, give_up=files.give_up)


@shared_task(name="channels_app.describe_post")
def describe_post(effect_id: int) -> None:
    """Ask what a post says that people comment on."""
    run_effect(effect_id, posts.describe, give_up=_nobody_to_tell)


@shared_task(name="channels_app.name_person")
def name_person(effect_id: int) -> None:
    """Ask who somebody is whose messages come without a name."""
    run_effect(effect_id, people.name_person, give_up=_nobody_to_tell)


@shared_task(name="channels_app.moderate_comment")
def moderate_comment(effect_id: int) -> None:
    """Hide, show or like one comment."""
    run_effect(effect_id, comments.carry_out, give_up=comments.give_up)


@shared_task(name="channels_app.erase_inbound")
def erase_inbound(effect_id: int) -> None:
    """Forget what providers sent of a customer who has been erased."""
    run_effect(effect_id, _erase_inbound, give_up=_nobody_to_tell)


def _erase_inbound(effect: Effect) -> None:
    rows = InboundDelivery.objects.filter(message__conversation__customer=effect.target_id)
    rows.update(event={}, raw={}, error="")


def _nobody_to_tell(effect: Effect, error: str) -> None:
    """The effect keeps the error, and the log has it."""
