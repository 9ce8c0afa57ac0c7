"""The dispatcher's floor: one durable conditional claim by primary key, on a connection of its own, committed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import psycopg

from benchmarks.cpu import process_seconds

ROWS_PER_WORKER = 40_000
_CLAIM = b"UPDATE claims SET state = 'c', agent = %s WHERE id = %s AND state = 'w'"


def prepare_claims(database_url: str, workers: int) -> None:
    """Fresh waiting rows, enough for every worker's own range."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS claims (id bigint PRIMARY KEY, state text, agent bigint)")
        connection.execute("TRUNCATE claims")
        connection.execute(
            "INSERT INTO claims SELECT n, 'w', NULL FROM generate_series(0, %s) n", (workers * ROWS_PER_WORKER - 1,)
        )
        connection.execute("CHECKPOINT")


def count_claimed(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM claims WHERE state = 'c'").fetchone()
    return int(row[0]) if row else 0


@dataclass
class ClaimTimes:
    """Of one worker: latencies of claims inside the window, and of all claims how many and their CPU seconds."""

    latencies: list[float] = field(default_factory=list)
    claimed: int = 0
    refused: int = 0
    app_cpu: float = 0.0
    backend_cpu: float = 0.0


def claim_for(database_url: str, number: int, begins: float, ends: float) -> ClaimTimes:
    """Claim row after row of this worker's range until `ends` (of `time.monotonic`); measured from `begins` on."""
    times = ClaimTimes()
    with psycopg.connect(database_url, autocommit=True, prepare_threshold=0) as connection:
        backend = connection.info.backend_pid
        cpu = (time.process_time(), process_seconds(backend))
        for row in range(number * ROWS_PER_WORKER, (number + 1) * ROWS_PER_WORKER):
            started = time.monotonic()
            if started >= ends:
                break
            _claim(connection, row, times)
            if started >= begins:
                times.latencies.append(time.monotonic() - started)
        times.app_cpu = time.process_time() - cpu[0]
        times.backend_cpu = process_seconds(backend) - cpu[1]
    return times


def _claim(connection: psycopg.Connection[Any], row: int, times: ClaimTimes) -> None:
    if connection.execute(_CLAIM, (row % 1000, row)).rowcount == 1:
        times.claimed += 1
    else:
        times.refused += 1
