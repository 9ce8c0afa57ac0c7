"""The living floor's switch: one process beside the web server, known by the advisory lock that it holds.

Neither a Celery task, which would take a worker's place for as long as the floor lives and be delivered again after the
broker's time-out, nor a row, which a killed process would leave behind: a lock ends with its holder, whatever happens.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from contactcenter.base.errors import Gone
from contactcenter.base.unpooled import connect_unpooled

LOCK = 0x666C6F6F  # "floo", small enough to stand in one half of what pg_locks shows
NAME = "contactcenter floor"
SPEEDS = (1, 5, 20)
MINUTES = 30

CHANNEL = "contactcenter_floor"

_HOLDER = """
SELECT pid, split_part(application_name, ' x', 2) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@contextmanager
def hold_floor(speed: float) -> Iterator[psycopg.Connection]:
    """The lock for as long as the floor lives. Raises Gone while another one does."""
    with connect_unpooled(NAME) as lock:
        row = lock.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        if not row or not row[0]:
            raise Gone(_("The floor is alive already."), code="floor_alive")
        lock.execute(f"LISTEN {CHANNEL}")
        show_speed(lock, speed)
        yield lock


def show_speed(lock: psycopg.Connection, speed: float) -> None:
    """The holder says how fast the floor lives, for who looks."""
    lock.execute("SELECT set_config('application_name', %s, false)", (f"{NAME} x{speed:g}",))


def asked_speed(lock: psycopg.Connection) -> float | None:
    """The speed that somebody has asked for since the holder last looked."""
    asked = [float(note.payload) for note in lock.notifies(timeout=0)]
    return asked[-1] if asked else None


def _holder() -> tuple[int, float] | None:
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER, [LOCK])
        row = cursor.fetchone()
    return (int(row[0]), float(row[1] or 0)) if row else None


def floor_speed() -> float | None:
    """How many times faster than people the floor lives; None while it does not."""
    holder = _holder()
    return holder[1] if holder else None


def start_floor(speed: int) -> None:
    """In the background; a floor that is alive changes its speed. It ends by itself after a while, and with the
    process that has started it."""
    if _holder() is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(speed)])
        return
    arguments = ["simulate_floor", "--speed", str(speed), "--minutes", str(MINUTES), "--with-parent"]
    subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "contactcenter.settings"},
        stdin=subprocess.DEVNULL,
    )


def stop_floor() -> None:
    """Its lock is taken away, by which it knows: everybody on it goes home in order."""
    holder = _holder()
    if holder is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [holder[0]])
