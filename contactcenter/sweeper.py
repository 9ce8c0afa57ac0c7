"""The one process that finds what is due: beat and sweeper together, under a session advisory lock.

A second one stands by and takes over when the lock's connection is gone. The connection is its own and unpooled.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping

import psycopg
from celery.apps.beat import Beat
from celery.beat import Service
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.module_loading import import_string

from contactcenter.base.clock import now
from contactcenter.base.logs import log_context
from contactcenter.base.unpooled import connect_unpooled
from contactcenter.celery import app
from contactcenter.conversations.realtime import publisher

logger = logging.getLogger(__name__)

LOCK = 0x636F6E74616374
INTERVAL_SECONDS = 1.0


class Sweeper:
    """Holds the lock, runs every duty once a second, and beat beside it. `stop` ends it after the round at hand.

    `is_working` is set while it holds the lock; `with_beat` false leaves Celery's schedule to others.
    """

    def __init__(self, *, with_beat: bool = True) -> None:
        self._stop = threading.Event()
        self._with_beat = with_beat
        self.is_working = threading.Event()

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Stand by for the lock, then work until stopped or the lock's connection is lost; then stand by again."""
        while not self._stop.is_set():
            try:
                with connect_unpooled("contactcenter sweeper") as connection:
                    if self._acquire(connection):
                        self._work(connection)
            except psycopg.OperationalError as error:
                logger.warning("the sweeper's connection is gone: %s", error)
            self._stop.wait(INTERVAL_SECONDS)

    def _acquire(self, connection: psycopg.Connection) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        return bool(row and row[0])

    def _work(self, connection: psycopg.Connection) -> None:
        logger.info("this process sweeps")
        service = self._start_beat() if self._with_beat else None
        self.is_working.set()
        try:
            while not self._stop.is_set():
                started = time.monotonic()
                connection.execute("SELECT 1")  # without its connection the lock is somebody else's
                sweep_once()
                self._stop.wait(max(INTERVAL_SECONDS - (time.monotonic() - started), 0.05))
        finally:
            self.is_working.clear()
            if service is not None:
                service.stop(wait=False)

    def _start_beat(self) -> Service:
        beat = Beat(app=app, quiet=True)
        service = beat.Service(app=app, scheduler_cls=import_string("django_celery_beat.schedulers.DatabaseScheduler"))
        threading.Thread(target=service.start, daemon=True, name="beat").start()
        return service


def sweep_once() -> dict[str, int]:
    """Run every duty; one that fails is logged and keeps none of the others. Returns what each found."""
    found: dict[str, int] = {}
    errors: dict[str, str] = {}
    for name in settings.SWEEPER_DUTIES:
        with log_context(duty=name):
            try:
                found[name] = import_string(name)()
            except Exception as failure:
                logger.exception("duty failed")
                found[name], errors[name] = 0, str(failure)[:300]
                close_old_connections()  # the next one has a working connection
    try:
        _keep_metrics(found, errors)
    except Exception:
        logger.exception("metrics not kept")
    publisher.recover()
    close_old_connections()
    return found


_KEEP = """
INSERT INTO routing_sweeperduty AS duty (name, last_run_at, last_found, total_found, last_error)
SELECT name, %s, found, found, error
FROM unnest(%s::text[], %s::int[], %s::text[]) AS run (name, found, error) ORDER BY name
ON CONFLICT (name) DO UPDATE SET last_run_at = excluded.last_run_at, last_found = excluded.last_found,
    total_found = duty.total_found + excluded.last_found, last_error = excluded.last_error
"""


def _keep_metrics(found: Mapping[str, int], errors: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [now(), list(found), list(found.values()), [errors.get(name, "") for name in found]])
