"""What workers do for routing: each task carries out an effect."""

from __future__ import annotations

from celery import shared_task

from contactcenter.conversations.effects import run_effect
from contactcenter.conversations.models import Effect
from routing.services import trials


@shared_task(name="routing.run_trial")
def run_trial(effect_id: int) -> None:
    """Play a change on a queue's past. A worker that dies meanwhile leaves the effect to the sweep."""
    run_effect(effect_id, _run_trial, give_up=_give_up_trial)


def _run_trial(effect: Effect) -> None:
    trials.run_trial(effect.target_id)


def _give_up_trial(effect: Effect, error: str) -> None:
    trials.give_up_trial(effect.target_id)
