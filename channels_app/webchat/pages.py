"""What a process does for all its open pages at once: renews their leases, tells those who wait their place."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import defaultdict
from typing import Protocol

from channels_app.webchat.delivering import Page, news_of_state
from channels_app.webchat.frames import state_frame
from channels_app.webchat.presence import RENEW_SECONDS, renew
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.sockets import in_thread
from contactcenter.conversations.states import ConversationState
from routing.selectors import positions_in_queue

logger = logging.getLogger(__name__)

POSITION_SECONDS = 10


class OpenPage(Protocol):
    """A socket, as far as this module is concerned."""

    page_id: uuid.UUID
    viewer: Page

    def push(self, frame: str) -> None: ...


class Pages:
    """The pages of this process that show a conversation."""

    def __init__(self) -> None:
        self._open: dict[uuid.UUID, OpenPage] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, page: OpenPage) -> None:
        self._open[page.page_id] = page
        if not self._tasks or any(task.done() for task in self._tasks):
            for task in self._tasks:
                task.cancel()
            loop = asyncio.get_running_loop()
            self._tasks = [
                loop.create_task(_repeat(RENEW_SECONDS, self.renew)),
                loop.create_task(_repeat(POSITION_SECONDS, self.tell_positions)),
            ]

    def remove(self, page: OpenPage) -> None:
        self._open.pop(page.page_id, None)

    async def renew(self) -> None:
        """One statement for all leases of this process."""
        held = {page_id: page.viewer.conversation_id for page_id, page in self._open.items()}
        leases = {page_id: pk for page_id, pk in held.items() if pk is not None}
        if leases:
            await in_thread(renew, leases)

    async def tell_positions(self) -> None:
        """Push `state` to the pages whose place in the queue has changed."""
        pages: dict[int, list[OpenPage]] = defaultdict(list)
        for page in self._open.values():
            if page.viewer.conversation_id is not None and '"state":"queued"' in page.viewer.last_state:
                pages[page.viewer.conversation_id].append(page)
        if not pages:
            return
        for pk, frame in (await in_thread(_waiting_frames, list(pages))).items():
            for page, news in zip(pages[pk], news_of_state(frame, [page.viewer for page in pages[pk]]), strict=True):
                if news is not None:
                    page.push(news)


def _waiting_frames(conversation_ids: list[int]) -> dict[int, str]:
    positions = positions_in_queue(conversation_ids)
    waiting = Conversation.objects.filter(
        pk__in=positions, state__in=[ConversationState.QUEUED, ConversationState.OFFERED]
    )
    return {row.pk: state_frame(row, position=positions[row.pk]) for row in waiting}


async def _repeat(seconds: float, act: object) -> None:
    assert callable(act)
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Exception:
            logger.exception("pages not served")


pages = Pages()
