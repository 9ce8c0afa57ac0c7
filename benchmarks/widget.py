"""`widget`: what open pages cost, and how they come back.

`idle`: thousands of open widgets that say nothing: memory of the web process for each, beside a bare uvicorn's; and
beside them 100 messages a second by the clock, each timed until its `ack`. `storm`: the web process is killed under
pages that each wait in a conversation and write meanwhile; then how long until all are welcomed again and every message
is kept, once.
"""

from __future__ import annotations

import asyncio
import resource
import time
from pathlib import Path

import uvloop
from asgiref.sync import sync_to_async

from benchmarks.chat_clients import Customer, open_customers
from benchmarks.plan import Bound, Comparisons, Key, Plan, Ratio, Step
from benchmarks.samples import Sample
from benchmarks.seed_chat import WIDGET_KEY, ChatWorld, make_chat, write_first
from benchmarks.sockets import WebSocket
from benchmarks.stack import Stack, http_status, wait_until
from benchmarks.widget_pages import TEXT, Page, open_pages, until
from channels_app.webchat.identity import new_token
from contactcenter.conversations.models import ChannelAccount, Message
from contactcenter.management.commands.check_invariants import find_violations
from launcher.process import Child

IDLE, STORM = "idle", "storm"
WIDGET, HUB = "widget", "uvicorn hub"
PAGES, FEW_PAGES = 5_000, 500
STORM_PAGES, FEW_STORM_PAGES = 2_000, 200
MESSAGES_PER_SECOND = 100
MESSAGE_SECONDS, FEW_SECONDS = 20.0, 5.0
HISTORY = 1_000
# What opening left to do is done by then.
SETTLE_SECONDS = 2.0
BACK_SECONDS = 240.0
KILOBYTE = 1024


class WidgetBenchmark:
    """The product with web, worker and sweeper; web anew for every step, so that its memory is that of the step."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._stack = stack
        self._pages = FEW_PAGES if plan.is_quick else PAGES
        self._storm_pages = FEW_STORM_PAGES if plan.is_quick else STORM_PAGES
        self._seconds = FEW_SECONDS if plan.is_quick else MESSAGE_SECONDS
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        listener, self._url = stack.listener()
        self._world: ChatWorld = make_chat(self._url, HISTORY)
        account = ChannelAccount.objects.select_related("brand").get(pk=self._world.account_id)
        self._tokens = [new_token() for _ in range(self._storm_pages)]
        self._waiting = [write_first(account, token, number).pk for number, token in enumerate(self._tokens)]
        stack.start_product(listener, self._url)
        self._socket_url = f"{self._url.replace('http://', 'ws://')}/ws/w/{WIDGET_KEY}/"
        listener, url = stack.listener()
        self._hub_url = url.replace("http://", "ws://")
        arguments = ("-m", "benchmarks.floors.hub", str(listener.fileno()))
        stack.start("hub", *arguments, env=stack.environment(), pass_fds=(listener.fileno(),))

    def steps(self) -> list[Step]:
        return [
            Step(Key(IDLE, WIDGET, self._pages), lambda: uvloop.run(self._idle())),
            Step(Key(IDLE, HUB, self._pages), lambda: uvloop.run(self._idle_hub())),
            Step(Key(STORM, WIDGET, self._storm_pages), lambda: uvloop.run(self._storm())),
        ]

    def comparisons(self) -> Comparisons:
        """Nothing but correctness is demanded: no page stays away, no message is lost or doubled."""
        idle, storm = Key(IDLE, WIDGET, self._pages), Key(STORM, WIDGET, self._storm_pages)
        return Comparisons(
            ratios=[
                Ratio(
                    name="memory of an idle page / of a bare socket",
                    over=idle,
                    under=Key(IDLE, HUB, self._pages),
                    figure="socket_kb",
                )
            ],
            bounds=[
                Bound(name="memory of an idle page, kB", of=idle, figure="socket_kb", aim=64.0),
                Bound(name="message beside idle pages, p99 ms", of=idle, figure="p99_ms", aim=100.0),
                Bound(name="all pages back after the first, s", of=storm, figure="all_back_s", aim=30.0),
                Bound(name="all messages kept after the first, s", of=storm, figure="all_kept_s", aim=30.0),
            ],
        )

    def check(self) -> list[str]:
        return [f"invariant broken: {rule}: {what}" for rule, what in find_violations()]

    def close(self) -> None:
        """The stack stops what was started."""

    async def _again(self, child: Child) -> None:
        """The process anew."""
        await asyncio.to_thread(child.stop)
        child.start()
        if child is self._stack.child("web"):
            await self._ready(child)
        else:
            await asyncio.sleep(SETTLE_SECONDS)

    async def _ready(self, web: Child) -> None:
        await asyncio.to_thread(wait_until, lambda: http_status(self._url, "/healthz") == 200, "web again", web)

    async def _idle(self) -> Sample:
        web = self._stack.child("web")
        await self._again(web)
        # Code and pools that the first pages bring in are not the price of a page.
        first = await open_pages(self._socket_url, self._url, [None] * 20)
        before = _resident_kb(web.pid)
        pages = await open_pages(self._socket_url, self._url, [None] * self._pages)
        await asyncio.sleep(SETTLE_SECONDS)
        memory = (_resident_kb(web.pid) - before) / self._pages
        try:
            async with open_customers(self._socket_url, self._url, self._world.tokens) as customers:
                sample = await _by_the_clock(customers, self._seconds)
        finally:
            await _close([*first, *pages])
        sample.errors += [error for page in pages for error in page.errors]
        sample.extra = {"socket_kb": memory, "web_mb": _resident_kb(web.pid) / KILOBYTE}
        return sample

    async def _idle_hub(self) -> Sample:
        hub = self._stack.child("hub")
        await self._again(hub)
        first = [await WebSocket.open(f"{self._hub_url}/listen") for _ in range(20)]
        before, began = _resident_kb(hub.pid), time.perf_counter()
        sockets = [await WebSocket.open(f"{self._hub_url}/listen") for _ in range(self._pages)]
        seconds = time.perf_counter() - began
        await asyncio.sleep(SETTLE_SECONDS)
        memory = (_resident_kb(hub.pid) - before) / self._pages
        for socket in (*first, *sockets):
            socket.close()
        return Sample(seconds=seconds, count=self._pages, extra={"socket_kb": memory})

    async def _storm(self) -> Sample:
        web = self._stack.child("web")
        await self._again(web)
        before = await sync_to_async(self._kept)()
        pages = await open_pages(self._socket_url, self._url, self._tokens)
        try:
            killed = time.perf_counter()
            web.kill()
            for page in pages:
                page.write()
            web.start()
            back = await until(pages, "welcomed_at", killed, BACK_SECONDS)
            kept = await until(pages, "acked_at", killed, BACK_SECONDS)
        finally:
            await _close(pages)
        sample = Sample(seconds=max([*back, *kept], default=BACK_SECONDS), latencies=back, acknowledged=len(kept))
        sample.errors = [error for page in pages for error in page.errors]
        sample.errors += ["a page did not come back"] * (len(pages) - len(back))
        outage = min(back, default=BACK_SECONDS)  # until the first is back: starting anew is not the storm
        sample.extra = {
            "outage_s": outage,
            "all_back_s": max(max(back, default=BACK_SECONDS) - outage, 0.0),
            "all_kept_s": max(max(kept, default=BACK_SECONDS) - outage, 0.0),
        }
        rows = await sync_to_async(self._kept)() - before
        if rows != len(pages):
            sample.mismatches.append(f"{len(pages)} written, {len(kept)} acknowledged, {rows} kept")
        return sample

    def _kept(self) -> int:
        return Message.objects.filter(conversation__in=self._waiting, text=TEXT).count()


async def _by_the_clock(customers: list[Customer], seconds: float) -> Sample:
    """Messages at their moments, however long the ones before take; late ones count from when they were due."""
    sample = Sample(seconds=seconds)
    turns = {id(customer): asyncio.Lock() for customer in customers}

    async def post(customer: Customer, due: float) -> None:
        async with turns[id(customer)]:
            problem = await customer.post()
        if problem:
            sample.errors.append(problem)
        else:
            sample.latencies.append(time.perf_counter() - due)

    begins = time.perf_counter()
    posts = []
    for number in range(int(seconds * MESSAGES_PER_SECOND)):
        due = begins + number / MESSAGES_PER_SECOND
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        posts.append(asyncio.create_task(post(customers[number % len(customers)], due)))
    await asyncio.gather(*posts)
    sample.seconds = time.perf_counter() - begins
    return sample


async def _close(pages: list[Page]) -> None:
    await asyncio.gather(*(page.close() for page in pages))


def _resident_kb(pid: int) -> float:
    """What a process holds in memory, in kB; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((float(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0.0)


def prepare(stack: Stack, plan: Plan) -> WidgetBenchmark:
    """Seed, start the product and the floor."""
    return WidgetBenchmark(stack, plan)
