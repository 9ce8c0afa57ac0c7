"""The sweeper's duties over what waits: joined by customer, passed on or promised when nobody can answer, watched.

Each may run twice at once and returns how many rows it found.
"""

from __future__ import annotations

from routing.services.alerting import alert_about, end_settled_alerts, find_unseen
from routing.services.duplicates import find_unsettled, join_waiting
from routing.services.passing_on import apply_due_fallback, find_due_fallbacks
from routing.sweeping import each


def join_duplicates() -> int:
    """Customers who wait on several channels that are not joined: merged ones, and what a killed process has left."""
    return each(find_unsettled(), lambda pk: join_waiting(customer_id=pk))


def apply_due_fallbacks() -> int:
    """What waits where it has closed, where nobody is signed in any more, or where the last step is spent."""
    return each(find_due_fallbacks(), lambda pk: apply_due_fallback(conversation_id=pk))


def watch_waiting() -> int:
    """What nobody is going to take: the supervisors are told, and told no more once it is over."""
    found = each(find_unseen(), lambda pair: alert_about(conversation_id=pair[0], reason=pair[1]))
    end_settled_alerts()
    return found
