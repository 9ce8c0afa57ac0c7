"""A trial's life: asked for, claimed by a worker, told how far it is, ended. Each step is one conditional write."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone, Refused
from contactcenter.conversations.effects import add_effect
from routing.models import Queue, Trial
from routing.scenario_reader import ScenarioError
from routing.trials.changing import Change, changed, names_of, read_change_members
from routing.trials.comparing import compare
from routing.trials.past import read_past
from routing.trials.replaying import Replay

logger = logging.getLogger(__name__)

# A worker tells more often than that how far it is; one that is silent for so long has died.
SILENT = timedelta(seconds=30)
_TELL_EVERY = timedelta(seconds=1)
_OPEN = (Trial.State.PENDING, Trial.State.RUNNING)


class _Cancelled(Exception):
    """Somebody has asked the worker to stop, or the trial is no longer its own."""


def start_trial(
    *, queue: Queue, kind: Trial.Kind, starts_at: datetime, ends_at: datetime, change: Change, seeds: int, actor: User
) -> Trial:
    """Plan it for a worker."""
    with transaction.atomic():
        trial = Trial.objects.create(
            queue=queue,
            kind=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            settings=change.as_json(),
            seeds=seeds,
            created_by=actor,
            created_at=now(),
        )
        record_audit("trial.started", actor=actor, target=f"routing.trial:{trial.pk}", data={"queue": queue.name})
        add_effect("run_trial", trial.pk, key=f"trial:{trial.pk}:0")
    return trial


def restart_trial(*, trial_id: int) -> None:
    """Once more from the beginning, of what has ended or whose worker has died. Raises Gone."""
    with transaction.atomic():
        again = Trial.objects.filter(~Q(state__in=_OPEN) | Q(seen_at__lt=now() - SILENT), pk=trial_id)
        moment = now()
        if not again.update(
            state=Trial.State.PENDING,
            progress=0,
            cancel_requested=False,
            seen_at=None,
            result=None,
            error="",
            ended_at=None,
            created_at=moment,
        ):
            raise Gone(_("It is running already."))
        add_effect("run_trial", trial_id, key=f"trial:{trial_id}:{moment.timestamp()}")


def cancel_trial(*, trial_id: int) -> None:
    """At once while no worker has it; else its worker stops with its next word. Raises Gone."""
    waiting = Trial.objects.filter(Q(state=Trial.State.PENDING) | Q(seen_at__lt=now() - SILENT), pk=trial_id)
    waiting = waiting.filter(state__in=_OPEN)
    if waiting.update(state=Trial.State.CANCELLED, ended_at=now()):
        return
    if not Trial.objects.filter(pk=trial_id, state=Trial.State.RUNNING).update(cancel_requested=True):
        raise Gone(_("It has ended already."))


def claim_trial(trial_id: int) -> Trial | None:
    """For a worker: the trial, if nobody alive has it."""
    moment = now()
    free = Trial.objects.filter(
        Q(state=Trial.State.PENDING) | Q(state=Trial.State.RUNNING, seen_at__lt=moment - SILENT), pk=trial_id
    )
    if not free.update(state=Trial.State.RUNNING, seen_at=moment, progress=0):
        return None
    return Trial.objects.select_related("queue").get(pk=trial_id)


def end_trial(trial: Trial, state: Trial.State, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    Trial.objects.filter(pk=trial.pk, state=Trial.State.RUNNING).update(
        state=state, result=result, error=error[:500], ended_at=now(), progress=1 if state == Trial.State.DONE else 0
    )


class _Teller:
    """Writes how far the trial is, at most once a second, and stops it when it was cancelled."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.told_at = trial, now()

    def __call__(self, share: float) -> None:
        moment = now()
        if moment - self.told_at < _TELL_EVERY:
            return
        self.told_at = moment
        mine = Trial.objects.filter(pk=self.trial.pk, state=Trial.State.RUNNING, cancel_requested=False)
        if not mine.update(progress=share, seen_at=moment):
            raise _Cancelled


def run_trial(trial_id: int) -> None:
    """The whole work, in a worker: nothing of the queue is locked or written. What is wrong with it is its result."""
    trial = claim_trial(trial_id)
    if trial is None:
        return
    try:
        result = _play(trial, _Teller(trial))
    except _Cancelled:
        end_trial(trial, Trial.State.CANCELLED)
    except ScenarioError as error:
        # A skill, queue or agent that the change names is gone by now.
        end_trial(trial, Trial.State.FAILED, error=str(error))
    except Refused as refusal:
        end_trial(trial, Trial.State.FAILED, error=refusal.code)
    except Exception:
        logger.exception("trial failed")
        end_trial(trial, Trial.State.FAILED, error="broken")
    else:
        end_trial(trial, Trial.State.DONE, result=result)


def _play(trial: Trial, tell: _Teller) -> dict[str, Any]:
    change = Change.of_json(trial.settings)
    names = names_of(trial.queue)
    members = read_change_members(change.members, names)
    past = read_past(trial.queue, trial.starts_at, trial.ends_at, more=members)
    is_drawn = trial.kind == Trial.Kind.GENERATED
    replay = Replay(past, is_drawn=is_drawn, traffic=change.traffic if is_drawn else 1.0)
    after = changed(replay.world, trial.queue.slug, change, names)
    return compare(replay, after, range(1, trial.seeds + 1), tell)


def give_up_trial(trial_id: int) -> None:
    """No worker has managed to run it."""
    Trial.objects.filter(pk=trial_id, state__in=_OPEN).update(state=Trial.State.FAILED, error="broken", ended_at=now())
