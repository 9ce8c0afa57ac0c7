"""The worker's pulse: a key in the broker that expires when the worker no longer turns. `/healthz` reads it."""

from __future__ import annotations

import logging
from typing import Any

import redis
from celery import bootsteps
from django.conf import settings

logger = logging.getLogger(__name__)

WORKER_PULSE = "contactcenter:worker-pulse"
PULSE_SECONDS = 10


class Pulse(bootsteps.StartStopStep):
    """Beats by the worker's own timer, so a worker that hangs has none; starts again with each connection."""

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        self._entry: Any = None

    def start(self, consumer: Any) -> None:
        beat()
        self._entry = consumer.timer.call_repeatedly(PULSE_SECONDS, beat)

    def stop(self, consumer: Any) -> None:
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None


def beat() -> None:
    """Say that the worker turns; without a broker nobody listens, and the next beat tries again."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.set(WORKER_PULSE, 1, ex=3 * PULSE_SECONDS)
    except redis.RedisError as error:
        logger.warning("no pulse: %s", error)
