"""Makes `.venv` beside run.py from the lock files, once, and repairs it after an interrupted install.

A stamp in it says which lock files it was made from. While it is being changed a marker stands in it, and a folder
found with that marker is made anew: nobody can tell what an interrupted installer left.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from launcher.output import LauncherError, note, plain_reason
from launcher.process import ROOT, die_with_parent, last_line
from launcher.signals import Signals

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
MARKER = VENV / "installing"
LOG = VENV / "install.log"
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
NEED_VENV = "this Python has no venv module: install it (Debian, Ubuntu: apt install python3-venv) and start again"
NEED_PIP = "this Python has no pip: install it (Debian, Ubuntu: apt install python3-pip) and start again"


def ensure_installed(*, dev: bool, signals: Signals) -> Path:
    """The Python of an up-to-date `.venv`. Raises LauncherError with the one thing to do."""
    locks = [RUNTIME_LOCK, DEV_LOCK] if dev else [RUNTIME_LOCK]
    if _is_installed(locks):
        return PYTHON
    try:
        with _only_one_installer(signals):
            if not _is_installed(locks):  # the other one may have done it
                _Installer(locks, signals).run()
    except OSError as error:
        raise LauncherError(
            f"cannot install into {VENV} ({plain_reason(error)}): make the checkout yours and start again"
        ) from error
    return PYTHON


def in_environment() -> bool:
    """True if this Python is the one of `.venv`."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def _fingerprints(locks: Sequence[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in locks}


def _stamped() -> dict[str, str]:
    if MARKER.exists() or not os.access(PYTHON, os.X_OK):  # a link to a Python that is gone cannot be executed
        return {}
    try:
        stamp = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and stamp.get("python") == _python_version() else {}


def _is_installed(locks: Sequence[Path]) -> bool:
    stamp = _stamped()
    return all(stamp.get(name) == fingerprint for name, fingerprint in _fingerprints(locks).items())


def _python_version() -> str:
    """The version the environment was made with, as its own file says."""
    for line in (VENV / "pyvenv.cfg").read_text().splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "version":
            return ".".join(value.strip().split(".")[:2])
    return ""


@contextmanager
def _only_one_installer(signals: Signals) -> Iterator[None]:
    with open(ROOT / ".install.lock", "w") as lock:
        waiting = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not waiting:
                    note("another run.py is installing: waiting for it")
                    waiting = True
                signals.pause(0.2)
            else:
                break
        yield


class _Installer:
    """One installation of some lock files."""

    def __init__(self, locks: Sequence[Path], signals: Signals) -> None:
        self._locks = locks
        self._signals = signals
        self._base = getattr(sys, "_base_executable", sys.executable) if in_environment() else sys.executable

    def run(self) -> None:
        """Make or repair the environment; the stamp comes last."""
        started = time.monotonic()
        kept = _stamped()
        if not self._usable():
            self._make()
        MARKER.touch()
        LOG.unlink(missing_ok=True)
        count = sum(path.read_text().count("==") for path in self._locks)
        note(f"installing {count} packages into {VENV} (once; later starts skip this)")
        self._install()
        STAMP.write_text(json.dumps({**kept, **_fingerprints(self._locks), "python": _python_version()}))
        MARKER.unlink()
        note(f"installed in {time.monotonic() - started:.0f} s")

    def _usable(self) -> bool:
        if MARKER.exists():
            note("the last installation was interrupted: making it anew")
            return False
        return os.access(PYTHON, os.X_OK) and (VENV / "pyvenv.cfg").exists()

    def _make(self) -> None:
        note(f"making {VENV}")
        if VENV.exists():
            shutil.rmtree(VENV)
        done = subprocess.run(
            [self._base, "-m", "venv", "--without-pip", str(VENV)],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        if done.returncode != 0:
            raise LauncherError(
                NEED_VENV if "venv" in done.stderr else f"cannot make {VENV}: {done.stderr.strip().splitlines()[-1]}"
            )

    def _install(self) -> None:
        """By uv, which is quick; by pip when uv cannot be had or fails (it does not read pip's settings)."""
        pip = self._pip()
        files = [part for path in self._locks for part in ("-r", str(path))]
        if self._run([*pip, "install", "--quiet", "--retries", "2", "uv"]):
            uv = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON)]
            if self._run([*uv, "--require-hashes", *files]):
                return
        note("uv could not do it: trying pip, which takes longer")
        if not self._run([*pip, "install", "--quiet", "--retries", "2", "--require-hashes", *files]):
            raise LauncherError(
                f"could not download the packages ({last_line(LOG)}): check the network and start again; details: {LOG}"
            )

    def _pip(self) -> list[str]:
        """The pip of the Python that was started, working on the environment; else one unpacked into it."""
        if self._run([self._base, "-m", "pip", "--version"]):
            return [self._base, "-m", "pip", "--disable-pip-version-check", "--python", str(PYTHON)]
        if self._run([str(PYTHON), "-m", "ensurepip"]):
            return [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
        raise LauncherError(NEED_PIP)

    def _run(self, argv: Sequence[str]) -> bool:
        """Run one step with its output in the log, saying now and then that it still works."""
        with open(LOG, "ab") as log:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
            started = last_said = time.monotonic()
            try:
                while process.poll() is None:
                    self._signals.pause(1)
                    if time.monotonic() - last_said > 10:
                        last_said = time.monotonic()
                        note(f"still installing ({last_said - started:.0f} s)")
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        return process.returncode == 0
