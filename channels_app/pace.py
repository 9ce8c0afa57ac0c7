"""How fast an account may send: one row an account says when its next message may go.

The generic cell rate algorithm (ITU-T I.371): the next moment moves by one interval with each message, and a message
may come up to `BURST` before it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Value
from django.db.models.functions import Greatest

from channels_app.models import SendPace
from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount

BURST = timedelta(seconds=1)


def seconds_to_wait(account: ChannelAccount, per_second: float) -> float:
    """Take one place in the account's pace: 0 if it was free, else the seconds until one is."""
    if not per_second:
        return 0
    moment, interval = now(), timedelta(seconds=1 / per_second)
    for _attempt in range(2):
        rows = SendPace.objects.filter(account=account, next_at__lte=moment + BURST)
        if rows.update(next_at=Greatest(F("next_at"), Value(moment)) + interval):
            return 0
        pace, is_new = SendPace.objects.get_or_create(account=account, defaults={"next_at": moment + interval})
        if is_new:
            return 0
    return max((pace.next_at - BURST - moment).total_seconds(), 0.05)
