"""What must happen outside the database, as rows first: the only upward calls, by the names in settings.EFFECT_TASKS.

A service adds the row in its transaction; on commit a hint goes to the broker; a worker claims the row and calls the
work. What nobody claimed, or whose claim ran out, the sweep hints at again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from contactcenter.base.clock import now
from contactcenter.base.logs import log_context
from contactcenter.conversations.models import Effect

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=2)
UNCLAIMED = timedelta(seconds=5)
MAX_ATTEMPTS = 12
# A worker keeps what is due within so many seconds; what is later is found by the sweep.
SOON = 30.0


class RetryLater(Exception):
    """The act may succeed later; raised by the work of an effect.

    After `seconds`, else with back-off; what merely has to wait for its turn does not count as an attempt.
    """

    def __init__(self, reason: str = "", *, seconds: float | None = None, counts: bool = True) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.counts = counts


_hints_silent_until = 0.0


def add_effect(name: str, target_id: int, *, key: str, delay: timedelta = timedelta()) -> Effect:
    """Plan an act once per `key`, in the caller's transaction, and hint at it on commit."""
    effect, is_new = Effect.objects.get_or_create(
        key=key, defaults={"name": name, "target_id": target_id, "not_before": now() + delay}
    )
    if is_new and not delay:
        transaction.on_commit(lambda: send_hint(effect.pk, name), robust=True)
    return effect


def send_hint(effect_id: int, name: str, *, seconds: float = 0) -> None:
    """Tell a worker, to act after `seconds`; without a broker this does nothing, and the sweep comes later."""
    global _hints_silent_until
    if time.monotonic() < _hints_silent_until:
        return
    try:
        # By name: only workers import the tasks.
        current_app.send_task(settings.EFFECT_TASKS[name], (effect_id,), retry=False, countdown=seconds or None)
    except (OSError, OperationalError) as error:
        _hints_silent_until = time.monotonic() + 1
        logger.warning("hint not sent: %s", error)


@transaction.atomic
def _claim(effect_id: int) -> Effect | None:
    moment = now()
    effect = (
        Effect.objects.select_for_update(skip_locked=True)
        .filter(Q(claimed_until=None) | Q(claimed_until__lt=moment), pk=effect_id, done_at=None, not_before__lte=moment)
        .first()
    )
    if effect is not None:
        effect.claimed_until = moment + CLAIM
        effect.attempts += 1
        effect.save(update_fields=["claimed_until", "attempts"])
    return effect


def run_effect(effect_id: int, work: Callable[[Effect], None], *, give_up: Callable[[Effect, str], None]) -> bool:
    """Claim the row and call `work`; on RetryLater plan the next attempt, after the last call `give_up`.

    Returns whether this call did the work. Anything else that `work` raises reaches the log, and is retried too.
    """
    effect = _claim(effect_id)
    if effect is None:
        return False
    with log_context(effect=effect.pk, effect_name=effect.name):
        try:
            work(effect)
        except Exception as error:
            if not isinstance(error, RetryLater):
                logger.exception("effect failed")
            _plan_again(effect, error, give_up)
            return False
        effect.done_at = now()
        effect.save(update_fields=["done_at"])
    return True


def _plan_again(effect: Effect, error: Exception, give_up: Callable[[Effect, str], None]) -> None:
    told = error if isinstance(error, RetryLater) else RetryLater(str(error))
    if not told.counts:
        effect.attempts -= 1
    effect.last_error = str(error)[:300]
    effect.claimed_until = None
    seconds = min(2**effect.attempts, 600) if told.seconds is None else told.seconds
    if effect.attempts >= MAX_ATTEMPTS:
        give_up(effect, effect.last_error)
        effect.done_at = now()
    else:
        effect.not_before = now() + timedelta(seconds=seconds)
    effect.save(update_fields=["attempts", "last_error", "done_at", "not_before", "claimed_until"])
    if effect.done_at is None and seconds <= SOON:
        # The sweep looks only every few seconds.
        send_hint(effect.pk, effect.name, seconds=seconds)


def sweep_effects() -> int:
    """Hint again at what is due and unclaimed for five seconds. Returns how many."""
    moment = now()
    due = Effect.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lt=moment), done_at=None, not_before__lte=moment - UNCLAIMED
    ).order_by("not_before")[:500]
    for effect in due:
        send_hint(effect.pk, effect.name)
    return len(due)
