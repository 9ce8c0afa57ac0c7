"""`chat`: a customer's message until it is durable, and until it is on the agents' screens.

`post`: messages into running conversations by the widget's socket and by its HTTP fall-back, beside F (one row by plain
Django). `reach`: 20 messages a second, each timed until its frame is at every open console. `fan out`: events announced
as fast as the consoles get them, beside a bare uvicorn that writes 200 bytes to as many sockets.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import uvloop

from benchmarks.chat_clients import TEXT, Customer, new_mark, open_customers
from benchmarks.chat_screens import fan_out_to_consoles, fan_out_to_listeners, reach_consoles
from benchmarks.cpu import is_known, tree_seconds
from benchmarks.floors.django_row import APPLICATION, SERVER, count_rows
from benchmarks.load import Exchange, HttpConnection, closed_loop, http_request
from benchmarks.plan import Bound, Comparisons, Key, Plan, Ratio, Step
from benchmarks.samples import MILLISECONDS, Sample
from benchmarks.seed_chat import WIDGET_KEY, ChatWorld, count_messages, make_chat
from benchmarks.stack import Stack, http_status, wait_until
from contactcenter.management.commands.check_invariants import find_violations

HISTORY, SHORT_HISTORY = 10_000, 1_000
POST, REACH, FAN_OUT = "post", "reach", "fan out"
SOCKET, FALLBACK, FLOOR = "widget socket", "widget http", "django row (F)"
CONSOLE, HUB = "console", "uvicorn hub"
# What opening connections left to do is done by then.
SETTLE_SECONDS = 0.3
WARMING = Plan(warm_up=0.0, window=1.0)


class ChatBenchmark:
    """The product with web, worker and sweeper, and both floors, all running throughout."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._stack = stack
        self._plan = plan
        listener, self._url = stack.listener()
        self._world: ChatWorld = make_chat(self._url, SHORT_HISTORY if plan.is_quick else HISTORY)
        self._product_pids = [*stack.start_product(listener, self._url), *stack.engines()]
        self._sockets = self._url.replace("http://", "ws://")
        self._floor, self._floor_pids = self._start_floor()
        self._hub = self._start_hub()
        self._warm_up()

    def _warm_up(self) -> None:
        """Connections, caches and pools of every process, before the first round."""
        plan, self._plan = self._plan, WARMING
        for measure in (self._by_socket, self._by_http, self._rows):
            uvloop.run(measure(max(plan.levels)))
        self._plan = plan

    def _start_floor(self) -> tuple[str, list[int]]:
        count_rows(self._stack.floor_database)
        listener, url = self._stack.listener()
        arguments = ("-m", "gunicorn", *SERVER, f"--bind=fd://{listener.fileno()}", APPLICATION)
        child = self._stack.start(
            "floor",
            *arguments,
            env=self._stack.environment(DATABASE_URL=self._stack.floor_database),
            pass_fds=(listener.fileno(),),
        )
        wait_until(lambda: http_status(url, "/") == 404, "the floor", child)
        return f"{url}/rows/", [child.pid, *self._stack.engines()]

    def _start_hub(self) -> str:
        listener, url = self._stack.listener()
        arguments = ("-m", "benchmarks.floors.hub", str(listener.fileno()))
        self._stack.start("hub", *arguments, env=self._stack.environment(), pass_fds=(listener.fileno(),))
        return url.replace("http://", "ws://")

    def steps(self) -> list[Step]:
        steps = []
        for level in self._plan.levels:
            steps += [
                Step(Key(POST, SOCKET, level), partial(self._post, level, SOCKET)),
                Step(Key(POST, FALLBACK, level), partial(self._post, level, FALLBACK)),
                Step(Key(POST, FLOOR, level), partial(self._post_row, level)),
                Step(Key(REACH, CONSOLE, level), partial(self._reach, level)),
                Step(Key(FAN_OUT, CONSOLE, level), partial(self._fan_out, level)),
                Step(Key(FAN_OUT, HUB, level), partial(self._fan_out_floor, level)),
            ]
        return steps

    def comparisons(self) -> Comparisons:
        """The goals of the studies as aims; nothing but correctness is demanded yet."""
        found = Comparisons()
        for level in self._plan.levels:
            floor = Key(POST, FLOOR, level)
            for system in (SOCKET, FALLBACK):
                key = Key(POST, system, level)
                found.ratios.append(
                    Ratio(name=f"messages/s by {system} / F, c={level}", over=key, under=floor, aim=_aim(level, 0.5))
                )
                found.ratios.append(
                    Ratio(name=f"CPU a message by {system} / F, c={level}", over=key, under=floor, figure="cpu_ms")
                )
                found.ratios.append(
                    Ratio(
                        name=f"p99 by {system} / F's, c={level}",
                        over=key,
                        under=floor,
                        figure="p99_ms",
                        aim=_aim(level, 2.0),
                    )
                )
            found.ratios.append(
                Ratio(
                    name=f"deliveries/s to {level} consoles / bare hub",
                    over=Key(FAN_OUT, CONSOLE, level),
                    under=Key(FAN_OUT, HUB, level),
                    aim=_aim(level, 0.6),
                )
            )
            found.bounds.append(
                Bound(
                    name=f"message on {level} consoles, p99 ms",
                    of=Key(REACH, CONSOLE, level),
                    figure="p99_ms",
                    aim=100.0,
                )
            )
        return found

    def check(self) -> list[str]:
        return [f"invariant broken: {rule}: {what}" for rule, what in find_violations()]

    def close(self) -> None:
        """The stack stops what was started."""

    def _post(self, level: int, system: str) -> Sample:
        measure = self._by_socket if system == SOCKET else self._by_http
        return _counted(measure(level), partial(count_messages, self._world))

    async def _by_socket(self, level: int) -> Sample:
        url = f"{self._sockets}/ws/w/{WIDGET_KEY}/"
        async with open_customers(url, self._url, self._world.tokens) as customers:
            lanes = [_in_turn(customers[number::level]) for number in range(level)]
            return await self._loop(lanes, self._product_pids)

    async def _by_http(self, level: int) -> Sample:
        url = f"{self._url}/w/{WIDGET_KEY}/messages/"
        connections = [await HttpConnection.open(self._url) for _ in range(level)]
        lanes = [
            _by_fallback(connection, url, self._url, self._world.tokens[number::level])
            for number, connection in enumerate(connections)
        ]
        sample = await self._loop(lanes, self._product_pids)
        for connection in connections:
            connection.close()
        return sample

    def _post_row(self, level: int) -> Sample:
        return _counted(self._rows(level), partial(count_rows, self._stack.floor_database))

    async def _rows(self, level: int) -> Sample:
        connections = [await HttpConnection.open(self._floor) for _ in range(level)]
        request = http_request("POST", self._floor, TEXT.format(mark=new_mark()).encode())
        sample = await self._loop([_plain(connection, request) for connection in connections], self._floor_pids)
        for connection in connections:
            connection.close()
        return sample

    async def _loop(self, lanes: list[Exchange], servers: list[int]) -> Sample:
        """The lanes at work, with the servers' CPU time for one answer."""
        await asyncio.sleep(SETTLE_SECONDS)
        cpu = tree_seconds(servers) if is_known() else 0.0
        sample = await closed_loop(lanes, warm_up=self._plan.warm_up, window=self._plan.window)
        if is_known() and sample.acknowledged:
            sample.extra["cpu_ms"] = (tree_seconds(servers) - cpu) / sample.acknowledged * MILLISECONDS
        return sample

    def _reach(self, level: int) -> Sample:
        return uvloop.run(reach_consoles(self._url, self._world, level, self._plan))

    def _fan_out(self, level: int) -> Sample:
        return uvloop.run(fan_out_to_consoles(self._url, self._world, level, self._plan))

    def _fan_out_floor(self, level: int) -> Sample:
        return uvloop.run(fan_out_to_listeners(self._hub, level, self._plan))


def _aim(level: int, aim: float) -> float | None:
    """One connection alone measures a delay, not what the machine can do."""
    return aim if level > 1 else None


def _counted(measure: Coroutine[Any, Any, Sample], count: Callable[[], int]) -> Sample:
    """Every acknowledged message is a row, and without errors nothing else is."""
    rows = count()
    sample = uvloop.run(measure)
    rows = count() - rows
    if rows < sample.acknowledged or (rows != sample.acknowledged and not sample.errors):
        sample.mismatches.append(f"{sample.acknowledged} acknowledged, {rows} rows written")
    return sample


def _in_turn(customers: list[Customer]) -> Exchange:
    """One lane of load: its customers write one after the other, as no single one writes hundreds a second."""
    turn = 0

    async def exchange() -> str:
        nonlocal turn
        turn += 1
        return await customers[turn % len(customers)].post()

    return exchange


def _by_fallback(connection: HttpConnection, url: str, origin: str, tokens: tuple[str, ...]) -> Exchange:
    turn = 0

    async def exchange() -> str:
        nonlocal turn
        turn += 1
        body = json.dumps({"id": str(uuid.uuid4()), "text": TEXT.format(mark=new_mark())}).encode()
        headers = {
            "Authorization": f"Bearer {tokens[turn % len(tokens)]}",
            "Content-Type": "application/json",
            "Origin": origin,
        }
        status, answer = await connection.request(http_request("POST", url, body, headers))
        return "" if status == 200 and b'"ack"' in answer else f"status {status}: {answer[:150]!r}"

    return exchange


def _plain(connection: HttpConnection, request: bytes) -> Exchange:
    async def exchange() -> str:
        status, answer = await connection.request(request)
        return "" if status == 200 and b'"id"' in answer else f"status {status}"

    return exchange


def prepare(stack: Stack, plan: Plan) -> ChatBenchmark:
    """Seed, start the product and the floors."""
    return ChatBenchmark(stack, plan)
