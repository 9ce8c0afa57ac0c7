"""Races run in real time on real transactions: nobody's presence ends in the middle."""

from __future__ import annotations

import pytest

from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Channel
from routing.models import Queue
from tests import factories as make


@pytest.fixture(autouse=True)
def long_leases(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PRESENCE_SECONDS = 3600
    settings.AGENT_LOST_SECONDS = 7200


@pytest.fixture
def queue() -> Queue:
    return make.make_queue(wrap_up_seconds=0)


@pytest.fixture
def chat(queue: Queue) -> ChannelAccount:
    return make.make_account("shop", queue=queue)


@pytest.fixture
def mail(queue: Queue) -> ChannelAccount:
    return make.make_account("mail", queue=queue, kind="fake", channel=Channel.EMAIL)


@pytest.fixture
def phone(queue: Queue) -> ChannelAccount:
    return make.make_account("line", queue=queue, kind="fake", channel=Channel.VOICE)
