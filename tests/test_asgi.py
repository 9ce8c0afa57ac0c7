"""What the web server is handed: files go out bit by bit and without a warning (the test run makes it an error)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.staticfiles import finders
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.urls import path

from contactcenter.asgi import BLOCKS_AT_ONCE, StreamingHandler, http_application

LARGE = b"0123456789abcdef" * 65536
closed: list[str] = []


class _File(Iterator[bytes]):
    """Blocks that notice when they are closed."""

    def __init__(self) -> None:
        self._left = iter([b"one ", b"two"])

    def __next__(self) -> bytes:
        return next(self._left)

    def close(self) -> None:
        closed.append("file")


def large(request: HttpRequest, folder: str) -> FileResponse:
    return FileResponse((Path("/") / folder / "large").open("rb"))


def blocks(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_File())


urlpatterns = [path("large/<path:folder>", large), path("blocks", blocks)]


def ask(application: StreamingHandler, address: str) -> tuple[int, list[bytes]]:
    """The status and the parts of the body, as the server gets them."""

    async def parts() -> tuple[int, list[bytes]]:
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": address,
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1")],
        }
        asked = ApplicationCommunicator(application, scope)
        await asked.send_input({"type": "http.request", "body": b"", "more_body": False})
        start = await asked.receive_output(60)
        found, more = [], True
        while more:
            message = await asked.receive_output(60)
            found.append(message.get("body", b""))
            more = message.get("more_body", False)
        await asked.wait(60)
        return start["status"], [part for part in found if part]

    return asyncio.run(parts())


def test_a_static_file_goes_out_whole() -> None:
    status, parts = ask(http_application, "/static/contactcenter/mark.svg")
    source = finders.find("contactcenter/mark.svg")
    assert isinstance(source, str)
    assert (status, b"".join(parts)) == (200, Path(source).read_bytes())


@pytest.mark.urls(__name__)
def test_a_large_file_goes_out_bit_by_bit(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    status, parts = ask(StreamingHandler(), f"/large{tmp_path}")
    assert (status, b"".join(parts)) == (200, LARGE)
    assert max(map(len, parts)) <= BLOCKS_AT_ONCE * FileResponse.block_size < len(LARGE)


@pytest.mark.urls(__name__)
def test_what_was_streamed_is_closed() -> None:
    closed.clear()
    assert ask(StreamingHandler(), "/blocks") == (200, [b"one two"])
    assert closed == ["file"]


def test_browsers_find_our_mark_on_pages_that_name_none() -> None:
    assert ask(http_application, "/favicon.ico")[0] == 302
