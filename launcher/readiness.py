"""Whether the started installation really answers, and what to blame if it does not."""

import http.client
import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from launcher.output import LauncherError
from launcher.process import last_line
from launcher.signals import Signals
from launcher.supervisor import Service, Supervisor

SECONDS = 120.0
PROBE_SECONDS = 1.0
# At the start a process that ends this often is broken, not unlucky.
TOO_MANY_CRASHES = 2
BEHIND = "migrations"


class Readiness:
    """Asks `/healthz` and `/` on the address we serve on, under the name people use."""

    def __init__(self, host: str, port: int, public_url: str, migrate: Callable[[], None] | None = None) -> None:
        self._host = host
        self._port = port
        self._name = urlsplit(public_url).netloc
        # Called once if the database turns out to be behind.
        self._migrate = migrate

    def wait(self, supervisor: Supervisor, signals: Signals) -> None:
        """Return once both answer. Raises LauncherError naming what fails and its log."""
        deadline = time.monotonic() + SECONDS
        while problem := self._problem():
            if self._migrate is not None and problem[0] == BEHIND:
                self._migrate()
                self._migrate = None
                deadline = time.monotonic() + SECONDS
            signals.pause(0.2)
            supervisor.look()
            for service in supervisor.services:
                if service.crashes >= TOO_MANY_CRASHES:
                    raise _blame(service, f"{service.name} does not stay up: it {service.last_exit}")
            if time.monotonic() > deadline:
                named, words = problem
                service = next((one for one in supervisor.services if one.name == named), supervisor.services[-1])
                raise _blame(service, f"not ready after {SECONDS:g} s: {words}")

    def _problem(self) -> tuple[str, str] | None:
        """None when all is well, else the process to blame and what is wrong."""
        status, body = self._get("/healthz")
        if status == 0:
            return "web", "web does not answer"
        if self._migrate is not None and lacks_migrations(body):
            return BEHIND, "the database is behind the code"
        if status != 200:
            named, words = failing_component(body)
            return PROCESS_OF.get(named, named), f"/healthz answers {status}, {words}"
        status, _ = self._get("/")
        if status == 0 or status >= 500:
            return "web", f"the page at / answers {status}" if status else "the page at / does not answer"
        return None

    def _get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=PROBE_SECONDS)
        try:
            connection.request("GET", path, headers={"Host": self._name})
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()


# What /healthz calls a component, and which of our processes stands behind it.
PROCESS_OF = {"database": "postgres", "cache": "valkey", "migrations": "web", "": "web"}


def failing_component(body: str) -> tuple[str, str]:
    """The first component of a health answer that is not well, and what it says."""
    try:
        components = json.loads(body)["components"]
        failing = next(name for name, entry in components.items() if not entry["ok"])
        return failing, f"{failing} is not well: {components[failing].get('problem', 'no reason given')}"
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
        return "", "and that is no health report of ours"


def lacks_migrations(body: str) -> bool:
    """Whether a health answer says that the database is behind the code."""
    try:
        return json.loads(body)["components"]["migrations"]["ok"] is False
    except (ValueError, TypeError, KeyError):
        return False


def _blame(service: Service, words: str) -> LauncherError:
    log = service.child.spec.log
    return LauncherError(f"{words}; its log {log} ends with: {last_line(log)}")
