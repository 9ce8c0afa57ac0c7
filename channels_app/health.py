"""Whether an account's provider answers: kept from what sending finds, told to those who write, and asked at will."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Coalesce

from channels_app.base import ChecksConnection, ConnectionRefused, SendTimedOut, TemporaryFailure
from channels_app.models import AccountHealth, InboundDelivery, InboundOutcome
from channels_app.registry import adapter_for
from contactcenter.accounts.selectors import Viewer
from contactcenter.base.clock import now
from contactcenter.conversations import realtime
from contactcenter.conversations.models import ChannelAccount

# Shorter troubles are over before anybody has read of them.
TOLD_AFTER = timedelta(seconds=20)


def record_trouble(account: ChannelAccount, error: str) -> None:
    """Something could not be sent through no fault of its own."""
    moment = now()
    health, is_new = AccountHealth.objects.get_or_create(account=account, defaults={"failing_since": moment})
    rows = AccountHealth.objects.filter(pk=health.pk)
    rows.update(failing_since=Coalesce("failing_since", moment), last_error=error[:300], last_error_at=moment)
    if is_new or health.failing_since is None or moment - health.failing_since >= TOLD_AFTER:
        _tell(account)


def record_success(account: ChannelAccount) -> None:
    """Something was taken: the trouble is over."""
    if AccountHealth.objects.filter(account=account, failing_since__isnull=False).update(failing_since=None):
        _tell(account)


def _tell(account: ChannelAccount) -> None:
    realtime.announce_now({"topic": f"accounts:{account.brand_id}", "brand": account.brand_id})


def accounts_in_trouble(viewer: Viewer) -> list[AccountHealth]:
    """What the consoles of these people show: accounts of their brands that have not been able to send for a while."""
    rows = AccountHealth.objects.filter(failing_since__lte=now() - TOLD_AFTER, account__is_active=True)
    if not viewer.is_admin:
        rows = rows.filter(account__brand__in=viewer.brand_ids)
    return list(rows.select_related("account").order_by("failing_since"))


def check_connection(account: ChannelAccount) -> AccountHealth:
    """Ask the provider who we are, and keep what it says."""
    adapter = adapter_for(account)
    assert isinstance(adapter, ChecksConnection)
    try:
        found, is_connected = adapter.check_connection(), True
    except (ConnectionRefused, TemporaryFailure, SendTimedOut) as error:
        found, is_connected = str(error), False
    values = {"checked_at": now(), "check_result": found[:300], "is_connected": is_connected}
    return AccountHealth.objects.update_or_create(account=account, defaults=values)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What an account's provider told us last."""

    last_event_at: datetime | None
    unreadable: int
    failed: int
    nobodys: int


def traffic_of(account: ChannelAccount) -> Traffic:
    """The last event, and what could not be used in the last week."""
    rows = InboundDelivery.objects.filter(account=account)
    last = rows.order_by("-received_at").values_list("received_at", flat=True).first()
    recent = rows.filter(received_at__gt=now() - timedelta(days=7))
    counts = {
        outcome: recent.filter(outcome=outcome).count()
        for outcome in (InboundOutcome.UNREADABLE, InboundOutcome.FAILED, InboundOutcome.NOBODYS)
    }
    return Traffic(
        last_event_at=last,
        unreadable=counts[InboundOutcome.UNREADABLE],
        failed=counts[InboundOutcome.FAILED],
        nobodys=counts[InboundOutcome.NOBODYS],
    )
