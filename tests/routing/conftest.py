"""The usual floor of routing tests: a queue with two agents, a chat, a phone and a mail account, and a still clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import Channel
from routing.models import Agent, Queue
from tests import factories as make

# A Monday.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """A clock that moves only by `shift`."""
    with time_machine.travel(START, tick=False) as still:
        yield still


@pytest.fixture
def queue() -> Queue:
    return make.make_queue()


@pytest.fixture
def chat(queue: Queue) -> ChannelAccount:
    return make.make_account("shop", queue=queue)


@pytest.fixture
def phone(queue: Queue) -> ChannelAccount:
    return make.make_account("line", queue=queue, kind="fake", channel=Channel.VOICE)


@pytest.fixture
def mail(queue: Queue) -> ChannelAccount:
    return make.make_account("mail", queue=queue, kind="fake", channel=Channel.EMAIL, reopen_hours=168)


@pytest.fixture
def ada(queue: Queue) -> Agent:
    return make.make_agent("ada", queues=[queue])


@pytest.fixture
def ben(queue: Queue, ada: Agent) -> Agent:
    """The second agent, idle for as long as Ada; ties go to the smaller id, so Ada is asked first."""
    return make.make_agent("ben", queues=[queue])
