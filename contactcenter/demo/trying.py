"""A change that the visitor finds tried already: in Invoices somebody more helps, and everybody does so sooner."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from contactcenter.accounts.models import User
from contactcenter.demo.workdays import days, moment_of
from routing.models import Queue, Trial
from routing.services.trials import start_trial
from routing.simulation.world import Membership
from routing.trials.changing import (
    as_it_is,
    names_of,
    read_change_members,
    read_change_steps,
    write_members,
    write_steps,
)

_QUEUE, _HELPER, _FIRST_STEP_SECONDS = "invoices", "mari", 20.0


def try_a_change() -> None:
    """Asks the worker for a trial over the seven days before this one."""
    queue = Queue.objects.get(slug=_QUEUE)
    *_past, today = days()
    ends_at = moment_of(today, time(0))
    change, names = as_it_is(queue), names_of(queue)
    first, *others = read_change_steps(change.steps, names)
    members = read_change_members(change.members, names)
    start_trial(
        queue=queue,
        kind=Trial.Kind.REPLAY,
        starts_at=ends_at - timedelta(days=7),
        ends_at=ends_at,
        change=replace(
            change,
            steps=write_steps((replace(first, after_seconds=_FIRST_STEP_SECONDS), *others)),
            members=write_members({**members, _HELPER: Membership(priority=2)}),
        ),
        seeds=10,
        actor=User.objects.get(username="admin"),
    )
