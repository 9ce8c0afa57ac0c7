"""A number at Twilio, requests signed as Twilio signs them, and a stand-in at its REST socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from twilio.request_validator import RequestValidator

from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Channel
from routing.models import Queue
from tests import factories as make

TOKEN = "an auth token"
FIXTURES = Path(__file__).parents[2] / "fixtures/sms"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def queue(db: None) -> Queue:
    return make.make_queue()


@pytest.fixture
def account(queue: Queue, settings: Any) -> ChannelAccount:
    settings.PUBLIC_URL = "https://contactcenter.example"
    queue.brand.phone_region = "EE"
    queue.brand.save()
    return make.make_account(
        "sms",
        queue=queue,
        kind="sms",
        channel=Channel.SMS,
        address="+3726000001",
        secret=TOKEN,
        config={"account_sid": "AC" + "1" * 32},
    )


def fixture(name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FIXTURES / f"{name}.json").read_text())
    return found


def post(account: ChannelAccount, form: dict[str, str], *, signature: str | None = None) -> HttpResponse:
    """The request as Twilio makes it, with the signature of its own library unless another is given."""
    path = f"/hooks/{account.kind}/{account.slug}/"
    if signature is None:
        signature = RequestValidator(TOKEN).compute_signature(f"https://contactcenter.example{path}", form)
    body = urlencode(form)
    answer: Any = Client().post(path, body, content_type=FORM, headers={"X-Twilio-Signature": signature})
    return answer


@dataclass
class Twilio:
    """What was asked of Twilio's REST side, and what it says next: (status, JSON), or a callable that does it."""

    base: str = ""
    asked: list[tuple[str, dict[str, list[str]], str]] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], tuple[int, Any]] = lambda _request: (
        201,
        {"sid": "SM" + "a" * 32, "status": "queued", "error_code": None},
    )


@pytest.fixture
def twilio(account: ChannelAccount, settings: Any) -> Iterator[Twilio]:
    state = Twilio()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.asked.append((self.path, parse_qs(body, keep_blank_values=True), self.headers["Authorization"]))
            self._say(*state.answer(self))

        def do_GET(self) -> None:
            state.asked.append((self.path, {}, self.headers.get("Authorization", "")))
            self._say(*state.answer(self))

        def _say(self, status: int, data: Any) -> None:
            content = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            if status in {301, 302, 307}:
                self.send_header("Location", content.decode())
                content = b""
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.base = f"http://127.0.0.1:{server.server_port}"
    settings.PROVIDER_HOSTS = ["127.0.0.1"]
    account.api_base = state.base
    account.save()
    yield state
    server.shutdown()
    server.server_close()
