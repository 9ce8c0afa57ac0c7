"""Parts of the launcher that need no process to be understood, and the files that only a container host runs."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from launcher.checks import Check, all_checks, run_checks
from launcher.cluster import MAJOR
from launcher.datafolder import DataFolder
from launcher.environment import inherited
from launcher.listener import open_listener
from launcher.options import host_in_url, is_loopback, parse
from launcher.process import ROOT, Child, Guard, Spec
from launcher.readiness import failing_component, lacks_migrations
from launcher.signals import Signals
from launcher.stamp import Stamp
from launcher.supervisor import Service
from launcher.testing import selects_tests


class TestOptions:
    @pytest.mark.parametrize(
        ("line", "demo"),
        [
            ("", True),
            ("--host localhost", True),
            ("--host ::1", True),
            ("--host 0.0.0.0", False),
            ("--host contact.example", False),
            ("--host 0.0.0.0 --demo", True),
            ("--no-demo", False),
        ],
    )
    def test_demo_is_for_this_machine_unless_said(self, monkeypatch: pytest.MonkeyPatch, line: str, demo: bool) -> None:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        assert parse(line.split()).demo_mode() is demo

    def test_demo_is_not_for_a_real_database_unless_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://db/contactcenter")
        assert not parse([]).demo_mode()
        assert parse(["--demo"]).demo_mode()

    @pytest.mark.parametrize(
        "line",
        ["--data /d manage migrate --plan", "manage --data /d migrate --plan", "manage --data=/d migrate --plan"],
    )
    def test_the_data_folder_may_stand_on_either_side_of_manage(self, line: str) -> None:
        options = parse(line.split())
        assert (options.data, options.command, options.arguments) == (Path("/d"), "manage", ("migrate", "--plan"))

    def test_what_follows_a_command_is_not_ours(self) -> None:
        assert parse(["test", "--full", "-v", "--port"]).arguments == ("--full", "-v", "--port")
        assert parse(["manage", "runworker", "--demo"]).arguments == ("runworker", "--demo")

    def test_addresses(self) -> None:
        assert [is_loopback(host) for host in ("127.0.0.2", "::1", "10.0.0.1", "example.com")] == [
            True,
            True,
            False,
            False,
        ]
        assert [host_in_url(host) for host in ("127.0.0.1", "0.0.0.0", "::1")] == ["127.0.0.1", "127.0.0.1", "[::1]"]

    @pytest.mark.parametrize(
        ("line", "selects"),
        [
            ("", False),
            ("-x -q", False),
            ("-k chat", True),
            ("-m=full", True),
            ("tests", True),
            ("tests/launcher/test_parts.py::x", True),
        ],
    )
    def test_arguments_of_pytest_that_select_tests(self, line: str, selects: bool) -> None:
        assert selects_tests(line.split()) is selects


def test_the_listening_socket_sends_small_frames_at_once() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class TestReadiness:
    @pytest.mark.parametrize(
        ("body", "failing"),
        [
            (
                '{"components": {"database": {"ok": true}, "worker": {"ok": false, "problem": "no pulse"}}}',
                ("worker", "worker is not well: no pulse"),
            ),
            ('{"components": {"cache": {"ok": false}}}', ("cache", "cache is not well: no reason given")),
            ('{"components": {}}', ("", "and that is no health report of ours")),
            ("[]", ("", "and that is no health report of ours")),
            ("<h1>Bad Gateway</h1>", ("", "and that is no health report of ours")),
        ],
    )
    def test_the_failing_component_is_found(self, body: str, failing: tuple[str, str]) -> None:
        assert failing_component(body) == failing

    @pytest.mark.parametrize(
        ("body", "behind"),
        [
            ('{"components": {"sweeper": {"ok": false}, "migrations": {"ok": false}}}', True),
            ('{"components": {"sweeper": {"ok": false}, "migrations": {"ok": true}}}', False),
            ('{"components": {"sweeper": {"ok": false}}}', False),
            ("[]", False),
            ("", False),
        ],
    )
    def test_a_database_behind_the_code_is_noticed(self, body: str, behind: bool) -> None:
        assert lacks_migrations(body) is behind


class TestStamp:
    ENVIRONMENT: ClassVar = {"CC_DEMO": "1", "CC_PUBLIC_URL": "http://127.0.0.1:8000", "PATH": "/bin"}

    def test_it_holds_for_the_same_cluster_code_and_settings(self, tmp_path: Path) -> None:
        data = DataFolder(tmp_path)
        assert not Stamp(data, "a", self.ENVIRONMENT).holds()
        Stamp(data, "a", self.ENVIRONMENT).set()
        on_another_port = {**self.ENVIRONMENT, "CC_PUBLIC_URL": "http://127.0.0.1:8001", "PATH": "/usr/bin"}
        assert Stamp(data, "a", on_another_port).holds()
        assert not Stamp(data, "b", self.ENVIRONMENT).holds()
        assert not Stamp(data, "a", {**self.ENVIRONMENT, "CC_DEMO": "0"}).holds()

    def test_another_code_is_another_stamp(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "routing").mkdir()
        lock, code = tmp_path / "lock", tmp_path / "routing" / "models.py"
        lock.touch()
        monkeypatch.setattr("launcher.stamp.ROOT", tmp_path)
        monkeypatch.setattr("launcher.stamp.RUNTIME_LOCK", lock)
        for path in (code, lock):
            Stamp(DataFolder(tmp_path), "a", {}).set()
            assert Stamp(DataFolder(tmp_path), "a", {}).holds()
            path.write_text("changed")
            assert not Stamp(DataFolder(tmp_path), "a", {}).holds()

    def test_a_database_of_others_gets_none(self, tmp_path: Path) -> None:
        Stamp(DataFolder(tmp_path), "", {}).set()
        assert not Stamp(DataFolder(tmp_path), "", {}).holds()

    def test_a_damaged_one_does_not_hold(self, tmp_path: Path) -> None:
        (tmp_path / "prepared.json").write_text("{")
        assert not Stamp(DataFolder(tmp_path), "a", {}).holds()


def test_our_processes_may_keep_what_they_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in inherited()


class TestDataFolder:
    def test_its_secrets_stay_and_are_private(self, tmp_path: Path) -> None:
        data = DataFolder(tmp_path / "data")
        data.prepare()
        made = data.secrets()
        assert data.secrets() == made
        assert len(set(made.values())) == len(made)
        assert stat.S_IMODE((data.path / "secrets.json").stat().st_mode) == 0o600

    def test_one_launcher_at_a_time(self, tmp_path: Path) -> None:
        first, second = DataFolder(tmp_path), DataFolder(tmp_path)
        assert first.lock()
        assert not second.lock()
        first.unlock()
        assert second.lock()
        second.unlock()

    def test_nobody_else_may_enter(self, tmp_path: Path) -> None:
        data = DataFolder(tmp_path / "data")
        data.prepare()
        assert stat.S_IMODE(data.path.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard()
    yield guard
    guard.close()


def test_a_child_that_ends_again_and_again_is_started_later_each_time(tmp_path: Path, guard: Guard) -> None:
    now = 1000.0
    child = Child(Spec(name="short", argv=("/bin/false",), log=tmp_path / "short.log"), guard)
    child.start()
    service = Service(child, lambda: now)
    delays = []
    for _ in range(7):
        while child.exit_code() is None:
            time.sleep(0.01)
        assert service.look()
        noticed = now
        while not service.look():
            now += 0.25
        delays.append(now - noticed)
    assert delays == [0.5, 1, 2, 4, 8, 15, 15]
    now += 61
    while child.exit_code() is None:
        time.sleep(0.01)
    service.look()
    noticed = now
    while not service.look():
        now += 0.25
    assert now - noticed == 0.5
    child.kill()


def test_a_child_that_does_not_listen_is_ended_with_its_group(tmp_path: Path, guard: Guard) -> None:
    script = "trap '' TERM; sleep 60 & echo started; wait; sleep 60"
    log = tmp_path / "deaf.log"
    child = Child(Spec(name="deaf", argv=("/bin/sh", "-c", script), log=log, stop_seconds=0.3), guard)
    child.start()
    group = child.pid
    while "started" not in log.read_text():
        time.sleep(0.01)
    child.stop()
    deadline = time.monotonic() + 60
    while _living(group):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _living(group: int) -> bool:
    """True while the group has a member that is more than a zombie."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[2] == str(group) and fields[0] not in "ZX":
            return True
    return False


class TestChecks:
    @pytest.fixture
    def signals(self) -> Iterator[Signals]:
        before = {
            number: signal.getsignal(number)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
        }
        with Signals() as signals:
            yield signals
        for number, handler in before.items():
            signal.signal(number, handler)

    def test_the_first_failure_is_shown_and_ends_it(self, signals: Signals, capfd: pytest.CaptureFixture[str]) -> None:
        checks = [
            Check("good", ["true"]),
            Check("bad", ["sh", "-c", "echo this is why; exit 3"]),
            Check("slow", ["sleep", "60"]),
            Check("never", ["sh", "-c", "echo never"]),
        ]
        assert run_checks(checks, dict(os.environ), signals) == 3
        shown = capfd.readouterr().out
        assert "good: ok" in shown
        assert "this is why" in shown
        assert "bad: FAILED" in shown

    def test_success_is_one_line_each(self, signals: Signals, capfd: pytest.CaptureFixture[str]) -> None:
        assert run_checks([Check("good", ["true"]), Check("quiet", ["cat"])], dict(os.environ), signals) == 0
        assert {line.split(",")[0] for line in capfd.readouterr().out.splitlines()} == {"good: ok", "quiet: ok"}

    @pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
    def test_scripts_are_read_as_modules_and_a_mistake_is_shown_with_its_line(self, tmp_path: Path) -> None:
        (tmp_path / "good.js").write_text('import { a } from "./elsewhere.js";\nawait a();\n')
        (tmp_path / "bad.js").write_text("const a = 1;\nreturn a;\n")
        [check] = [check for check in all_checks() if check.name == "scripts (node)"]
        command = [part for part in check.argv if not part.endswith(".js")]
        done = subprocess.run(
            [*command, str(tmp_path / "good.js"), str(tmp_path / "bad.js")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "bad.js" in done.stderr and "[stdin]:2" in done.stderr and "good.js" not in done.stderr


class TestContainers:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

    def test_services(self) -> None:
        assert set(self.compose["services"]) == {"migrate", "web", "worker", "sweeper", "postgres", "valkey", "caddy"}
        for name in ("web", "worker", "sweeper"):
            assert self.compose["services"][name]["depends_on"]["migrate"] == {
                "condition": "service_completed_successfully"
            }

    def test_the_database_is_the_version_we_embed_with_its_volume_where_the_image_keeps_data(self) -> None:
        postgres = self.compose["services"]["postgres"]
        assert postgres["image"] == f"postgres:{MAJOR}"
        assert postgres["volumes"] == ["postgres:/var/lib/postgresql"]
        assert "PG_UNICODE_FAST" in postgres["environment"]["POSTGRES_INITDB_ARGS"]

    def test_every_named_volume_exists(self) -> None:
        used = {
            volume.split(":")[0]
            for service in self.compose["services"].values()
            for volume in service.get("volumes", [])
        }
        assert {name for name in used if not name.startswith(".")} == set(self.compose["volumes"])
        assert all((ROOT / name).exists() for name in used if name.startswith("."))

    def test_every_command_exists(self) -> None:
        from django.core.management import get_commands

        text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "Dockerfile").read_text()
        named = set(re.findall(r'manage\.py"?,? "?([a-z_]+)', text))
        assert named == {"migrate", "print_setup_link", "run_sweeper"}
        assert named <= set(get_commands())
        assert {"launcher.web", "celery"} == set(re.findall(r'-m(?:", "|\n +- )([a-z.]+)', text))

    def test_the_worker_runs_as_the_launcher_runs_it(self) -> None:
        from launcher.serve import WORKER_OPTIONS

        command = self.compose["services"]["worker"]["command"]
        assert set(WORKER_OPTIONS) - {"--queues=celery"} <= set(command)

    def test_only_caddy_can_be_reached(self) -> None:
        assert [name for name, service in self.compose["services"].items() if "ports" in service] == ["caddy"]
        assert "reverse_proxy web:8000" in (ROOT / "deploy" / "Caddyfile").read_text()

    def test_the_image_runs_as_a_user(self) -> None:
        lines = (ROOT / "Dockerfile").read_text().splitlines()
        assert lines.index("USER contactcenter") < next(n for n, line in enumerate(lines) if line.startswith("CMD"))
        assert any("--require-hashes -r requirements.lock" in line for line in lines)


def test_ci_runs_what_everybody_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "python3 run.py test"
