"""A provider's REST side: keeps what it was asked, says what it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from contactcenter.conversations.models import ChannelAccount
from tests.channels.kinds.providers import make_kind

# One pixel.
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
# What each provider says when it has taken a message.
TAKEN: dict[str, Any] = {
    "messenger": {"recipient_id": "7788990011223344", "message_id": "m_new"},
    "facebook": {"id": "900_78"},
    "instagram": {"recipient_id": "998877665544", "message_id": "i_new"},
    "whatsapp_cloud": {"contacts": [{"wa_id": "37255512345"}], "messages": [{"id": "wamid.NEW"}]},
    "whatsapp_twilio": {"sid": "SM" + "a" * 32, "status": "queued"},
    "viber": {"status": 0, "status_message": "ok", "message_token": 9007199254740993},
    "telegram": {"ok": True, "result": {"message_id": 9, "chat": {"id": 5551234567}}},
    "generic": {"id": "app-1"},
}


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """`answer` gets a request and gives (status, JSON or bytes)."""

    base: str = ""
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], tuple[int, Any]] = lambda _asked: (200, {})


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            asked = Asked(self.command, self.path, dict(self.headers), body)
            state.asked.append(asked)
            status, data = state.answer(asked)
            content = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _take

        def log_message(self, *_arguments: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    state.base = f"http://127.0.0.1:{http.server_port}"
    settings.PROVIDER_HOSTS = ["127.0.0.1"]
    settings.PUBLIC_URL = "https://contactcenter.example"
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture
def account(request: Any, server: Server) -> ChannelAccount:
    account = make_kind(request.param)
    account.api_base = server.base
    account.save()
    server.answer = lambda _asked: (200, TAKEN[request.param])
    return account


def kinds(*names: str) -> Any:
    return pytest.mark.parametrize("account", names, indirect=True)
