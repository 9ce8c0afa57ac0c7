"""`python3 run.py manage COMMAND …`: on the running installation's engines, or on ones started for the command."""

import os
from collections.abc import Mapping

from launcher.datafolder import DataFolder
from launcher.engines import Engines
from launcher.environment import django, inherited, project_environment
from launcher.options import Options
from launcher.output import note
from launcher.process import Guard, Spec
from launcher.signals import Signals
from launcher.stamp import Stamp
from launcher.steps import run_in_foreground, run_step

# These look at the database as it is, or at none at all.
_ABOUT_MIGRATIONS = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations"}
_ABOUT_NO_DATA = {"makemessages", "compilemessages", "collectstatic", "help", "--help", "-h", "version", "--version"}
WITHOUT_MIGRATING = _ABOUT_MIGRATIONS | _ABOUT_NO_DATA
# After any other command the next start looks at the whole database again.
_READING = _ABOUT_NO_DATA | {"check", "check_invariants", "showmigrations", "sqlmigrate"}


def manage(options: Options, signals: Signals) -> int:
    """Run the command, after a start or another command that has the folder just now, and return its exit code."""
    data = DataFolder(options.data)
    data.prepare()
    waiting = False
    while not data.lock():
        runtime = data.read_runtime()
        if runtime and runtime["environment"] and runtime["state"] == "ready":
            environment = {**inherited(), **runtime["environment"]}
            return _run_command(options, data, environment, signals)
        if not waiting:
            note(f"another start or command uses {data.path}: waiting for it (Ctrl-C: no longer)")
            waiting = True
        signals.pause(0.2)
    try:
        return _on_own_engines(options, data, signals)
    finally:
        data.unlock()


def _run_command(options: Options, data: DataFolder, environment: Mapping[str, str], signals: Signals) -> int:
    if options.arguments[0] not in _READING:
        Stamp.forget(data)
    # In the caller's folder: file names among the arguments are relative to it.
    return run_in_foreground(django(*options.arguments), environment, signals, cwd=None)


def _on_own_engines(options: Options, data: DataFolder, signals: Signals) -> int:
    guard = Guard()
    engines = Engines(data, guard)
    try:
        if not os.environ.get("REDIS_URL"):
            engines.start_valkey(signals.pause)
        if not os.environ.get("DATABASE_URL"):
            engines.start_postgres(durable=True, pause=signals.pause)
        environment = project_environment(options, data, engines, options.port)
        if engines.database_url and options.arguments[0] not in WITHOUT_MIGRATING:
            migrate = Spec(
                name="migrate", argv=django("migrate", "--noinput"), log=data.log("migrate"), env=environment
            )
            run_step(migrate, guard, signals.pause)
        return _run_command(options, data, environment, signals)
    finally:
        engines.stop(signals.hurry)
        guard.close()
