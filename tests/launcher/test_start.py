"""From a fresh clone to `ready`, and to the end: as root, as a normal user, and after the worst."""

import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launcher.engines import start_engines
from tests.launcher.checkouts import NOBODY, Checkout, clean_environment, get, wait_until
from tests.launcher.conftest import FreshClone

pytestmark = [pytest.mark.xdist_group("launcher"), pytest.mark.timeout(900)]
AS_ROOT = os.geteuid() == 0
UPDATING = "bringing the database up to date"


def test_a_fresh_clone_installs_itself_and_answers(fresh_clone: FreshClone) -> None:
    assert "installing" in fresh_clone.errors
    assert fresh_clone.exit_code == 0
    assert fresh_clone.beside_code == 0
    assert re.fullmatch(r"\d+\.\d+.*\n", fresh_clone.beside_output)
    assert fresh_clone.checkout.left_behind() == []


def test_a_warm_start_installs_nothing_and_keeps_the_logs_before(fresh_clone: FreshClone) -> None:
    checkout = fresh_clone.checkout
    if not (checkout.data / "prepared.json").exists():  # a management command of another test has taken the stamp
        before = checkout.start("--port", "0")
        before.url()
        assert before.stop(signal.SIGINT) == 0
    run = checkout.start("--port", "0", "-v")
    try:
        assert get(run.url() + "healthz")
        assert "installing" not in run.errors()
        assert UPDATING not in run.errors()
        assert "postgres: " in run.errors()  # -v shows the logs here too
        logs = {path.name for path in (checkout.data / "logs").iterdir()}
        assert {f"{name}.log" for name in ("postgres", "valkey", "prepare", "web", "worker", "sweeper")} <= logs
        assert {"postgres.log.1", "web.log.1"} <= logs
        assert len(checkout.left_behind()) > 6
    finally:
        assert run.stop(signal.SIGINT) == 0
    assert checkout.left_behind() == []


def test_told_to_stop_while_starting_it_stops_everything(checkout: Checkout) -> None:
    run = checkout.start("--port", "0")
    wait_until(lambda: UPDATING in run.errors(), 120, "migrations start")
    assert run.stop(signal.SIGINT) == 0
    assert checkout.left_behind() == []


def test_killed_it_leaves_nothing_and_the_next_start_works(checkout: Checkout) -> None:
    run = checkout.start("--port", "0")
    run.url()
    assert any("celery" in line for line in checkout.left_behind())
    run.kill()
    wait_until(lambda: not checkout.left_behind(), 120, "everything has ended and the temporary folder is gone")
    again = checkout.start("--port", "0")
    again.url()
    assert again.stop() == 0


def test_a_database_that_is_behind_is_brought_up_to_date(checkout: Checkout) -> None:
    """By a command, and by hand, which the launcher learns from the health of the project alone."""
    run = checkout.start("--port", "0")
    run.url()
    assert run.stop() == 0
    stamp = checkout.data / "prepared.json"
    kept = stamp.read_text()
    assert checkout.run("manage", "migrate", "auth", "zero").returncode == 0
    assert not stamp.exists()
    stamp.write_text(kept)
    run = checkout.start("--port", "0")
    run.url()
    assert UPDATING in run.errors()
    assert stamp.read_text() == kept
    assert run.stop() == 0


@pytest.fixture
def servers(folder: Path) -> Iterator[dict[str, str]]:
    """Addresses of servers that are not the launcher's."""
    engines = start_engines(folder / "servers", durable=False)
    yield {"DATABASE_URL": engines.database_url, "REDIS_URL": engines.redis_url}
    engines.stop()


def test_real_servers_are_used_and_then_it_is_no_demo(checkout: Checkout, servers: dict[str, str]) -> None:
    run = checkout.start("--port", "0", **servers)
    run.url()
    runtime = checkout.runtime()
    assert set(runtime["processes"]) == {"web", "worker", "sweeper"}
    assert {name: runtime["environment"][name] for name in servers} == servers
    assert (runtime["environment"]["CC_DEMO"], runtime["environment"]["CC_EMBEDDED"]) == ("0", "0")
    assert not (checkout.data / "pgdata").exists()
    wait_until(lambda: "/setup/" in run.output(), 120, "the one-time link to the set-up")
    assert run.stop() == 0


@pytest.mark.full
def test_the_demo_can_be_turned_off(checkout: Checkout) -> None:
    run = checkout.start("--port", "0", "--no-demo")
    url = run.url()
    wait_until(lambda: f"{url}setup/" in run.output(), 120, "the one-time link to the set-up")
    assert checkout.runtime()["environment"]["CC_DEMO"] == "0"
    assert run.stop() == 0


@pytest.mark.skipif(not AS_ROOT, reason="the unreachable folder is root's")
def test_root_runs_it_where_postgresql_cannot_go(new_checkout: Callable[..., Checkout]) -> None:
    """In root's own home, say: the cluster and the programs are put where PostgreSQL's user can reach them."""
    parent = Path(tempfile.mkdtemp(prefix="cct-"))
    assert stat.S_IMODE(parent.stat().st_mode) == 0o700
    try:
        checkout = new_checkout(parent)
        run = checkout.start("--port", "0")
        run.url()
        home = Path((checkout.data / "home").read_text().strip())
        assert (home / "pgdata").stat().st_uid == NOBODY.pw_uid
        assert stat.S_IMODE((home / "pgdata").stat().st_mode) == 0o700
        assert run.stop() == 0
        assert checkout.run("manage", "check").returncode == 0
    finally:
        checkout.end()
        shutil.rmtree(parent)


def python_for_nobody() -> str:
    """A new enough Python with pip that another account may run; the one in a home folder may not be."""
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        for folder in ("/usr/bin", "/usr/local/bin"):
            python = shutil.which(name, path=folder)
            if python and _can_use(python):
                return python
    pytest.skip("NO PYTHON 3.11 WITH PIP OUTSIDE ROOT'S HOME: the start as a normal user was not tested")


def _can_use(python: str) -> bool:
    asked = subprocess.run(
        [python, "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"],
        user=NOBODY.pw_uid,
        group=NOBODY.pw_gid,
        extra_groups=[],
        cwd="/",
        env=clean_environment(),
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


@pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")
def test_a_normal_user_starts_it_in_a_clone_of_their_own(folder: Path) -> None:
    python = python_for_nobody()
    checkout = Checkout(folder, as_nobody=True, python=python)
    try:
        run = checkout.start("--port", "0", HOME=str(folder))
        assert get(run.url() + "healthz")
        assert (checkout.data / "pgdata").stat().st_uid == NOBODY.pw_uid
        assert stat.S_IMODE(checkout.data.stat().st_mode) == 0o700
        assert run.stop() == 0
        assert checkout.left_behind() == []
    finally:
        checkout.end()
