"""Commands that run to their end: quietly with a log, or in the foreground on the terminal."""

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from launcher.output import LauncherError, Stopped
from launcher.process import ROOT, Child, Guard, Spec, describe_exit, die_with_parent, last_line
from launcher.signals import Signals


def run_step(spec: Spec, guard: Guard, pause: Callable[[float], None]) -> None:
    """Run a command to its end. Raises LauncherError with its last words if it fails."""
    child = Child(spec, guard)
    child.start()
    try:
        while (code := child.exit_code()) is None:
            pause(0.1)
    finally:
        child.stop()
    if code != 0:
        raise LauncherError(f"{spec.name} {describe_exit(code)}: {last_line(spec.log)} (its log: {spec.log})")


def start_dependent(
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    cwd: Path | None = ROOT,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command of our own session that dies with us; without a file for its output it has our terminal."""
    return subprocess.Popen(
        argv,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL if output else None,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )


def run_in_foreground(argv: Sequence[str], env: Mapping[str, str], signals: Signals, *, cwd: Path | None = ROOT) -> int:
    """Run a command on our own terminal and return its exit code.

    It stays in our session, so that it can ask questions; the terminal's Ctrl-C reaches it directly and is its own
    affair, while a SIGTERM sent to us is passed on.
    """
    sys.stdout.flush()
    process = start_dependent(argv, env, cwd=cwd)
    told = 0
    while (code := process.poll()) is None:
        try:
            signals.pause(0.5)
        except Stopped:
            told += 1
            if told > 2:
                process.kill()
            elif signals.terminated:
                process.terminate()
            signals.forget()
    return 128 - code if code < 0 else code
