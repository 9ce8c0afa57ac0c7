"""How often somebody may do something: counted in Valkey for all processes, in this process while Valkey is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import redis
from django.conf import settings

from contactcenter.base.clock import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`burst` at once, and then one every `seconds`."""

    burst: int
    seconds: float


_MOST_KEPT = 10_000

# Generic cell rate algorithm (ITU-T I.371): one number a key, the time at which the bucket is full again. Counts one
# limit after the other and stops at the first that says no.
_SCRIPT = """
local moment = tonumber(ARGV[1])
for number, key in ipairs(KEYS) do
  local step, burst = tonumber(ARGV[number * 2]), tonumber(ARGV[number * 2 + 1])
  local full_at = math.max(tonumber(redis.call('GET', key) or '0'), moment)
  local wait = full_at + step - moment - step * burst
  if wait > 0.001 then return tostring(wait) end
  redis.call('SET', key, string.format('%.3f', full_at + step), 'PX', math.ceil((full_at + step - moment) * 1000))
end
return '0'
"""


class _Counters:
    def __init__(self) -> None:
        self._client: redis.Redis | None = None
        self._away_until = 0.0
        self._local: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait_seconds(self, limits: Mapping[str, Rate], moment: float) -> float:
        """0 if one more is allowed by all of them, and counted; else how long to wait."""
        if time.monotonic() >= self._away_until:
            try:
                return self._shared(limits, moment)
            except (redis.RedisError, OSError):
                self._away_until = time.monotonic() + 1
        waits = (self._in_process(key, rate, moment) for key, rate in limits.items())
        return next((wait for wait in waits if wait), 0.0)

    def _shared(self, limits: Mapping[str, Rate], moment: float) -> float:
        if self._client is None:
            timeout = settings.REDIS_TIMEOUT_SECONDS
            self._client = redis.Redis.from_url(
                settings.REDIS_URL, socket_timeout=timeout, socket_connect_timeout=timeout
            )
            self._script = self._client.register_script(_SCRIPT)
        numbers = [number for rate in limits.values() for number in (rate.seconds, rate.burst)]
        return float(str(self._script(keys=list(limits), args=[moment, *numbers]), "ascii"))

    def _in_process(self, key: str, rate: Rate, moment: float) -> float:
        with self._lock:
            if len(self._local) > _MOST_KEPT:
                self._local = {name: full_at for name, full_at in self._local.items() if full_at > moment}
            full_at = max(self._local.get(key, 0.0), moment)
            wait = full_at + rate.seconds - moment - rate.seconds * rate.burst
            if wait > 0.001:
                return wait
            self._local[key] = full_at + rate.seconds
            return 0.0


_counters = _Counters()


def count_act(limits: Mapping[str, Rate]) -> float:
    """Count one act under each of these keys, in one round trip; 0, or how many seconds to wait for the first that is
    used up."""
    named = {f"contactcenter:rate:{key}": rate for key, rate in limits.items()}
    return _counters.wait_seconds(named, now().timestamp())
