"""What reaches the agents' consoles, when, and how many frames a second."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence

import redis.asyncio
from django.conf import settings

from benchmarks.chat_clients import OPENING_SEQ, Console, Customer, new_mark, open_consoles, open_customers
from benchmarks.plan import Plan
from benchmarks.samples import Sample
from benchmarks.seed_chat import WIDGET_KEY, ChatWorld
from benchmarks.sockets import WebSocket
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.realtime import CHANNEL

MESSAGES_PER_SECOND = 20
# Enough messages for a 99th percentile, in seconds per second of the plan's window.
REACH_STRETCH = 2
STRAGGLER_SECONDS = 15.0
# So many announcements are under way at once while fanning out; well below a socket's queue of 200 frames.
UNDER_WAY = 8
FRAME = "x" * 200


def _sockets(url: str) -> str:
    return url.replace("http://", "ws://")


async def reach_consoles(url: str, world: ChatWorld, level: int, plan: Plan) -> Sample:
    """Customers write 20 messages a second, whatever happens; each is timed until it is at each of the consoles."""
    widgets = f"{_sockets(url)}/ws/w/{WIDGET_KEY}/"
    async with (
        open_consoles(f"{_sockets(url)}/ws/console/", url, world.sessions[:level]) as consoles,
        open_customers(widgets, url, world.tokens) as customers,
    ):
        await _settle(consoles)
        warm = int(plan.warm_up * MESSAGES_PER_SECOND)
        count = warm + int(plan.window * REACH_STRETCH * MESSAGES_PER_SECOND)
        sent, problems = await _write_steadily(customers, count)
        await _until(lambda: all(sent.keys() <= console.arrivals.keys() for console in consoles), STRAGGLER_SECONDS)
        sample = Sample(seconds=plan.window * REACH_STRETCH, errors=problems)
        measured = list(sent.items())[warm:]
        for console in consoles:
            if console.was_reset:
                sample.errors.append("a console was told to reset")
            for mark, moment in measured:
                arrival = console.arrivals.get(mark)
                if arrival is None:
                    sample.errors.append("a message did not reach a console")
                else:
                    sample.latencies.append(arrival - moment)
        return sample


async def _settle(consoles: Sequence[Console]) -> None:
    """Frames about our own arrival are over when none has come for a moment."""
    before = -1
    while before != (before := sum(console.html_frames for console in consoles)):
        await asyncio.sleep(0.2)


async def _write_steadily(customers: Sequence[Customer], count: int) -> tuple[dict[bytes, float], list[str]]:
    """By the clock, not by the answers: a slow server does not slow the customers. Returns when each was sent."""
    begins = time.perf_counter()
    sent: dict[bytes, float] = {}
    posts = []
    for number in range(count):
        await asyncio.sleep(max(begins + number / MESSAGES_PER_SECOND - time.perf_counter(), 0))
        mark = new_mark()
        sent[mark.encode()] = time.perf_counter()
        posts.append(asyncio.create_task(customers[number % len(customers)].post(mark)))
    _done, late = await asyncio.wait(posts, timeout=STRAGGLER_SECONDS)
    for post in late:
        post.cancel()
    problems = [str(post.exception() or post.result()) for post in posts if post not in late]
    return sent, [problem for problem in problems if problem] + ["not acknowledged"] * len(late)


async def _until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.perf_counter() + seconds
    while not is_so() and time.perf_counter() < deadline:
        await asyncio.sleep(0.02)


async def fan_out_to_consoles(url: str, world: ChatWorld, level: int, plan: Plan) -> Sample:
    """Announce again what customers wrote first, in one conversation after the other, as fast as frames arrive."""
    async with open_consoles(f"{_sockets(url)}/ws/console/", url, world.sessions[:level]) as consoles:
        await _settle(consoles)
        client = redis.asyncio.Redis.from_url(settings.REDIS_URL)
        turn = 0

        async def announce() -> None:
            nonlocal turn
            turn += 1
            conversation = world.conversations[turn % len(world.conversations)]
            announcement = {
                "topic": f"conversation:{conversation}",
                "conversation": conversation,
                "seq": OPENING_SEQ,
                "kind": EventKind.MESSAGE_RECEIVED.value,
            }
            await client.publish(CHANNEL, json.dumps(announcement))

        try:
            sample = await _fan_out(announce, lambda: sum(console.openings for console in consoles), level, plan)
        finally:
            await client.aclose()
        if any(console.was_reset for console in consoles):
            sample.errors.append("a console was told to reset")
        return sample


async def fan_out_to_listeners(url: str, level: int, plan: Plan) -> Sample:
    """The same pace-making on the bare hub."""
    received = 0

    def count(_frame: bytes) -> None:
        nonlocal received
        received += 1

    listeners = [await WebSocket.open(f"{url}/listen", on_frame=count) for _ in range(level)]
    speaker = await WebSocket.open(f"{url}/speak")

    async def speak() -> None:
        speaker.send(FRAME.encode())

    try:
        return await _fan_out(speak, lambda: received, level, plan)
    finally:
        for socket in (*listeners, speaker):
            socket.close()


async def _fan_out(send: Callable[[], Awaitable[None]], received: Callable[[], int], level: int, plan: Plan) -> Sample:
    """Keep a few sendings under way and count what arrives inside the window; all of it must arrive in the end."""
    sent, counted_from = 0, None
    first = received()
    begins = time.perf_counter() + plan.warm_up
    ends = begins + plan.window
    while (moment := time.perf_counter()) < ends:
        if counted_from is None and moment >= begins:
            counted_from, begins = received(), moment
        if sent * level - (received() - first) < UNDER_WAY * level:
            await send()
            sent += 1
        else:
            await asyncio.sleep(0)
    count, seconds = received() - (counted_from or first), time.perf_counter() - begins
    await _until(lambda: received() - first >= sent * level, STRAGGLER_SECONDS)
    sample = Sample(seconds=seconds, count=count)
    if received() - first != sent * level:
        sample.errors.append(f"{sent} sent to {level} sockets, {received() - first} frames arrived")
    return sample
