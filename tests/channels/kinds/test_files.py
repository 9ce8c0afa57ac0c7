"""Customers' files: fetched by workers as each provider wants it, or kept by name with the reason."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from channels_app.tasks import fetch_file
from contactcenter.base.clock import now
from contactcenter.conversations.models import Attachment, ChannelAccount, Effect
from tests.channels.kinds.conftest import GIF, Server, kinds
from tests.channels.kinds.providers import fixture, post, work_off

pytestmark = pytest.mark.django_db(transaction=True)


def fetched(account: ChannelAccount, name: str, **changes: str) -> Attachment:
    text = json.dumps(fixture(account.kind, name))
    for old, new in changes.items():
        text = re.sub(old, new, text)
    assert post(account, json.loads(text)).status_code < 300
    work_off()
    for effect in Effect.objects.filter(name="fetch_file", done_at=None):
        fetch_file(effect.pk)
    return Attachment.objects.get()


@kinds("whatsapp_cloud")
def test_whatsapps_files_come_by_their_id(account: ChannelAccount, server: Server) -> None:
    server.answer = lambda asked: (200, GIF if asked.path.startswith("/file") else {"url": f"{server.base}/file"})
    row = fetched(account, "image")
    assert (row.state, row.content_type) == (Attachment.State.HERE, "image/gif")
    assert all(asked.headers["Authorization"] == "Bearer a page's token" for asked in server.asked)


@kinds("telegram")
def test_telegrams_files_come_by_their_path(account: ChannelAccount, server: Server) -> None:
    server.answer = lambda asked: (
        200,
        {"ok": True, "result": {"file_path": "photos/1.jpg"}} if "getFile" in asked.path else GIF,
    )
    assert fetched(account, "photo").state == Attachment.State.HERE
    assert server.asked[0].json == {"file_id": "FILE_b"} and "/file/bot" in server.asked[1].path


@kinds("telegram")
def test_what_is_too_big_is_not_asked_for(account: ChannelAccount, server: Server) -> None:
    row = fetched(account, "document_too_big")
    assert (row.state, row.name, row.size) == (Attachment.State.REFUSED, "film.mkv", 50_000_000)
    assert "too big" in row.error and not server.asked


@kinds("viber", "messenger")
def test_a_provider_that_is_down_is_asked_again(account: ChannelAccount, server: Server) -> None:
    name, url = (
        ("picture", "https://dl-media.viber.com")
        if account.kind == "viber"
        else ("image", "https://scontent.xx.fbcdn.net")
    )
    server.answer = lambda _asked: (500, {})
    row = fetched(account, name, **{re.escape(url): server.base})
    assert row.state == Attachment.State.COMING
    server.answer = lambda _asked: (200, GIF)
    Effect.objects.filter(name="fetch_file").update(not_before=now())
    fetch_file(Effect.objects.get(name="fetch_file").pk)
    row.refresh_from_db()
    assert row.state == Attachment.State.HERE


@kinds("messenger", "generic", "viber")
def test_no_other_host_is_asked_for_files(account: ChannelAccount, server: Server, settings: Any) -> None:
    settings.PROVIDER_HOSTS = []
    ChannelAccount.objects.exclude(kind="generic").update(api_base="")
    names = {"messenger": "image", "generic": "message_with_files", "viber": "picture"}
    row = fetched(account, names[account.kind], **{r"https://[a-z.-]+/": "http://169.254.169.254/"})
    assert (row.state, bool(row.file)) == (Attachment.State.REFUSED, False)
    assert not server.asked
