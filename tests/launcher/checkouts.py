"""Copies of the checkout, run.py started in them, and the question whether anything of it is still alive."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from launcher.process import ROOT, die_with_parent

OURS = ("CC_", "PYTEST", "COV_", "COVERAGE", "DATABASE_URL", "REDIS_URL", "DJANGO_", "VIRTUAL_ENV", "PYTHON")
STANDIN = Path(__file__).with_name("standin")
NOBODY = pwd.getpwnam("nobody")


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true answer of a condition, or a failure that says what did not happen."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return answer


def clean_environment(**more: str) -> dict[str, str]:
    """Ours, without what the test run itself was given."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | more


def base_python() -> str:
    """The Python the test run's environment was made from: what a person would start run.py with."""
    return str(getattr(sys, "_base_executable", sys.executable))


class Checkout:
    """A copy of the source tree in a folder of its own, as a fresh clone has it; its project can be the stand-in."""

    def __init__(self, parent: Path, *, as_nobody: bool = False, python: str = "", standin: bool = False) -> None:
        self.path = parent / "checkout"
        self.as_nobody = as_nobody
        self.python = python or base_python()
        self.runs: list[Run] = []
        self._copy()
        if standin:
            for name in ("contactcenter", "routing", "channels_app", "selfservice", "manage.py"):
                subprocess.run(["rm", "-rf", self.path / name], check=True)
            shutil.copytree(STANDIN, self.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        if as_nobody:
            for folder, _, files in os.walk(parent):
                for name in [".", *files]:
                    os.chown(Path(folder, name), NOBODY.pw_uid, NOBODY.pw_gid, follow_symlinks=False)

    def _copy(self) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            source = ROOT / name
            if source.is_file() and not name.startswith("tests/"):
                target = self.path / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)

    def share_packages_of(self, other: "Checkout") -> None:
        """Skip the installation by using the packages of a checkout that has them."""
        (self.path / ".venv").symlink_to(other.path / ".venv")

    @property
    def data(self) -> Path:
        return self.path / "var"

    def start(self, *arguments: str, **environment: str) -> "Run":
        """Start run.py with these arguments; it ends with the test run at the latest."""
        run = Run(self, arguments, clean_environment(**environment))
        self.runs.append(run)
        return run

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run run.py to its end."""
        return subprocess.run(
            [self.python, "run.py", *arguments],
            cwd=self.path,
            env=clean_environment(**environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
            **self.account(),
        )

    def account(self) -> dict[str, Any]:
        if not self.as_nobody:
            return {}
        return {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}

    def runtime(self) -> dict[str, Any]:
        """What the running launcher says about itself; empty while it says nothing."""
        try:
            return json.loads((self.data / "runtime.json").read_text())  # type: ignore[no-any-return]
        except FileNotFoundError:
            return {}

    def left_behind(self) -> list[str]:
        """Processes that work in this checkout, its data or its temporary folders; zombies are no processes."""
        return processes_of(self.path) + [f"folder {folder}" for run in self.runs for folder in run.temporary_folders()]

    def end(self) -> None:
        """Whatever the test left running."""
        for run in self.runs:
            run.kill()
        wait_until(lambda: not processes_of(self.path), 120, f"everything of {self.path} has ended")
        pointer = self.data / "home"
        if pointer.exists():
            shutil.rmtree(pointer.read_text().strip())


class Run:
    """One start of run.py."""

    def __init__(self, checkout: Checkout, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        self.temp = Path(tempfile.mkdtemp(dir=checkout.path.parent))
        self.temp.chmod(0o777)
        self._output = self.temp / "output.txt"
        self._errors = self.temp / "errors.txt"
        self.process = subprocess.Popen(
            [checkout.python, "run.py", *arguments],
            cwd=checkout.path,
            env={**environment, "TMPDIR": str(self.temp)},
            stdin=subprocess.DEVNULL,
            stdout=open(self._output, "wb"),  # noqa: SIM115 - the child's from here on
            stderr=open(self._errors, "wb"),  # noqa: SIM115
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
            **checkout.account(),
        )

    def output(self) -> str:
        return self._output.read_text()

    def errors(self) -> str:
        return self._errors.read_text()

    def url(self, seconds: float = 400) -> str:
        """Wait for the ready line and give its address."""

        def ready() -> str:
            if self.process.poll() is not None:
                raise AssertionError(f"run.py ended with {self.process.returncode}: {self.errors()}")
            lines = [line for line in self.output().splitlines() if line.startswith("ready: ")]
            return lines[0].removeprefix("ready: ") if lines else ""

        answer: str = wait_until(ready, seconds, f"a ready line; said so far: {self.errors()}")
        return answer

    def stop(self, number: int = signal.SIGTERM, seconds: float = 180) -> int:
        """Signal it and wait for the exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def temporary_folders(self) -> list[str]:
        return [path.name for path in self.temp.glob("cc-*")]


def get(url: str, seconds: float = 10) -> str:
    """The body of a page that must answer 200."""
    with urllib.request.urlopen(url, timeout=seconds) as response:
        body: bytes = response.read()
    return body.decode()


def processes_of(folder: Path) -> list[str]:
    """Living processes that have anything to do with a folder, as `pid command`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
                place = os.readlink(entry / "cwd")
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue  # ended meanwhile, or not ours to see
            if state not in "ZX" and str(folder) in f"{command}\n{environment}\n{place}":
                found.append(f"{entry.name} {command}")
    return found
