"""The event log as a feed for programs: in the order of ids, and nothing skipped.

Ids are given out before commit, so a smaller one may become visible after a larger one. A reader who has passed it
would never see it. Whoever writes an event holds PostgreSQL's lock on the table (ROW EXCLUSIVE, as every INSERT takes
before it asks for an id) until they commit. So: note the last id seen, ask who is writing, and wait for those few
milliseconds; after that everything up to the noted id is there or never will be.
"""

from __future__ import annotations

import time

from django.db import connection

from contactcenter.conversations.models import Event

PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.01

_WRITING = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'conversations_event'::regclass AND mode = 'RowExclusiveLock' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND pid IS DISTINCT FROM pg_backend_pid()
"""


def last_settled_event() -> int | None:
    """Up to this id the log is complete for good; None while somebody's transaction takes too long to say."""
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    until = time.monotonic() + PATIENCE_SECONDS
    awaited = _writing()
    while awaited:
        if time.monotonic() > until:
            return None
        time.sleep(_PAUSE_SECONDS)
        awaited &= _writing()
    return last


def _writing() -> set[str]:
    """The transactions that hold new events back at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITING)
        return {transaction for (transaction,) in cursor.fetchall()}
