"""GET /healthz: an entry per component, 503 if one is down. The worker writes its pulse into the broker."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from contactcenter.base.clock import now
from contactcenter.pulse import WORKER_PULSE
from routing.models import SweeperDuty

SWEEPER_SILENCE = timedelta(seconds=10)


def broker() -> redis.Redis:
    """A connection that is given up after a second."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _cache() -> str:
    with broker() as client:
        client.ping()
    return ""


def _worker() -> str:
    with broker() as client:
        pulse = client.get(WORKER_PULSE)
    return "" if pulse else "no pulse"


def _sweeper() -> str:
    last = SweeperDuty.objects.order_by("-last_run_at").values_list("last_run_at", flat=True).first()
    return "" if last is not None and now() - last < SWEEPER_SILENCE else f"last seen {last}"


_migrated = False


def _migrations() -> str:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return f"{len(missing)} not applied"
        _migrated = True
    return ""


COMPONENTS: dict[str, Callable[[], str]] = {
    "database": _database,
    "cache": _cache,
    "worker": _worker,
    "sweeper": _sweeper,
    "migrations": _migrations,
}


def probe_components() -> dict[str, dict[str, Any]]:
    """Whether each is well, how long it took to answer, and what is wrong with it."""
    report: dict[str, dict[str, Any]] = {}
    for name, probe in COMPONENTS.items():
        started = time.monotonic()
        try:
            problem = probe()
        except Exception as error:  # whatever is wrong with it, it is down
            problem = type(error).__name__
        report[name] = {"ok": not problem, "ms": round((time.monotonic() - started) * 1000, 1)}
        if problem:
            report[name]["problem"] = problem
    return report


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """No secrets and no names in the answer: it is public."""
    report = probe_components()
    is_well = all(entry["ok"] for entry in report.values())
    response = JsonResponse({"ok": is_well, "components": report}, status=200 if is_well else 503)
    # Asked several times a second while starting: the answer says it, the log need not.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
