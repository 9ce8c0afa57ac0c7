"""What is open now: the topics of a widget and the hours of their queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from routing.models import EntryPoint, Queue
from routing.selectors import queue_is_open, queue_opens_at
from routing.waiting_time import Told, told_of
from routing.waits import queue_bands

# Many sockets ask at once after a restart; hours do not change within seconds.
_FRESH = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    slug: str
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """`opens_at` is None while open, and where nothing opens again."""

    is_open: bool
    opens_at: datetime | None
    topics: tuple[Topic, ...]
    # What somebody who writes without a topic would be told.
    wait: Told | None = None


_known: dict[int, tuple[datetime, Availability]] = {}
_hours: dict[int, tuple[datetime, bool, datetime | None]] = {}


def forget() -> None:
    """For tests, which change hours from one moment to the next."""
    _known.clear()
    _hours.clear()


def hours_of(queue: Queue) -> tuple[bool, datetime | None]:
    """Whether a queue is open, and when it opens again if not; at most five seconds old."""
    moment = now()
    known = _hours.get(queue.pk)
    if known is None or abs(moment - known[0]) >= _FRESH:
        is_open = queue_is_open(queue, moment)
        known = _hours[queue.pk] = (moment, is_open, None if is_open else queue_opens_at(queue, moment))
    return known[1], known[2]


def availability_of(account: ChannelAccount) -> Availability:
    """Whether anybody answers this widget now, at most five seconds old."""
    moment = now()
    known = _known.get(account.pk)
    if known is not None and abs(moment - known[0]) < _FRESH:
        return known[1]
    found = _read(account, moment)
    _known[account.pk] = (moment, found)
    return found


def _read(account: ChannelAccount, moment: datetime) -> Availability:
    points = EntryPoint.objects.filter(account=account, queue__is_active=True).select_related("queue__calendar")
    open_queues = {point.queue_id: queue_is_open(point.queue, moment) for point in points}
    queues = {point.queue_id: point.queue for point in points}
    is_open = any(open_queues.values())
    openings = [] if is_open else [queue_opens_at(queue, moment) for queue in queues.values()]
    topics = [
        Topic(slug=point.topic, name=point.topic_name, is_open=open_queues[point.queue_id])
        for point in points
        if point.topic and point.topic_name
    ]
    usual = next((point.queue for point in points if not point.topic and open_queues[point.queue_id]), None)
    band = queue_bands([usual], channel=account.channel).get(usual.pk, {}).get(account.channel) if usual else None
    return Availability(
        is_open=is_open,
        opens_at=min((opening for opening in openings if opening is not None), default=None),
        wait=told_of(band) if band else None,
        topics=tuple(sorted(topics, key=lambda topic: topic.name.casefold())),
    )
