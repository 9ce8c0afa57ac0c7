"""The record of where and on what a run was made: figures without it mean nothing later."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.cpu import CORES

ROOT = Path(__file__).resolve().parent.parent


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def git_record() -> dict[str, Any]:
    """The commit measured, and whether the working tree differs from it."""
    return {"sha": _git("rev-parse", "HEAD"), "dirty": bool(_git("status", "--porcelain"))}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def environment_record(database_url: str) -> dict[str, Any]:
    """Machine, versions, and how durable the database is."""
    settings = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    with psycopg.connect(database_url) as connection:
        values = {name: _show(connection, name) for name in settings}
    return {
        "cores": CORES,
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("django", "channels", "uvicorn", "psycopg", "gunicorn")},
        "postgresql": values,
        "load_average_at_start": os.getloadavg()[0],
    }


def _show(connection: psycopg.Connection[Any], name: str) -> str:
    row = connection.execute(f"SHOW {name}".encode()).fetchone()
    return str(row[0]) if row else ""
