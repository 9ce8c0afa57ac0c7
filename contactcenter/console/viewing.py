"""Who looks at which conversation, in all processes together; nothing of it is stored.

Each process announces who looks at a conversation through it: at every change, every ten seconds while somebody does,
and when another asks. What a process said counts for thirty seconds, so that a dead one's people disappear.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from contactcenter.accounts.selectors import Viewer
from contactcenter.console.frames import audiences_of, encode
from contactcenter.conversations.realtime import Announcement, announce_now, hub, one_by_one
from contactcenter.conversations.selectors import sees
from contactcenter.conversations.sockets import in_thread

EVERY_SECONDS = 10
COUNTS_SECONDS = 30

# (user, name)
Person = tuple[int, str]


def viewing_topic(conversation_id: int) -> str:
    """What a socket joins to see who else looks at a conversation that it has open."""
    return f"console:viewing:{conversation_id}"


class Viewing:
    """One process's part of it: its own people, and what the others said."""

    def __init__(self, process: str = "") -> None:
        self.process = process or secrets.token_hex(8)
        # Conversation -> socket -> who.
        self._own: dict[int, dict[object, Person]] = defaultdict(dict)
        # Conversation -> process -> (who, until when that counts).
        self._said: dict[int, dict[str, tuple[list[Person], float]]] = {}
        self._told: dict[int, list[Person]] = {}
        self._lock = threading.Lock()
        self._task: asyncio.Task[None] | None = None

    async def enter(self, conversation_id: int, socket: object, person: Person) -> None:
        """This socket's person looks now: all are told, and the newcomer learns who is there."""
        self._own[conversation_id][socket] = person
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._keep())
        await in_thread(self._announce, conversation_id, asks=True)

    async def leave(self, conversation_id: int, socket: object) -> None:
        if self._own[conversation_id].pop(socket, None) is not None:
            await in_thread(self._announce, conversation_id)
        if not self._own[conversation_id]:
            del self._own[conversation_id]

    def clear(self) -> None:
        self._own.clear()
        self._said.clear()
        self._told.clear()

    async def _keep(self) -> None:
        while self._own:
            await asyncio.sleep(EVERY_SECONDS)
            await in_thread(self._announce_all)

    def _announce_all(self) -> None:
        for conversation_id in list(self._own):
            self._announce(conversation_id)

    def _announce(self, conversation_id: int, *, asks: bool = False) -> None:
        # Read and sent under the lock, so that the last word is the latest.
        with self._lock:
            people = sorted(set(self._own.get(conversation_id, {}).copy().values()))
            topic = f"viewing:{conversation_id}"
            announce_now({"topic": topic, "process": self.process, "people": people, "asks": asks})

    def hear(self, conversation_id: int, announcement: Announcement, *, at: float) -> list[Person] | None:
        """Who looks at it now, each person once; None where nobody has to be told anew."""
        said = self._said.setdefault(conversation_id, {})
        process, asks = announcement["process"], announcement["asks"]
        said[process] = ([(pk, name) for pk, name in announcement["people"]], at + COUNTS_SECONDS)
        for other in [other for other, (people, until) in said.items() if not people or until < at]:
            del said[other]
        if asks and process != self.process and self._own.get(conversation_id):
            self._announce(conversation_id)
        people = sorted({person for people, _until in said.values() for person in people})
        if not said:
            del self._said[conversation_id]
        before = self._told.pop(conversation_id, [])
        if people:
            self._told[conversation_id] = people
        return people if asks or people != before else None


viewing = Viewing()


def deliver_viewing(announcement: Announcement, viewers: Sequence[Viewer]) -> list[str | None]:
    """To all who have the conversation open and still see it: who else looks at it."""
    conversation_id = int(announcement["topic"].partition(":")[2])
    people = viewing.hear(conversation_id, announcement, at=time.monotonic())
    if people is None:
        return [None] * len(viewers)
    audience = audiences_of([conversation_id], viewers).get(conversation_id)
    return [
        encode(_frame(conversation_id, [person for person in people if person[0] != viewer.user_id]))
        if audience is not None and sees(viewer, audience)
        else None
        for viewer in viewers
    ]


def _frame(conversation_id: int, people: Sequence[Person]) -> dict[str, Any]:
    told = [{"user": pk, "name": name} for pk, name in people]
    return {"t": "viewers", "conversation": conversation_id, "people": told}


hub.register("viewing:", "console:{topic}", one_by_one(deliver_viewing))
