"""Beside a running installation: crashes, second starts, management commands."""

import json
import os
import re
import signal
import stat
import subprocess
import threading
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from tests.launcher.checkouts import Checkout, Run, clean_environment, get, processes_of, wait_until

pytestmark = [pytest.mark.xdist_group("launcher"), pytest.mark.timeout(900)]
Running = tuple[Checkout, Run, str]


def healthy(url: str) -> bool:
    try:
        return bool(get(url + "healthz", seconds=30))
    except (OSError, urllib.error.HTTPError):
        return False


def pid_of(checkout: Checkout, name: str) -> int:
    pid: int = checkout.runtime()["processes"][name]
    return pid


def kill_and_await_successor(running: Running, name: str) -> int:
    """Kill a process as a crash would; the new one's id once all is well again."""
    checkout, _, url = running
    before = pid_of(checkout, name)
    os.kill(before, signal.SIGKILL)
    after: int = wait_until(lambda: (pid := pid_of(checkout, name)) != before and pid, 120, f"{name} starts again")
    wait_until(lambda: healthy(url), 120, f"all is well after {name} started again")
    return after


def test_the_ready_line_is_exact_and_the_address_answers(running: Running) -> None:
    checkout, run, url = running
    assert run.output().splitlines()[0] == f"ready: {url}"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
    assert checkout.runtime()["state"] == "ready"
    assert healthy(url)


def test_secrets_are_private_and_on_no_command_line(running: Running) -> None:
    checkout, _, _ = running
    secrets = json.loads((checkout.data / "secrets.json").read_text())
    commands = "\n".join(processes_of(checkout.path))
    for name in ("secrets.json", "runtime.json"):
        assert stat.S_IMODE((checkout.data / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((checkout.data / "pgdata").stat().st_mode) == 0o700
    assert stat.S_IMODE((checkout.data / "logs").stat().st_mode) == 0o700
    assert not [name for name, secret in secrets.items() if secret in commands]


def test_a_second_start_says_where_the_first_runs(running: Running) -> None:
    checkout, run, url = running
    second = checkout.run("--port", "0")
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert url in second.stderr
    assert str(run.process.pid) in second.stderr


def test_two_checkouts_run_side_by_side(running: Running, new_checkout: Callable[..., Checkout]) -> None:
    _, _, url = running
    other = new_checkout()
    taken = other.run("--port", url.rstrip("/").rpartition(":")[2])
    assert taken.returncode == 1
    assert len(taken.stderr.splitlines()) == 1
    assert "--port" in taken.stderr
    run = other.start("--port", "0")
    assert run.url() != url
    assert healthy(run.url())
    assert healthy(url)
    assert run.stop() == 0
    assert healthy(url)


def test_requests_wait_while_the_web_process_starts_again(running: Running) -> None:
    checkout, _, url = running
    before = pid_of(checkout, "web")
    os.kill(before, signal.SIGTERM)
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(get(url + "healthz", seconds=240)))
    wait_until(lambda: not os.path.exists(f"/proc/{before}") or pid_of(checkout, "web") != before, 120, "web has ended")
    asking.start()
    asking.join(250)
    assert answers
    wait_until(lambda: healthy(url), 120, "all is well")


def test_a_crashed_web_process_is_started_again(running: Running) -> None:
    kill_and_await_successor(running, "web")
    _, run, _ = running
    assert "web was ended by SIGKILL, starting it again in" in run.errors()


def test_a_crashed_worker_takes_its_pool_with_it(running: Running) -> None:
    checkout, _, _ = running
    before = pid_of(checkout, "worker")
    pool = {line.split()[0] for line in processes_of(checkout.path) if "celery" in line}
    assert len(pool) >= 3
    kill_and_await_successor(running, "worker")
    assert str(before) in pool
    assert not pool & {line.split()[0] for line in processes_of(checkout.path)}


def test_a_crashed_sweeper_is_started_again(running: Running) -> None:
    kill_and_await_successor(running, "sweeper")


def test_a_crashed_database_is_started_again(running: Running) -> None:
    kill_and_await_successor(running, "postgres")


def test_a_crashed_valkey_is_started_again(running: Running) -> None:
    kill_and_await_successor(running, "valkey")


def test_an_ended_guard_is_replaced(running: Running) -> None:
    checkout, _, _ = running

    def guards() -> list[int]:
        return [int(line.split()[0]) for line in processes_of(checkout.path) if "guard.py" in line]

    (before,) = guards()
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: guards() and guards() != [before], 120, "another guard")


class TestManage:
    def test_beside_a_running_installation(self, running: Running) -> None:
        checkout, _, _ = running
        asked = checkout.run(
            "manage", "shell", "--no-imports", "-c", "from django.conf import settings as s; print(s.DATA_DIR)"
        )
        assert (asked.returncode, asked.stdout.strip()) == (0, str(checkout.data))

    def test_in_the_folder_of_the_caller(self, running: Running) -> None:
        checkout, _, _ = running
        where = subprocess.run(
            [
                checkout.python,
                "checkout/run.py",
                "manage",
                "shell",
                "--no-imports",
                "-c",
                "import os; print(os.getcwd())",
            ],
            cwd=checkout.path.parent,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert where.stdout.strip() == str(checkout.path.parent)

    def test_passes_input_and_the_exit_code_on(self, running: Running) -> None:
        checkout, _, _ = running
        assert checkout.run("manage", "shell", "--no-imports", stdin="print(6 * 7)\n").stdout.strip() == "42"
        assert checkout.run("manage", "shell", "--no-imports", "-c", "raise SystemExit(7)").returncode == 7
        assert checkout.run("manage", "no_such_command").returncode == 1

    def test_a_start_waits_for_it_however_long_it_takes(self, checkout: Checkout) -> None:
        """Python's own input is the end of the command: it takes as long as we say nothing."""
        wait = "import sys; print('begun', flush=True); sys.stdin.read()"
        with subprocess.Popen(
            [checkout.python, "run.py", "manage", "shell", "--no-imports", "-c", wait],
            cwd=checkout.path,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as command:
            assert command.stdin is not None and command.stdout is not None
            assert command.stdout.readline() == "begun\n"
            run = checkout.start("--port", "0")
            wait_until(lambda: "waiting for it" in run.errors(), 120, "the start waits")
            command.stdin.close()
            assert command.wait(120) == 0
        assert healthy(run.url())
        assert run.stop() == 0

    def test_without_a_running_installation_it_starts_and_stops_the_engines(self, checkout: Checkout) -> None:
        folder = checkout.path.parent / "elsewhere"
        count = "from django.db import connection as c; print(len(c.introspection.table_names()) > 5)"
        asked: Any = checkout.run("--data", str(folder), "manage", "shell", "--no-imports", "-c", count)
        assert (asked.returncode, asked.stdout.strip()) == (0, "True"), asked.stderr
        assert checkout.left_behind() == []
        assert not (folder / "runtime.json").exists()
        again = checkout.run("manage", "--data", str(folder), "migrate", "--check")
        assert again.returncode == 0, again.stderr
        assert not checkout.data.exists()
