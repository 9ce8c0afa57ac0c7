"""The command line, and what follows from it."""

import argparse
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.process import ROOT

COMMANDS = ("manage", "test", "bench")
DESCRIPTION = """\
Starts the contact center: installs what it needs (once), starts its own PostgreSQL and Valkey, brings the database up
to date, and serves until Ctrl-C. DATABASE_URL and REDIS_URL in the environment make it use real servers instead.
"""
EPILOG = """\
commands:
  run.py [options]                        start it; "ready: URL" is printed when the page answers
  run.py [options] manage COMMAND ...     a management command on the same database, running or not
  run.py test [--full] [pytest args]      every check and test; with files or -k, only those tests
  run.py bench [NAME] [--quick] [--json FILE]    benchmarks on engines of their own
"""


@dataclass(frozen=True)
class Options:
    """What the person asked for."""

    host: str
    port: int
    data: Path
    demo: bool | None
    verbose: bool
    command: str
    arguments: tuple[str, ...]

    def demo_mode(self) -> bool:
        """Demo people and pages: when said so, or when only this machine can see them and the database is ours."""
        if self.demo is not None:
            return self.demo
        return is_loopback(self.host) and not os.environ.get("DATABASE_URL")


def parse(argv: Sequence[str]) -> Options:
    """Read the command line; argparse ends the program on mistakes and for --help."""
    parser = _parser()
    head, command, rest = _split(argv)
    if command == "manage":
        # Options of ours may also stand behind the word: `run.py manage --data DIR migrate`.
        more, rest = _leading_options(rest)
        head = [*head, *more]
    known = parser.parse_args(head)
    if command == "manage" and not rest:
        rest = ["help"]
    return Options(
        host=known.host,
        port=known.port,
        data=known.data.expanduser().absolute(),
        demo=known.demo,
        verbose=known.verbose,
        command=command,
        arguments=tuple(rest),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=_port, default=8000, help="port to serve on, 0 for any free one (default: 8000)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to serve on (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument(
        "--data", type=Path, default=ROOT / "var", metavar="DIR", help="folder of all data (default: var beside run.py)"
    )
    parser.add_argument(
        "--demo",
        action=argparse.BooleanOptionalAction,
        help="with demo people and pages; on by itself when only this machine can reach it and DATABASE_URL is not set",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show the logs of all processes here too")
    return parser


def _port(text: str) -> int:
    if text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no port number")


def _split(argv: Sequence[str]) -> tuple[list[str], str, list[str]]:
    """Our options, the command word if any, and what belongs to the command."""
    options, rest = _leading_options(argv)
    if rest and rest[0] in COMMANDS:
        return options, rest[0], rest[1:]
    return [*options, *rest], "", []


def _leading_options(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    with_value = {"--port", "--host", "--data"}
    own = {*with_value, "--demo", "--no-demo", "-v", "--verbose"}
    position = 0
    while position < len(argv) and argv[position].split("=", 1)[0] in own:
        position += 2 if argv[position] in with_value else 1
    return list(argv[:position]), list(argv[position:])


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reachable_host(host: str) -> str:
    """Where this machine reaches a server on that address: "all addresses" is none to call."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - names it, binds nothing


def host_in_url(host: str) -> str:
    """The host part of a URL for that address."""
    host = reachable_host(host)
    return f"[{host}]" if ":" in host else host
