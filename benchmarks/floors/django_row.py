"""F, the floor of posting a message: its server's command line, its table, and how many rows there are."""

from __future__ import annotations

import psycopg

CREATE = b"CREATE TABLE rows (id bigserial PRIMARY KEY, conversation bigint, text text, at timestamptz DEFAULT now())"
COUNT = b"SELECT count(*) FROM rows"
APPLICATION = "benchmarks.floors.django_project"
SERVER = ("--worker-class=gthread", "--workers=2", "--threads=4", "--keep-alive=60", "--no-control-socket")


def count_rows(database_url: str) -> int:
    """How many rows there are, making the table if it is not there."""
    with psycopg.connect(database_url) as own:
        there = own.execute(b"SELECT to_regclass('rows')").fetchone()
        if there is None or there[0] is None:
            own.execute(CREATE)
        row = own.execute(COUNT).fetchone()
    return int(row[0]) if row else 0
