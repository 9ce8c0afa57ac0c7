"""A whole installation started as people start it, for browser journeys, and the means to break parts of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import redis

ROOT = Path(__file__).resolve().parents[2]
_T = TypeVar("_T")

# The engines and the mode are the journey's own, whatever the run of tests around it uses.
_NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "CC_DEMO", "CC_DEMO_OPEN", "CC_DATA_DIR", "CC_PUBLIC_URL", "CC_EMBEDDED")
# A dead browser is noticed in less than a minute instead of five, but not a web process that restarts beside a full
# run of tests; and the rates of the widget do not count the journeys' customers, who share one address.
_QUICK = {
    "CC_PRESENCE_SECONDS": "20",
    "CC_AGENT_LOST_SECONDS": "45",
    "CC_CUSTOMER_RETURN_SECONDS": "45",
    "CC_WIDGET_LIMITS": "0",
}


def wait_for(what: str, probe: Callable[[], _T | None], *, seconds: float = 30) -> _T:
    """The first true answer of `probe`, or a failure that names `what` was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.1)


class Desk:
    """`python3 run.py` on a free port and a folder of its own."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED} | _QUICK
        self._log = (data.parent / f"{data.name}.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, "run.py", "--port", "0", "--data", str(data), *arguments],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        wait_for("the ready line", self._is_ready, seconds=120)
        self.url = str(self.runtime()["url"]).rstrip("/")

    def output(self) -> str:
        return Path(self._log.name).read_text()

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, f"run.py ended:\n{self.output()}"
        return "ready: " in self.output()

    def runtime(self) -> dict[str, Any]:
        """What the launcher says of itself: url, processes, environment."""
        return dict(json.loads((self.data / "runtime.json").read_text()))

    def kill(self, name: str) -> None:
        """kill -9 one process, and wait until the launcher has started another."""
        before = self.runtime()["processes"][name]
        os.kill(before, signal.SIGKILL)
        wait_for(f"another {name}", lambda: self.runtime()["processes"].get(name) not in {before, None})

    def flush_valkey(self) -> None:
        redis.Redis.from_url(self.runtime()["environment"]["REDIS_URL"]).flushall()

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the installation; a failing one fails the test with its output."""
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        done = subprocess.run(
            [sys.executable, "run.py", "--data", str(self.data), "manage", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=60)
        self._log.close()
