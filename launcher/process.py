"""Child processes that never outlive the launcher, and can be stopped and started again.

Three nets, because each has a hole: on Linux the kernel signals a child when its parent dies (only direct children),
the guard process signals whole process groups, and PostgreSQL's own children watch their postmaster.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if LINUX else None


@dataclass(frozen=True)
class Account:
    """The user a child runs as, when that is not our own."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Spec:
    """What a child is: enough to start it any number of times."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = ROOT
    account: Account | None = None
    pass_fds: tuple[int, ...] = ()
    output: Path | None = None  # standard output, when it is not for the log
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10.0


def die_with_parent(number: int) -> Callable[[], None]:
    """A `preexec_fn` that asks the kernel to send this signal when the parent dies.

    It runs after Popen changed the user (a change of user clears the request). The kernel means the *thread* that
    forked, so children are started from the main thread only.
    """
    parent = os.getpid()

    def ask() -> None:
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # died between fork and the request
            os.kill(os.getpid(), signal.SIGKILL)

    return ask


class Guard:
    """The process that ends our process groups if we are killed (see `guard.py`)."""

    def __init__(self) -> None:
        self._groups: dict[int, int] = {}
        self._folders: list[Path] = []
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def add(self, group: int, number: int) -> None:
        """From now on this group must not outlive us."""
        self._groups[group] = number
        self._write(f"add {group} {number}\n")

    def drop(self, group: int) -> None:
        """The group has ended."""
        self._groups.pop(group, None)
        self._write(f"drop {group}\n")

    def remove_at_end(self, folder: Path) -> None:
        """A folder of this run alone: gone after us, however we end."""
        self._folders.append(folder)
        self._write(f"folder {folder}\n")

    def keep_alive(self) -> None:
        """Replace a guard that somebody ended."""
        if self._process.poll() is not None:
            self._process = self._start()
            for group, number in self._groups.items():
                self._write(f"add {group} {number}\n")
            for folder in self._folders:
                self._write(f"folder {folder}\n")

    def close(self) -> None:
        """Let the guard end; groups still listed are signalled."""
        self._process.communicate()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # somebody ended the guard: `keep_alive` tells its successor


class Child:
    """One process group of ours."""

    def __init__(self, spec: Spec, guard: Guard) -> None:
        self.spec = spec
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None
        self._exit_code: int | None = None

    @property
    def pid(self) -> int:
        """Process and process group id of the running child; 0 when there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it; output goes to the end of its log."""
        spec = self.spec
        with open(spec.log, "ab") as log, open(spec.output or spec.log, "ab") as output:
            self._process = subprocess.Popen(
                spec.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                cwd=spec.cwd,
                env=dict(spec.env),
                pass_fds=spec.pass_fds,
                start_new_session=True,
                preexec_fn=die_with_parent(spec.orphan_signal),
                user=spec.account.uid if spec.account else None,
                group=spec.account.gid if spec.account else None,
                extra_groups=[] if spec.account else None,  # else root's groups would stay
            )
        self._exit_code = None
        self._guard.add(self.pid, spec.orphan_signal)

    def exit_code(self) -> int | None:
        """None while it runs; once it has ended, what it left of its group is ended too."""
        if self._process is not None and self._process.poll() is not None:
            self._reap(self._process)
        return self._exit_code

    def running(self) -> bool:
        """True while the process itself is alive."""
        return self.exit_code() is None and self._process is not None

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask it to end; insist when its time is over or when hurried."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.spec.stop_signal)
            deadline = time.monotonic() + self.spec.stop_seconds
            while not ended_within(self._process, 0.1) and time.monotonic() < deadline and not hurry():
                pass
        self.kill()

    def kill(self) -> None:
        """End it and its group at once."""
        if self._process is None:
            return
        if self._process.poll() is None:
            signal_group(self.pid, signal.SIGKILL)
            self._process.wait()
        self._reap(self._process)

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        signal_group(process.pid, signal.SIGKILL)
        self._guard.drop(process.pid)
        self._exit_code = process.returncode
        self._process = None


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the end of a process, but not longer than that."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def signal_group(group: int, number: int) -> None:
    """Signal a process group that may have ended already."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
    except PermissionError:
        # macOS answers so when only zombies are left in the group.
        if LINUX:
            raise


def describe_exit(code: int) -> str:
    """Words for a return code of Popen."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def last_line(log: Path) -> str:
    """The last thing a log says, for a one-line error."""
    with open(log, "rb") as file:
        file.seek(max(0, os.path.getsize(log) - 4096))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "its log is empty")
