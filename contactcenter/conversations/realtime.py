"""From a commit to the sockets: one pub/sub channel, one subscription a process, fan-out in memory.

Services announce on commit; each web process runs one `Hub`, which asks the deliverers of a topic's prefix what
each viewer may see and puts it into their queues. Losing announcements loses nothing: everybody concerned is told
to `reset`, which means: fetch again.

What waits for the same viewers is delivered together: the busier the process, the less an announcement costs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, Protocol

import redis
import redis.asyncio
from django.conf import settings
from django.db import close_old_connections, transaction

logger = logging.getLogger(__name__)

CHANNEL = "contactcenter:announcements"
RESET = {"topic": "reset"}
Announcement = dict[str, Any]


class Publisher:
    """Sends announcements without ever raising or waiting long.

    After a failure it is silent for a second; the first success after one sends a reset before it, so
    that nobody relies on what was lost.
    """

    def __init__(self) -> None:
        self._client: redis.Redis | None = None
        self._silent_until = 0.0
        self._lost = False

    def publish(self, announcement: Announcement) -> None:
        if time.monotonic() < self._silent_until:
            self._lost = True
            return
        try:
            if self._client is None:
                timeout = settings.REDIS_TIMEOUT_SECONDS
                self._client = redis.Redis.from_url(
                    settings.REDIS_URL, socket_timeout=timeout, socket_connect_timeout=timeout
                )
            if self._lost:
                self._client.publish(CHANNEL, json.dumps(RESET))
                self._lost = False
            self._client.publish(CHANNEL, json.dumps(announcement))
        except (redis.RedisError, OSError) as error:
            self._lost = True
            self._silent_until = time.monotonic() + 1
            logger.warning("announcement not sent: %s", error)

    def recover(self) -> None:
        """Called by the sweeper and the hub: send the reset that a failure owes."""
        if self._lost:
            self.publish(RESET)


publisher = Publisher()


def announce_on_commit(announcement: Announcement) -> None:
    """Publish once the transaction has committed; never fails the caller."""
    transaction.on_commit(lambda: publisher.publish(announcement), robust=True)


def announce_now(announcement: Announcement) -> None:
    """Publish what is no change of state (typing, presence of a viewer)."""
    publisher.publish(announcement)


class Subscriber(Protocol):
    """A socket's end in the hub. `viewer` is what a deliverer needs to decide and render."""

    viewer: Any

    def push(self, frame: str) -> None: ...
    def reset(self) -> None: ...


# (announcements in their order, viewers) -> the frames of each viewer, in the viewers' order. Runs in a thread, may
# use the database.
Deliverer = Callable[[Sequence[Announcement], Sequence[Any]], Sequence[Sequence[str]]]
# So many announcements at once: what waits longer is not kept from those who could have it already.
MOST_AT_ONCE = 32


def one_by_one(deliver: Callable[[Announcement, Sequence[Any]], Sequence[str | None]]) -> Deliverer:
    """A deliverer of a function that makes a frame or None for each viewer of one announcement."""

    @wraps(deliver)
    def deliver_all(announcements: Sequence[Announcement], viewers: Sequence[Any]) -> Sequence[Sequence[str]]:
        rounds = [deliver(announcement, viewers) for announcement in announcements]
        return [[frame for frame in frames if frame is not None] for frames in zip(*rounds, strict=True)]

    return deliver_all


class Hub:
    """The sockets of this process by topic, fed by one subscription."""

    def __init__(self) -> None:
        self._topics: dict[str, set[Subscriber]] = defaultdict(set)
        self._deliverers: list[tuple[str, str, Deliverer]] = []
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="hub")
        # What waits for a deliverer, by (audience, deliverer): one task works through each, in order.
        self._waiting: dict[tuple[str, int], deque[Announcement]] = {}

    def register(self, prefix: str, audience: str, deliverer: Deliverer) -> None:
        """Announcements on topics with `prefix` go to the subscribers of `audience` by way of `deliverer`.

        In `audience`, `{topic}` stands for the announcement's own topic.
        """
        self._deliverers.append((prefix, audience, deliverer))

    def join(self, topic: str, subscriber: Subscriber) -> None:
        self._topics[topic].add(subscriber)
        if self._task is None or self._task.done():
            self._listening = asyncio.Event()
            self._waiting.clear()
            self._task = asyncio.get_running_loop().create_task(self._listen())

    async def listening(self, *, timeout: float = 2) -> bool:
        """Whether the subscription stands, waiting a little: what is read after that misses nothing."""
        try:
            await asyncio.wait_for(self._listening.wait(), timeout)
        except TimeoutError:
            return False
        return True

    def leave(self, topic: str, subscriber: Subscriber) -> None:
        members = self._topics.get(topic)
        if members is not None:
            members.discard(subscriber)
            if not members:
                del self._topics[topic]

    def members(self, topic: str) -> set[Subscriber]:
        return self._topics.get(topic, set())

    def reset_all(self) -> None:
        for subscriber in {subscriber for members in self._topics.values() for subscriber in members}:
            subscriber.reset()

    async def _listen(self) -> None:
        delay = 0.1
        missed = False
        while True:
            client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, health_check_interval=5)
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(CHANNEL)
                    await subscription.get_message(timeout=5)  # the confirmation
                    if missed:
                        self.reset_all()
                    missed, delay = True, 0.1
                    self._listening.set()
                    while True:
                        message = await subscription.get_message(timeout=5)
                        if message is not None:
                            self._dispatch(json.loads(message["data"]))
            except (redis.RedisError, OSError) as error:
                logger.warning("subscription lost: %s", error)
                self._listening.clear()
                missed = True
                await asyncio.sleep(delay)
                delay = min(delay * 2, 2)
            finally:
                await client.aclose()

    def _dispatch(self, announcement: Announcement) -> None:
        topic = announcement["topic"]
        if topic == RESET["topic"]:
            self.reset_all()
            return
        for index, (prefix, pattern, _deliverer) in enumerate(self._deliverers):
            audience = pattern.format(topic=topic)
            if not (topic.startswith(prefix) and self.members(audience)):
                continue
            waiting = self._waiting.get((audience, index))
            if waiting is not None:
                waiting.append(announcement)
                continue
            self._waiting[audience, index] = deque([announcement])
            task = asyncio.get_running_loop().create_task(self._work_through(audience, index))
            task.add_done_callback(_log_failure)

    async def _work_through(self, audience: str, index: int) -> None:
        """Frames for one audience keep their order; those for different ones go side by side."""
        waiting = self._waiting[audience, index]
        try:
            while waiting:
                count = min(len(waiting), MOST_AT_ONCE)
                await self._deliver([waiting.popleft() for _ in range(count)], audience, index)
        finally:
            if self._waiting.get((audience, index)) is waiting:
                del self._waiting[audience, index]

    async def _deliver(self, announcements: Sequence[Announcement], audience: str, index: int) -> None:
        members = list(self.members(audience))
        if not members:
            return
        viewers = [member.viewer for member in members]
        deliverer = self._deliverers[index][2]
        loop = asyncio.get_running_loop()
        try:
            given = await loop.run_in_executor(self._executor, _call, deliverer, announcements, viewers)
        except Exception:
            logger.exception("delivery failed")
            # What could not be rendered may still be fetched.
            for member in members:
                member.reset()
            return
        for member, frames in zip(members, given, strict=True):
            for frame in frames:
                member.push(frame)


def _call(
    deliverer: Deliverer, announcements: Sequence[Announcement], viewers: Sequence[Any]
) -> Sequence[Sequence[str]]:
    close_old_connections()
    try:
        return deliverer(announcements, viewers)
    finally:
        close_old_connections()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("delivery failed", exc_info=task.exception())


hub = Hub()
