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
# A dead browser is noticed in a minute and a half instead of five, but not a web process that restarts or waits for the
# processor beside a full run of tests; and the rates of the widget do not count the journeys' customers, who share one
# address.
_QUICK = {
    "CC_PRESENCE_SECONDS": "60",
    "CC_AGENT_LOST_SECONDS": "90",
    "CC_CUSTOMER_RETURN_SECONDS": "90",
    "CC_WIDGET_LIMITS": "0",
}

# Reads code, a line of JSON each, and answers with what it printed and how it failed.
_SERVE = """
import contextlib, io, json, sys, traceback
from django.db import close_old_connections
for line in sys.stdin:
    printed, failure = io.StringIO(), ""
    close_old_connections()
    try:
        with contextlib.redirect_stdout(printed):
            exec(json.loads(line), {})
    except BaseException:
        failure = traceback.format_exc()
    close_old_connections()
    print(json.dumps([printed.getvalue(), failure]), flush=True)
"""


def wait_for(what: str, probe: Callable[[], _T | None], *, seconds: float = 90) -> _T:
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
        # The sessions of those who have signed in, by user name.
        self.cookies: dict[str, list[Any]] = {}
        self._shell: subprocess.Popen[str] | None = None
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED} | _QUICK
        self._log = (data.parent / f"{data.name}.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, "run.py", "--port", "0", "--data", str(data), *arguments],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        wait_for("the ready line", self._is_ready, seconds=400)
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

    def run(self, code: str) -> str:
        """Run Python beside the installation, in one process kept for it; what fails fails the test with its words."""
        if self._shell is None:
            self._shell = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "-v", "0", "--no-imports", "-c", _SERVE],
                cwd=ROOT,
                env={**os.environ, **self.runtime()["environment"]},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._shell.stdin is not None and self._shell.stdout is not None
        print(json.dumps(code), file=self._shell.stdin, flush=True)
        answer = self._shell.stdout.readline()
        assert answer, "the process beside the installation has ended"
        output, failure = json.loads(answer)
        assert not failure, failure
        return str(output)

    def stop(self) -> None:
        if self._shell is not None:
            self._shell.communicate(timeout=180)
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=180)
        self._log.close()
