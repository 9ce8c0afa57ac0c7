"""`console`: what an agent sees in a real browser, and when, while others work.

`post to screen`: a customer's POST until it is in the DOM of a console in Chromium, beside 0, 19 and 99 further
consoles as bare sockets. `burst`: 200 messages in 3 s, after which every row must stand at its last event. `away`: the
web process stopped for 10 s, then how long until the screen is right. `long list`, `long timeline`: scrolled to their
end and written into; counted are the stretches over 100 ms in which the page could not answer.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from functools import partial

import uvloop
from asgiref.sync import sync_to_async
from django.db import transaction

from benchmarks.chat_clients import new_mark, open_consoles
from benchmarks.console_page import ConsolePage, console_page
from benchmarks.load import HttpConnection, http_request
from benchmarks.plan import Bound, Comparisons, Key, Plan, Step
from benchmarks.samples import Sample
from benchmarks.seed_chat import WIDGET_KEY, ChatWorld, make_chat
from benchmarks.stack import Stack, http_status, wait_until
from contactcenter.base.clock import now
from contactcenter.conversations.events import EventKind
from contactcenter.conversations.locking import lock_conversation
from contactcenter.conversations.models import Conversation, Event, Message
from contactcenter.conversations.services.messages import add_message
from contactcenter.conversations.states import MessageKind
from contactcenter.management.commands.check_invariants import find_violations

SCREEN, BURST, AWAY, LIST, TIMELINE = "post to screen", "burst", "away", "long list", "long timeline"
CHROMIUM = "chromium"
CONSOLES = (0, 19, 99)
POSTS_PER_SECOND = 8
BURST_POSTS, BURST_SECONDS = 200, 3.0
AWAY_SECONDS, RIGHT_SECONDS = 10.0, 15.0
ROWS, FEW_ROWS = 10_000, 1_000
MESSAGES, FEW_MESSAGES = 2_000, 400
STRAGGLERS = 15.0
LIST_PATH = "/console/?tab=team"


class ConsoleBenchmark:
    """The product with web, worker and sweeper; Chromium anew for every step."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._stack = stack
        self._plan = plan
        self._rows = FEW_ROWS if plan.is_quick else ROWS
        self._messages = FEW_MESSAGES if plan.is_quick else MESSAGES
        listener, self._url = stack.listener()
        self._world: ChatWorld = make_chat(self._url, self._rows)
        self._long = self._world.conversations[-1]
        _lengthen(self._long, self._messages)
        stack.start_product(listener, self._url)

    def steps(self) -> list[Step]:
        levels = CONSOLES[:2] if self._plan.is_quick else CONSOLES
        return [
            *(Step(Key(SCREEN, CHROMIUM, level), partial(self._run, self._post_to_screen, level)) for level in levels),
            Step(Key(BURST, CHROMIUM, levels[-1]), partial(self._run, self._burst, levels[-1])),
            Step(Key(AWAY, CHROMIUM, 0), partial(self._run, self._away, 0)),
            Step(Key(LIST, CHROMIUM, self._rows), partial(self._run, self._long_list, 0)),
            Step(Key(TIMELINE, CHROMIUM, self._messages), partial(self._run, self._long_timeline, 0)),
        ]

    def comparisons(self) -> Comparisons:
        found = Comparisons()
        for step in self.steps():
            key = step.key
            if key.operation == SCREEN:
                found.bounds.append(
                    Bound(name=f"on the screen beside {key.level} consoles, p95 ms", of=key, figure="p95_ms", aim=150.0)
                )
            elif key.operation == AWAY:
                name = "screen right after the server is back, s"
                found.bounds.append(Bound(name=name, of=key, figure="right_after_s", must=RIGHT_SECONDS))
            elif key.operation in {LIST, TIMELINE}:
                name = f"{key.operation} of {key.level}: stretches over 100 ms"
                found.bounds.append(Bound(name=name, of=key, figure="long_tasks", aim=0.0))
        return found

    def check(self) -> list[str]:
        return [f"invariant broken: {rule}: {what}" for rule, what in find_violations()]

    def close(self) -> None:
        """The stack stops what was started."""

    def _run(self, measure, level: int) -> Sample:  # type: ignore[no-untyped-def]
        return uvloop.run(self._beside(measure, level))

    async def _beside(self, measure, level: int) -> Sample:  # type: ignore[no-untyped-def]
        """One browser and so many bare sockets, of people who sit at several screens if there are too few."""
        sessions = [self._world.sessions[number % len(self._world.sessions)] for number in range(level)]
        sockets = f"{self._url.replace('http://', 'ws://')}/ws/console/"
        async with (
            open_consoles(sockets, self._url, sessions),
            console_page(self._url, self._world.sessions[-1]) as page,
        ):
            sample: Sample = await measure(page)
        return sample

    async def _post(self, connection: HttpConnection, customer: int, mark: str) -> str:
        url = f"{self._url}/w/{WIDGET_KEY}/messages/"
        body = json.dumps({"id": str(uuid.uuid4()), "text": mark}).encode()
        headers = {
            "Authorization": f"Bearer {self._world.tokens[customer]}",
            "Content-Type": "application/json",
            "Origin": self._url,
        }
        status, answer = await connection.request(http_request("POST", url, body, headers))
        return "" if status == 200 and b'"ack"' in answer else f"status {status}: {answer[:150]!r}"

    async def _write(self, sample: Sample, count: int, per_second: float, *, customers: int) -> dict[str, float]:
        """Customers in turn, by the clock, on connections of their own. Mark -> when its POST began."""
        connections = [await HttpConnection.open(self._url) for _ in range(customers)]
        free = [asyncio.Lock() for _ in connections]
        sent: dict[str, float] = {}

        async def one(number: int) -> None:
            await asyncio.sleep(number / per_second)
            turn = number % customers
            async with free[turn]:
                mark = new_mark()
                sent[mark] = time.time()
                problem = await self._post(connections[turn], turn, mark)
            if problem:
                sample.errors.append(problem)

        await asyncio.gather(*(one(number) for number in range(count)))
        for connection in connections:
            connection.close()
        return sent

    async def _see(self, page: ConsolePage, sample: Sample, sent: dict[str, float]) -> None:
        """Wait until all marks have been on the screen; those that never were are errors."""
        deadline = time.monotonic() + STRAGGLERS
        while True:
            arrivals = await page.arrivals()
            if sent.keys() <= arrivals.keys() or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.05)
        for mark, began in sent.items():
            if mark in arrivals:
                sample.latencies.append(max(arrivals[mark] - began, 0.0))
            else:
                sample.errors.append("a message was never on the screen")

    async def _post_to_screen(self, page: ConsolePage) -> Sample:
        seconds = self._plan.window * 5
        await page.open(f"/console/c/{self._world.conversations[0]}/?tab=team")
        await self._write(Sample(seconds=0), POSTS_PER_SECOND, POSTS_PER_SECOND, customers=8)
        await page.forget_tasks()
        sample = Sample(seconds=seconds)
        sent = await self._write(sample, int(seconds * POSTS_PER_SECOND), POSTS_PER_SECOND, customers=8)
        await self._see(page, sample, sent)
        sample.extra = await page.long_tasks()
        return sample

    async def _burst(self, page: ConsolePage) -> Sample:
        await page.open(LIST_PATH)
        await page.forget_tasks()
        sample = Sample(seconds=BURST_SECONDS)
        customers = 20
        begun = time.monotonic()
        await self._write(sample, BURST_POSTS, BURST_POSTS / BURST_SECONDS, customers=customers)
        sample.seconds = max(time.monotonic() - begun, BURST_SECONDS)
        sample.count = BURST_POSTS
        wanted = await sync_to_async(self._last_events)(self._world.conversations[:customers])
        sample.extra = {"settled_after_s": await self._until_rows(page, wanted, sample), **await page.long_tasks()}
        return sample

    def _last_events(self, conversations: tuple[int, ...]) -> dict[int, int]:
        rows = Conversation.objects.filter(pk__in=conversations)
        return dict(rows.values_list("pk", "event_seq"))

    async def _until_rows(self, page: ConsolePage, wanted: dict[int, int], sample: Sample) -> float:
        """Seconds until every row stands at its last event."""
        begun = time.monotonic()
        while True:
            shown = await page.row_seqs()
            late = {pk for pk, seq in wanted.items() if shown.get(pk, 0) < seq}
            if not late or time.monotonic() - begun > RIGHT_SECONDS + 5:
                break
            await asyncio.sleep(0.05)
        sample.errors += ["a row does not stand at its last event"] * len(late)
        return time.monotonic() - begun

    async def _away(self, page: ConsolePage) -> Sample:
        """While web is stopped customers' messages come into the tables; afterwards the screen catches up by itself."""
        await page.open(LIST_PATH)
        web = self._stack.child("web")
        sample = Sample(seconds=AWAY_SECONDS)
        await asyncio.to_thread(web.stop)
        conversations = self._world.conversations[:5]
        for conversation in conversations:
            await sync_to_async(_add_by_the_service)(conversation)
        await asyncio.sleep(AWAY_SECONDS)
        web.start()
        await asyncio.to_thread(wait_until, lambda: http_status(self._url, "/healthz") == 200, "web again", web)
        wanted = await sync_to_async(self._last_events)(conversations)
        sample.extra = {"right_after_s": await self._until_rows(page, wanted, sample)}
        return sample

    async def _long_list(self, page: ConsolePage) -> Sample:
        """Down to the last row, then messages come in."""
        await page.open("/console/?tab=all")
        await page.forget_tasks()
        rows, begun = 0, time.monotonic()
        while (shown := await self._scroll_list(page)) > rows or await page.page.locator("#rows .more").count():
            if time.monotonic() - begun > 240:
                break
            rows = shown
        sample = Sample(seconds=time.monotonic() - begun, count=rows)
        await page.page.evaluate("document.querySelector('#list-body').scrollTop = 0")
        sent = await self._write(sample, 40, POSTS_PER_SECOND, customers=8)
        await self._see(page, sample, sent)
        sample.extra = {"rows": float(rows), **await page.long_tasks()}
        return sample

    async def _scroll_list(self, page: ConsolePage) -> int:
        await page.page.evaluate(
            "(body => { body.scrollTop = body.scrollHeight })(document.querySelector('#list-body'))"
        )
        await asyncio.sleep(0.05)
        return int(await page.page.evaluate("document.querySelectorAll('#rows .conv').length"))

    async def _long_timeline(self, page: ConsolePage) -> Sample:
        """Up to the first message, then the customer writes."""
        await page.open(f"/console/c/{self._long}/?tab=team")
        await page.forget_tasks()
        begun = time.monotonic()
        entries, still = 0, 0
        while still < 20 and time.monotonic() - begun < 240:
            await page.page.evaluate("document.querySelector('#scroller').scrollTop = -1e9")
            await asyncio.sleep(0.1)
            shown = int(await page.page.evaluate("document.querySelectorAll('.timeline > .msg').length"))
            still = 0 if shown > entries else still + 1
            entries = max(shown, entries)
            if entries >= self._messages:
                break
        sample = Sample(seconds=time.monotonic() - begun, count=entries)
        await page.page.evaluate("document.querySelector('#scroller').scrollTop = 0")
        connection = await HttpConnection.open(self._url)
        sent = {}
        for _ in range(30):
            mark = new_mark()
            sent[mark] = time.time()
            problem = await self._post(connection, len(self._world.tokens) - 1, mark)
            sample.errors += [problem] if problem else []
            await asyncio.sleep(0.1)
        connection.close()
        await self._see(page, sample, sent)
        if entries < self._messages:
            sample.errors.append(f"{entries} of {self._messages} messages could be scrolled to")
        sample.extra = {"entries": float(entries), **await page.long_tasks()}
        return sample


def _add_by_the_service(conversation_id: int) -> None:
    with transaction.atomic():
        conversation = lock_conversation(conversation_id)
        add_message(conversation, MessageKind.IN, new_mark(), identity=conversation.identity)


def _lengthen(conversation_id: int, count: int) -> None:
    """A conversation that has gone on for long."""
    conversation = Conversation.objects.get(pk=conversation_id)
    first = conversation.event_seq + 1
    seqs = range(first, first + count)
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            kind=MessageKind.IN if seq % 2 else MessageKind.NOTE,
            account=conversation.account,
            text=f"Message {seq}: where is my order? It was promised for Tuesday.",
            seq=seq,
        )
        for seq in seqs
    )
    Event.objects.bulk_create(
        Event(
            conversation=conversation,
            seq=seq,
            kind=EventKind.MESSAGE_RECEIVED if seq % 2 else EventKind.NOTE_ADDED,
            at=now(),
        )
        for seq in seqs
    )
    Conversation.objects.filter(pk=conversation_id).update(event_seq=seqs[-1])


def prepare(stack: Stack, plan: Plan) -> ConsoleBenchmark:
    """Seed and start the product."""
    return ConsoleBenchmark(stack, plan)
