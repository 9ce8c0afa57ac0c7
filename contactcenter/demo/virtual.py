"""Virtual customers and agents: they use the product through its own sockets and addresses, as browsers do."""

from __future__ import annotations

import asyncio
import json
import random
import re
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from contactcenter.checks import DEMO_PASSWORD
from contactcenter.demo import scripts

MARK = "demo"
# What passes between two people takes a moment, however fast the floor lives.
LEAST_SECONDS = 0.05
# Passwords are checked slowly, and everybody signs in at once.
ANSWER_SECONDS = 60.0
# Seconds at speed 1.
READING, WRITING, PATIENCE = 6.0, 12.0, 240.0
_OFFER = re.compile(r'data-offer="(\d+)".*?id="offer-\1-name">([^<]*)<', re.DOTALL)
_WRAP_UP = re.compile(r"/console/wrap-up/(\d+)/finish/")
_QUEUES = re.compile(r'value="(queue:\d+)"')
_DISPOSITIONS = re.compile(r'name="disposition"[^>]*value="(\d+)"')


@dataclass(kw_only=True)
class Talk:
    """One conversation to come: who writes what, by which widget."""

    customer: str
    language: str
    key: str
    topic: str
    lines: tuple[str, ...]
    # What the shop's server would sign.
    identity: str


@dataclass(kw_only=True)
class Floor:
    """What all people on it share."""

    url: str
    speed: float
    chance: random.Random
    talks: dict[str, Talk] = field(default_factory=dict)
    # Public ids of the conversations begun here.
    begun: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    async def think(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds * self.chance.uniform(0.6, 1.4) / self.speed, LEAST_SECONDS))

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    @asynccontextmanager
    async def socket(self, path: str, **headers: str) -> AsyncIterator[ClientConnection]:
        address = f"{self.url.replace('http', 'ws', 1)}{path}"
        async with connect(
            address,
            origin=Origin(self.url),
            additional_headers=headers,
            proxy=None,
            # A slow answer says that the machine is busy, not that something has failed.
            open_timeout=ANSWER_SECONDS,
            ping_timeout=None,
        ) as socket:
            yield socket

    def answered(self, response: httpx.Response) -> bool:
        """Whether it was done. What came too late is part of every floor; a failure is noted."""
        if response.status_code >= 500 or response.status_code in {400, 403}:
            self.problems.append(f"{response.status_code} {response.request.url.path}: {response.text[:120]}")
        return response.is_success


async def live_as_customer(floor: Floor, talk: Talk) -> None:
    """Write, wait, answer, rate; or lose patience and leave."""
    floor.talks[talk.customer] = talk
    try:
        async with floor.socket(f"/ws/w/{talk.key}/") as socket:
            await _send(socket, {"t": "hello", "identity": talk.identity, "locale": talk.language})
            await _write(floor, socket, talk.lines[0], topic=talk.topic)
            public_id = await _acknowledged(floor, socket)
            if not public_id:
                return
            if floor.happens(0.06):
                await floor.think(PATIENCE / 4)
                await _leave(floor, socket)
            elif await _talk_as_customer(floor, socket, talk) and floor.happens(0.6):
                await _rate(floor, talk, public_id)
    except (OSError, ConnectionClosed, httpx.HTTPError) as error:
        floor.problems.append(f"customer: {error!r}")
    finally:
        floor.talks.pop(talk.customer, None)


async def _send(socket: ClientConnection, frame: dict[str, Any]) -> None:
    await socket.send(json.dumps(frame))


async def _write(floor: Floor, socket: ClientConnection, text: str, **more: str) -> None:
    await _send(socket, {"t": "message", "id": str(uuid.uuid4()), "text": text, **more})


async def _leave(floor: Floor, socket: ClientConnection) -> None:
    floor.counts["left"] += 1
    await _send(socket, {"t": "end"})


async def _acknowledged(floor: Floor, socket: ClientConnection) -> str:
    """The id of the conversation that the first message has begun; empty if it was refused."""
    async for text in socket:
        frame = json.loads(text)
        if frame["t"] == "ack":
            floor.begun.append(frame["conversation"])
            floor.counts["conversations"] += 1
            return str(frame["conversation"])
        if frame["t"] == "error":
            floor.problems.append(f"widget: {frame['code']}")
            break
    return ""


async def _talk_as_customer(floor: Floor, socket: ClientConnection, talk: Talk) -> bool:
    """Answer each message of the agent's with the next line, until it is closed. False for who lost patience."""
    own = iter(talk.lines[2::2])
    try:
        async with asyncio.timeout(PATIENCE * 2 / floor.speed + 60):
            async for text in socket:
                frame = json.loads(text)
                if frame["t"] == "message" and frame["message"]["from"] == "agent":
                    await floor.think(READING)
                    line = next(own, "")
                    if line:
                        await _write(floor, socket, line)
                elif '"state":"closed"' in str(text):
                    return True
    except TimeoutError:
        await _leave(floor, socket)
    return False


async def _rate(floor: Floor, talk: Talk, public_id: str) -> None:
    async with httpx.AsyncClient(base_url=floor.url, timeout=ANSWER_SECONDS) as client:
        score = floor.chance.choices((5, 4, 3, 2), (6, 3, 1, 1))[0]
        response = await client.post(
            f"/w/{talk.key}/conversations/{public_id}/rating/",
            json={"score": score},
            headers={"X-Widget-Identity": talk.identity},
        )
        if floor.answered(response):
            floor.counts["rated"] += 1


class VirtualAgent:
    """One console: signs in, is available, takes what is offered, until it is cancelled."""

    def __init__(self, floor: Floor, username: str, name: str) -> None:
        self.floor, self.username, self.name = floor, username, name
        self._client = httpx.AsyncClient(base_url=floor.url, timeout=ANSWER_SECONDS)
        # Conversation -> set each time its customer has written.
        self._heard: dict[int, asyncio.Event] = {}
        self._at_hand: set[int] = set()
        self._refused: set[str] = set()
        self._work: set[asyncio.Task[None]] = set()

    async def live(self) -> None:
        try:
            await self._sign_in()
            cookies = "; ".join(f"{name}={value}" for name, value in self._client.cookies.items())
            async with self.floor.socket("/ws/console/", Cookie=cookies) as socket:
                await _send(socket, {"t": "hello", "open": {}})
                await self._post("/console/status/", state="available")
                self._start(self._look_at_offers())
                async for text in socket:
                    self._hear(json.loads(text))
        except (OSError, ConnectionClosed, httpx.HTTPError) as error:
            self.floor.problems.append(f"{self.username}: {error!r}")
        finally:
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)
            await self._client.aclose()

    async def _sign_in(self) -> None:
        await self._client.get("/accounts/login/")
        await self._post("/accounts/login/", login=self.username, password=DEMO_PASSWORD)
        if "sessionid" not in self._client.cookies:
            raise ConnectionError("not signed in")

    async def _post(self, path: str, **data: str) -> httpx.Response:
        response = await self._client.post(
            path, data=data, headers={"X-CSRFToken": self._client.cookies["csrftoken"], "HX-Request": "true"}
        )
        self.floor.answered(response)
        return response

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._report(work))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _report(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (OSError, ConnectionClosed, httpx.HTTPError) as error:
            self.floor.problems.append(f"{self.username}: {error!r}")

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["t"] in {"offer", "reset"}:
            self._start(self._look_at_offers())
        elif frame["t"] == "html" and 'data-kind="in"' in frame["html"]:
            heard = self._heard.get(frame["conversation"])
            if heard is not None:
                heard.set()

    async def _look_at_offers(self) -> None:
        page = (await self._client.get("/console/offers/")).text
        for number, name in _OFFER.findall(page):
            if int(number) not in self._at_hand:
                self._at_hand.add(int(number))
                self._start(self._answer_offer(int(number), unescape(name)))

    async def _answer_offer(self, number: int, customer: str) -> None:
        """Most are accepted, some declined, a few not noticed. A visitor's own is left to the visitor's agent, once."""
        talk = self.floor.talks.get(customer)
        await self.floor.think(READING)
        is_strangers = talk is None and customer not in self._refused
        if is_strangers or self.floor.happens(0.05):
            self._refused.add(customer)
            self.floor.counts["declined"] += 1
            await self._post(f"/console/offers/{number}/decline/", reason="not_my_topic" if is_strangers else "busy")
        elif self.floor.happens(0.02):
            self.floor.counts["missed"] += 1
            await asyncio.sleep(45)
            await self._post("/console/status/", state="available")
        else:
            response = await self._post(f"/console/offers/{number}/accept/")
            if response.is_success:
                shown = json.loads(response.headers.get("HX-Trigger", "{}"))
                await self._handle(int(shown["show-conversation"]), talk)

    async def _handle(self, conversation: int, talk: Talk | None) -> None:
        self._heard[conversation] = asyncio.Event()
        self.floor.counts["answered"] += 1
        try:
            if talk is not None:  # else it was there before the floor, and stays when that goes home
                await self._post(f"/console/c/{conversation}/tags/", add=MARK)
            if self.floor.happens(0.15):
                await self._write(conversation, "note", self.floor.chance.choice(scripts.NOTES))
            if self.floor.happens(0.05) and await self._transfer(conversation):
                return
            if await self._talk(conversation, talk):
                await self._close(conversation)
        finally:
            del self._heard[conversation]

    async def _talk(self, conversation: int, talk: Talk | None) -> bool:
        """Say each line when the customer has said theirs. False if it has ended meanwhile."""
        own = talk.lines[1::2] if talk is not None else scripts.SCRIPTS[0].lines["en"][1:2]
        for line in own:
            await self.floor.think(WRITING)
            self._heard[conversation].clear()
            if not await self._write(conversation, "reply", line.format(agent=self.name)):
                return False
            if line != own[-1] or talk is None or len(talk.lines) % 2:
                try:
                    async with asyncio.timeout(PATIENCE / 3 / self.floor.speed + 15):
                        await self._heard[conversation].wait()
                except TimeoutError:
                    return True
        await self.floor.think(READING)
        return True

    async def _write(self, conversation: int, kind: str, text: str) -> bool:
        response = await self._post(f"/console/c/{conversation}/{kind}/", text=text, client_id=uuid.uuid4().hex)
        return response.is_success

    async def _transfer(self, conversation: int) -> bool:
        dialog = await self._client.get(f"/console/c/{conversation}/transfer/")
        queues = _QUEUES.findall(dialog.text)
        if not queues:
            return False
        target = self.floor.chance.choice(queues)
        await self._post(f"/console/c/{conversation}/transfer/", target=target, note=scripts.NOTES[0])
        self.floor.counts["transferred"] += 1
        return True

    async def _close(self, conversation: int) -> None:
        response = await self._post(f"/console/c/{conversation}/close/")
        found = _WRAP_UP.search(response.text)
        if found is not None:
            await self.floor.think(WRITING)
            choices = _DISPOSITIONS.findall(response.text)
            disposition = self.floor.chance.choice(choices) if choices else ""
            note = self.floor.chance.choice(scripts.WRAP_UP_NOTES)
            await self._post(f"/console/wrap-up/{found[1]}/finish/", disposition=disposition, note=note)
