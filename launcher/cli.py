"""Called by `run.py`: installs, continues in the installed Python, and hands over to the command."""

import os
from collections.abc import Sequence

from launcher.install import ensure_installed, in_environment
from launcher.options import Options, parse
from launcher.output import LauncherError, Stopped, note, plain_reason
from launcher.process import ROOT
from launcher.signals import Signals

INTERRUPTED = 130


def main(argv: Sequence[str]) -> int:
    """The exit code of the program."""
    options = parse(argv)
    try:
        with Signals() as signals:
            python = ensure_installed(dev=options.command in ("test", "bench"), signals=signals)
            if in_environment():
                return _run(options, signals)
    except LauncherError as error:
        note(f"run.py: {error}")
        return 1
    except OSError as error:  # a full disk, a folder somebody took away
        note(f"run.py: {plain_reason(error)}" + (f": {error.filename}" if error.filename else ""))
        return 1
    except Stopped:
        return INTERRUPTED
    # The same process goes on, so that whoever started us still has the right process id.
    os.execv(python, [str(python), str(ROOT / "run.py"), *argv])  # noqa: S606


def _run(options: Options, signals: Signals) -> int:
    # Imported here because some of it needs what was just installed.
    if options.command == "manage":
        from launcher.management import manage

        return manage(options, signals)
    if options.command == "test":
        from launcher.testing import test

        return test(options.arguments, signals)
    if options.command == "bench":
        from launcher.bench import bench

        return bench(options.arguments, signals)
    from launcher.serve import serve

    try:
        serve(options, signals)
    except Stopped:
        note("stopped")
    return 0
