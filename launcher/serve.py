"""`python3 run.py`: engines, migrations, then web, worker and sweeper until told to stop."""

import os
import resource
import socket
from collections.abc import Mapping
from typing import Any

from launcher.connections import tell_connections
from launcher.datafolder import DataFolder
from launcher.engines import Engines
from launcher.environment import django, project_environment, python
from launcher.follow import LogFollower
from launcher.listener import open_listener
from launcher.options import Options, host_in_url, reachable_host
from launcher.output import LauncherError, note, say
from launcher.process import Child, Guard, Spec
from launcher.readiness import Readiness
from launcher.signals import Signals
from launcher.stamp import Stamp
from launcher.steps import run_step
from launcher.supervisor import Supervisor

WANTED_FILES = 65536


def serve(options: Options, signals: Signals) -> None:
    """Run the installation. Returns by Stopped when told to stop, raises LauncherError when it cannot go on."""
    data = DataFolder(options.data)
    data.prepare()
    _become_the_one(data, signals)
    try:
        with open_listener(options.host, options.port) as listener:
            _raise_open_files()
            _Installation(options, data, listener, signals).run()
    finally:
        data.unlock()


class _Installation:
    """One run, from the first engine to the last stop."""

    def __init__(self, options: Options, data: DataFolder, listener: socket.socket, signals: Signals) -> None:
        self._options = options
        self._data = data
        self._listener = listener
        self._signals = signals
        self._guard = Guard()
        self._engines = Engines(data, self._guard)
        self._supervisor = Supervisor(self._guard, self._tell)
        self._logs = LogFollower(data.logs, options.verbose)
        self._port: int = listener.getsockname()[1]
        self._environment: dict[str, str] = {}
        self._state = "starting"
        self._setup_link = ""

    def run(self) -> None:
        """Start everything, say ready, look after it."""
        self._tell()
        try:
            self._start_engines()
            self._environment = project_environment(self._options, self._data, self._engines, self._port)
            tell_connections(self._environment)
            is_prepared = Stamp(self._data, self._engines.cluster_id(), self._environment).holds()
            if not is_prepared:
                self._prepare_project()
            self._start_processes()
            Readiness(
                reachable_host(self._options.host),
                self._port,
                self._environment["CC_PUBLIC_URL"],
                migrate=self._prepare_project if is_prepared else None,
            ).wait(self._supervisor, self._signals)
            self._state = "ready"
            self._tell()
            say(f"ready: {self._url()}")
            if self._setup_link:
                say(self._setup_link)
            while True:
                self._pause(0.5)
                self._supervisor.look()
        finally:
            self._stop()

    def _start_engines(self) -> None:
        if not os.environ.get("REDIS_URL"):
            self._engines.start_valkey(self._pause)
        if not os.environ.get("DATABASE_URL"):
            note(f"starting PostgreSQL on {self._data.path}")
            self._engines.start_postgres(durable=True, pause=self._pause)
        for child in self._engines.children:
            self._supervisor.add(child)

    def _prepare_project(self) -> None:
        """Bring the database up to date, and keep what to print once people can open it."""
        Stamp.forget(self._data)
        note("bringing the database up to date")
        output = self._data.logs / "setup-link.out"
        output.unlink(missing_ok=True)
        spec = Spec(
            name="prepare",
            argv=python("-m", "launcher.prepare", "seed_demo" if self._options.demo_mode() else "print_setup_link"),
            log=self._data.log("prepare"),
            env=self._environment,
            output=None if self._options.demo_mode() else output,
        )
        try:
            run_step(spec, self._guard, self._pause)
            self._setup_link = output.read_text().strip() if output.exists() else ""
        finally:
            output.unlink(missing_ok=True)  # the link in it is a key
        if not self._setup_link:  # else each start makes another one
            Stamp(self._data, self._engines.cluster_id(), self._environment).set()

    def _start_processes(self) -> None:
        note("starting web, worker and sweeper")
        descriptor = self._listener.fileno()
        self._start("web", python("-m", "launcher.web", str(descriptor)), pass_fds=(descriptor,))
        # The project has been checked when the database was brought up to date.
        unchecked = {"CELERY_SKIP_CHECKS": "1"}
        self._start("worker", python("-m", "celery", "-A", "contactcenter", "worker", *WORKER_OPTIONS), more=unchecked)
        self._start("sweeper", django("run_sweeper"))
        self._tell()

    def _start(
        self, name: str, argv: tuple[str, ...], pass_fds: tuple[int, ...] = (), more: Mapping[str, str] | None = None
    ) -> None:
        environment = {**self._environment, **(more or {})}
        spec = Spec(name=name, argv=argv, log=self._data.log(name), env=environment, pass_fds=pass_fds)
        child = Child(spec, self._guard)
        child.start()
        self._supervisor.add(child)

    def _tell(self) -> None:
        """Write down what runs, for `manage` beside us and for a second start."""
        runtime: dict[str, Any] = {
            "state": self._state,
            "pid": os.getpid(),
            "url": self._url(),
            "processes": self._supervisor.pids(),
            "environment": {name: value for name, value in self._environment.items() if name in SHARED_NAMES},
        }
        self._data.write_runtime(runtime)

    def _url(self) -> str:
        return f"http://{host_in_url(self._options.host)}:{self._port}/"

    def _pause(self, seconds: float) -> None:
        self._signals.pause(seconds)
        self._logs.look()

    def _stop(self) -> None:
        """In reverse order: nobody loses what they stand on before they are gone."""
        for service in reversed(self._supervisor.services):
            if service.child not in self._engines.children:
                service.child.stop(self._signals.hurry)
        self._engines.stop(self._signals.hurry)
        self._guard.close()
        self._logs.look()


WORKER_OPTIONS = (
    "--concurrency=2",
    "--prefetch-multiplier=1",
    "--queues=celery",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
    "--loglevel=INFO",
)
# What a command beside a running installation needs to work on the same engines.
SHARED_NAMES = frozenset(
    (
        "DATABASE_URL",
        "REDIS_URL",
        "CC_EMBEDDED",
        "CC_DATA_DIR",
        "CC_SECRET_KEY",
        "CC_DEMO",
        "CC_DEMO_OPEN",
        "CC_PUBLIC_URL",
    )
)


def _become_the_one(data: DataFolder, signals: Signals) -> None:
    """Take the folder, after a `manage` command that has it just now, however long that one takes.

    Raises LauncherError if it is served already.
    """
    waiting = False
    while not data.lock():
        runtime = data.read_runtime()
        if runtime:
            raise LauncherError(
                f"already running at {runtime['url']} (process {runtime['pid']}): "
                f"stop it with Ctrl-C or kill {runtime['pid']}"
            )
        if not waiting:
            note(f"a `run.py manage` command uses {data.path}: waiting for it (Ctrl-C: no longer; --data DIR: another)")
            waiting = True
        signals.pause(0.2)


def _raise_open_files() -> None:
    """Each open page is an open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < WANTED_FILES:
        wanted_hard = max(hard, WANTED_FILES) if os.geteuid() == 0 and hard != resource.RLIM_INFINITY else hard
        soft = WANTED_FILES if wanted_hard == resource.RLIM_INFINITY else min(WANTED_FILES, wanted_hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, wanted_hard))
        except (OSError, ValueError):
            soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < WANTED_FILES:
        note(
            f"open files are limited to {soft}, enough for about {soft // 2} open pages: "
            f"ulimit -n {WANTED_FILES} allows more"
        )
