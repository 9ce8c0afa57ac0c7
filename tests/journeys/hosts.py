"""Pages of other people's shops: served from another origin than the widget, with whatever their owners put on them."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import psycopg
from playwright.sync_api import BrowserContext
from psycopg.types.json import Jsonb

from tests.journeys.desk import Desk

KEY = "pk_demo_shop"
NONCE = "r4nd0m"
# The snippet as docs/widget.md gives it, with the nonce that a strict policy asks for.
_SNIPPET = """<script nonce="%(nonce)s">
(function(w,d,u){w.cc=w.cc||function(){(w.cc.q=w.cc.q||[]).push([].slice.call(arguments))};
var s=d.createElement('script');s.async=1;s.src=u;d.head.appendChild(s)})(window,document,'%(desk)s/w/v1.js');
%(calls)s
</script>"""
_PAGE = """<!doctype html><html lang="%(language)s"><head><meta charset="utf-8"><title>%(path)s</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style nonce="%(nonce)s">%(style)s</style></head>
<body><h1>A shop of somebody else</h1><p id="words">Coats, boots, gloves.</p><button>Buy</button>
%(snippet)s</body></html>"""

# What a page's own rules may do to everything on it.
HOSTILE = """
* { all: unset !important; position: static !important; display: none !important; color: red !important }
html, head, body, h1, p, button { display: block !important }
html > div, div, iframe, button { opacity: 0 !important; transform: scale(3) !important; visibility: hidden !important;
  pointer-events: none !important; width: 0 !important; height: 0 !important; z-index: -1 !important }
body { transform: translateX(40px) rotate(3deg); overflow: hidden; filter: blur(0) }
"""

# No storage, no cookies for pages inside other pages, as browsers have it that block third parties.
_NO_THIRD_PARTIES = """if (window !== top) {
  const refuse = { get() { throw new DOMException("blocked", "SecurityError"); } };
  for (const name of ["localStorage", "sessionStorage", "indexedDB"]) Object.defineProperty(window, name, refuse);
  Object.defineProperty(document, "cookie", { get: () => "", set() {} });
}"""


def block_third_parties(context: BrowserContext) -> None:
    context.add_init_script(_NO_THIRD_PARTIES)


class Shop:
    """A host page on `localhost`, while the widget comes from `127.0.0.1`: other origin, other site."""

    def __init__(
        self,
        desk: Desk,
        *,
        style: str = "",
        headers: dict[str, str] | None = None,
        calls: str = "",
        is_listed: bool = True,
        language: str = "en",
    ) -> None:
        self.snippet = _SNIPPET % {
            "nonce": NONCE,
            "desk": desk.url,
            "calls": f"cc('init', {json.dumps({'key': KEY, 'locale': 'en'})});{calls}",
        }
        answer_headers = headers or {}
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given = {"path": self.path, "nonce": NONCE, "style": style, "language": language}
                page = _PAGE % {**given, "snippet": shop.snippet}
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                for name, value in answer_headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, *_given: object) -> None:
                """Nothing to say."""

        self._server = ThreadingHTTPServer(("localhost", 0), Handler)
        self.url = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        if is_listed:
            configure(desk, origins=[*configure(desk)["origins"], self.url])

    def __enter__(self) -> Shop:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def configure(desk: Desk, **parts: Any) -> dict[str, Any]:
    """Change parts of the widget's configuration; returns it as it was."""
    with psycopg.connect(desk.runtime()["environment"]["DATABASE_URL"], autocommit=True) as connection:
        row = connection.execute("SELECT config FROM conversations_channelaccount WHERE address = %s", [KEY]).fetchone()
        assert row is not None
        connection.execute(
            "UPDATE conversations_channelaccount SET config = %s WHERE address = %s", [Jsonb({**row[0], **parts}), KEY]
        )
        return dict(row[0])


def policy(desk: Desk, *, frames: bool = True) -> dict[str, str]:
    """A strict content policy with the lines of docs/widget.md, or without the one for frames."""
    frame = f"frame-src {desk.url}; " if frames else "frame-src 'none'; "
    return {
        "Content-Security-Policy": f"default-src 'none'; script-src 'nonce-{NONCE}' {desk.url}; "
        f"style-src 'nonce-{NONCE}'; "
        f"img-src data:; connect-src {desk.url}; {frame}base-uri 'none'"
    }
