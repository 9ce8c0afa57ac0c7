"""Whether a widget's snippet is in place: told by its first load from a listed page."""

from __future__ import annotations

from channels_app.webchat.access import listed_origins
from channels_app.webchat.models import Installation
from contactcenter.conversations.models import ChannelAccount


def record_installation(account: ChannelAccount, origin: str) -> None:
    """Remember the first page that showed the widget; our own pages are none."""
    if origin in listed_origins(account) and not Installation.objects.filter(account=account).exists():
        Installation.objects.bulk_create([Installation(account=account, origin=origin)], ignore_conflicts=True)
