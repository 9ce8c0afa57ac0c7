"""The adapter protocol. An adapter verifies, parses, sends and states its capabilities; it never touches a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, runtime_checkable

from django.http import HttpRequest, HttpResponse

from channels_app.types import Capability, DeliveryResult, InboundEvent, Limits, OutboundMessage, PostDescription
from contactcenter.conversations.models import ChannelAccount
from contactcenter.conversations.states import IdentityKind


class RequestNotVerified(Exception):
    """The request does not come from the provider: answered with 403 and kept nowhere."""


class TemporaryFailure(Exception):
    """The provider certainly did not take it, and may later; retried after `seconds`, else with back-off."""

    def __init__(self, reason: str, *, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class SendTimedOut(Exception):
    """Nobody knows whether the provider took it: retried only where sending is idempotent."""


class ConnectionRefused(Exception):
    """The provider does not accept the account's data: says why, in words."""


class FileRefused(Exception):
    """The file will not come, now or later: the message says so in its place."""


class ChannelAdapter(Protocol):
    """One account's way to its provider. Built for each use, cheap, without state beyond the account."""

    kind: ClassVar[str]
    capabilities: ClassVar[Capability]
    # What it can send to, and how much at once.
    identity_kinds: ClassVar[frozenset[IdentityKind]]
    limits: ClassVar[Limits]

    def __init__(self, account: ChannelAccount) -> None: ...

    def verify(self, request: HttpRequest) -> None:
        """Check the provider's signature with the account's secret. Raises RequestNotVerified."""

    def parse_inbound(self, request: HttpRequest) -> list[InboundEvent]:
        """The events of a verified request. Pure: no database, no network; unknown fields change nothing."""

    def acknowledge(self, request: HttpRequest, events: Sequence[InboundEvent]) -> HttpResponse:
        """What this provider wants to hear, handshakes included."""

    def send(self, message: OutboundMessage) -> DeliveryResult:
        """Hand one message to the provider. Raises TemporaryFailure, SendTimedOut."""


@runtime_checkable
class FetchesFiles(Protocol):
    """An adapter whose provider keeps the bytes of inbound files."""

    def fetch_file(self, reference: str) -> bytes:
        """The file's bytes, at most `limits.receive_bytes`. Raises TemporaryFailure, FileRefused."""


@runtime_checkable
class ChecksConnection(Protocol):
    """An adapter that can ask its provider whether the account's data are right."""

    def check_connection(self) -> str:
        """Who the provider says we are. Raises ConnectionRefused in words, TemporaryFailure, SendTimedOut."""


@runtime_checkable
class DescribesPeople(Protocol):
    """An adapter whose provider tells names only when it is asked."""

    def name_of(self, address: str) -> str:
        """The person's name there; empty where it is not told. Raises TemporaryFailure, SendTimedOut."""


@runtime_checkable
class DescribesPosts(Protocol):
    """An adapter that can ask what a post says."""

    def describe_post(self, post: str) -> PostDescription | None:
        """The post as people see it; None where the provider does not tell. Raises TemporaryFailure, SendTimedOut."""


@runtime_checkable
class HidesComments(Protocol):
    """An adapter of public posts whose comments can be kept from others."""

    def set_hidden(self, comment: str, *, is_hidden: bool) -> DeliveryResult:
        """Hide the comment from others, or show it again. Raises TemporaryFailure, SendTimedOut."""


@runtime_checkable
class LikesComments(Protocol):
    """An adapter of public posts that can like what was said."""

    def like(self, comment: str) -> DeliveryResult:
        """Like the comment as the page. Raises TemporaryFailure, SendTimedOut."""
