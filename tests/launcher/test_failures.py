"""What cannot work is said in one line that tells what to do, with nothing left running."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.process import ROOT
from tests.launcher.checkouts import NOBODY, Checkout, base_python, clean_environment, wait_until
from tests.launcher.conftest import FreshClone

pytestmark = [pytest.mark.xdist_group("launcher"), pytest.mark.timeout(900)]
NOWHERE = "http://127.0.0.1:9/"


def assert_one_clear_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """It failed, and its last line is the only one that speaks of the failure."""
    assert done.returncode == 1, done.stderr
    complaints = [line for line in done.stderr.splitlines() if line.startswith("run.py: ")]
    assert len(complaints) == 1, done.stderr
    assert done.stderr.splitlines()[-1] == complaints[0]
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in complaints[0]


def old_python() -> str:
    """A Python older than ours, if this machine has one."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    folders += sorted(Path.home().glob(".pyenv/versions/3.*/bin"), reverse=True)
    for minor in range(10, 5, -1):
        for folder in folders:
            python = folder / f"python3.{minor}"
            if python.exists() and subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0:
                return str(python)
    pytest.skip("NO PYTHON OLDER THAN 3.11 ON THIS MACHINE: what run.py says to one was not tested")


def test_a_too_old_python_is_told_which_one_is_needed() -> None:
    done = subprocess.run(
        [old_python(), "run.py"], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert_one_clear_line(done, "3.11 or newer", "python3.13 run.py")


def test_even_the_oldest_python_3_reads_run_py() -> None:
    """Its syntax is checked as of Python 3.7, the oldest that today's Python can still imitate."""
    import ast

    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 7))


def test_no_network_at_the_first_install(folder: Path) -> None:
    checkout = Checkout(folder, standin=True)
    nowhere = {
        "PIP_INDEX_URL": NOWHERE,
        "PIP_EXTRA_INDEX_URL": "",
        "UV_INDEX_URL": NOWHERE,
        "UV_DEFAULT_INDEX": NOWHERE,
    }
    empty = {
        "HOME": str(folder),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_NO_CACHE_DIR": "1",
        "UV_NO_CACHE": "1",
    }
    done = checkout.run("--port", "0", **nowhere, **empty)
    assert_one_clear_line(done, "check the network", "install.log")
    assert checkout.left_behind() == []


@pytest.mark.full
def test_an_interrupted_installation_is_repaired(folder: Path) -> None:
    checkout = Checkout(folder, standin=True)
    run = checkout.start("--port", "0")
    packages = checkout.path / ".venv" / "lib"
    wait_until(lambda: len(list(packages.glob("python*/site-packages/*"))) > 20, 120, "packages arrive")
    run.kill()
    wait_until(lambda: not checkout.left_behind(), 120, "the installer has ended too")
    done = checkout.run("manage", "version")
    assert done.returncode == 0, done.stderr
    assert "interrupted" in done.stderr


def damaged_version(data: Path) -> None:
    (data / "pgdata" / "PG_VERSION").write_text("15\n")


def garbage(data: Path) -> None:
    shutil.rmtree(data / "pgdata")
    (data / "pgdata").mkdir()
    (data / "pgdata" / "garbage").write_text("nothing of use")
    if os.geteuid() == 0:
        os.chown(data / "pgdata", NOBODY.pw_uid, NOBODY.pw_gid)


def damaged_control_file(data: Path) -> None:
    control = data / "pgdata" / "global" / "pg_control"
    control.write_bytes(b"\0" * control.stat().st_size)


def missing_secrets(data: Path) -> None:
    (data / "secrets.json").unlink()


def damaged_secrets(data: Path) -> None:
    (data / "secrets.json").write_text("{")


@pytest.fixture(scope="module")
def whole_data(fresh_clone: FreshClone, open_folder: Path) -> Path:
    """A data folder as an earlier run left it, to be damaged in copies."""
    folder = open_folder / "whole"
    assert fresh_clone.checkout.run("--data", str(folder), "manage", "version").returncode == 0
    return folder


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damaged_version, ["PostgreSQL 15", "18"]),
        (garbage, ["not a PostgreSQL data folder"]),
        (damaged_control_file, ["PostgreSQL did not start", "FATAL"]),
        (missing_secrets, ["secrets.json is missing"]),
        (damaged_secrets, ["secrets.json is damaged"]),
    ],
)
def test_a_broken_data_folder(
    checkout: Checkout, whole_data: Path, damage: Callable[[Path], None], words: list[str]
) -> None:
    subprocess.run(["cp", "-a", whole_data, checkout.data], check=True)
    damage(checkout.data)
    assert_one_clear_line(checkout.run("--port", "0"), *words, "restore", "--data DIR")
    assert checkout.left_behind() == []


@pytest.mark.parametrize("command", [["--port", "0"], ["manage", "check"]])
def test_a_data_folder_that_is_a_file(checkout: Checkout, command: list[str]) -> None:
    checkout.data.write_text("not a folder")
    assert_one_clear_line(checkout.run(*command), "cannot use the data folder", "--data DIR")


def test_an_address_of_another_machine(checkout: Checkout) -> None:
    assert_one_clear_line(checkout.run("--host", "192.0.2.1", "--port", "0"), "cannot serve on 192.0.2.1", "--host")


def test_a_project_that_does_not_start_is_named_with_its_log(checkout: Checkout) -> None:
    (checkout.path / "contactcenter" / "asgi.py").write_text("raise RuntimeError('out of order')\n")
    done = checkout.run("--port", "0")
    assert_one_clear_line(done, "web does not stay up", "web.log", "out of order")
    assert checkout.left_behind() == []


def test_a_migration_that_fails_is_named_with_its_log(checkout: Checkout) -> None:
    settings = checkout.path / "contactcenter" / "settings.py"
    settings.write_text(settings.read_text() + "\nraise RuntimeError('out of order')\n")
    assert_one_clear_line(checkout.run("--port", "0"), "prepare ended with exit code 1", "out of order", "prepare.log")
    assert checkout.left_behind() == []


@pytest.mark.parametrize("arguments", [["--port", "seven"], ["--prot", "80"], ["--port", "70000"], ["serve"]])
def test_a_mistyped_command_line(arguments: list[str]) -> None:
    done = subprocess.run(
        [base_python(), "run.py", *arguments],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("run.py: error: ")


def test_help_names_the_commands() -> None:
    done = subprocess.run(
        [base_python(), "run.py", "--help"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    for word in ("manage COMMAND", "test [--full]", "bench", "--no-demo", "DATABASE_URL"):
        assert word in done.stdout


def test_a_stop_while_installing_leaves_nothing(folder: Path) -> None:
    checkout = Checkout(folder, standin=True)
    run = checkout.start("--port", "0")
    wait_until(lambda: "installing" in run.errors(), 120, "the installation has begun")
    assert run.stop(signal.SIGTERM) == 130
    assert checkout.left_behind() == []
