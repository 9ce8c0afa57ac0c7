"""How many connections the processes may open, and how many the database takes: said at each start."""

from collections.abc import Mapping

import psycopg

from launcher.output import note

POOL_SIZE = 12  # the default of CC_DATABASE_POOL_SIZE
# web, the worker and its two children, sweeper: a pool each
POOLS = 5
# The sweeper's lock has a connection of its own.
BESIDE_POOLS = 1


def tell_connections(environment: Mapping[str, str]) -> None:
    """Print both numbers, and what to do if the first is larger. What cannot be read is
    told by the steps that follow."""
    try:
        most = POOLS * int(environment.get("CC_DATABASE_POOL_SIZE") or POOL_SIZE) + BESIDE_POOLS
        with psycopg.connect(environment["DATABASE_URL"], connect_timeout=5) as connection:
            row = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    except (psycopg.Error, ValueError):
        return
    allowed = row[0] if row is not None else 0
    advice = "" if most <= allowed else "; set CC_DATABASE_POOL_SIZE lower, or max_connections of the server higher"
    note(f"up to {most} database connections, the server allows {allowed}{advice}")
