"""The leases of all agents whose consoles this process holds: written together, every ten seconds."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from django.db import Error as DatabaseError

from contactcenter.conversations.sockets import in_thread
from routing.services.agents import touch_presence

logger = logging.getLogger(__name__)

EVERY_SECONDS = 10


class PresenceKeeper:
    """Counts the open sockets of each agent; a lease ends by itself when the last one is gone."""

    def __init__(self) -> None:
        self._sockets: Counter[int] = Counter()
        self._task: asyncio.Task[None] | None = None

    def add(self, agent_id: int) -> None:
        self._sockets[agent_id] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._keep())

    def remove(self, agent_id: int) -> None:
        self._sockets[agent_id] -= 1
        if self._sockets[agent_id] <= 0:
            del self._sockets[agent_id]

    def present(self) -> list[int]:
        return sorted(self._sockets)

    async def _keep(self) -> None:
        while self._sockets:
            await asyncio.sleep(EVERY_SECONDS)
            if not self._sockets:
                return
            try:
                await in_thread(touch_presence, self.present())
            except DatabaseError as error:
                # The sweeper counts leases from the end of an outage.
                logger.warning("presence not written: %s", error)


presence = PresenceKeeper()
