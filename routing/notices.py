"""Which notices are shown now: to whom they concern, from their first to their last moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import ChannelAccount
from routing.models import EntryPoint, Notice
from routing.selectors import visible_queues

# What begins within this time is given to open pages beforehand; their own clock shows it.
AHEAD = timedelta(hours=24)


def _until(at: datetime) -> QuerySet[Notice]:
    """Those that have not ended."""
    return Notice.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at)).prefetch_related("texts", "brands")


def notices_of(account: ChannelAccount, at: datetime) -> list[Notice]:
    """What customers of this account are shown now and within a day: of its brand, and of queues it leads to."""
    queues = EntryPoint.objects.filter(account=account).values("queue")
    rows = _until(at).filter(
        Q(brands=None) | Q(brands=account.brand_id), Q(queues=None) | Q(queues__in=queues), starts_at__lte=at + AHEAD
    )
    return list(rows.distinct().order_by("starts_at", "pk"))


def visible_notices(viewer: Viewer, at: datetime) -> QuerySet[Notice]:
    """What those who serve the queues, or work for the brands, are shown at that moment."""
    rows = _until(at).filter(starts_at__lte=at).order_by("starts_at", "pk")
    if viewer.is_admin:
        return rows
    brands = Q(brands=None) | Q(brands__in=viewer.brand_ids)
    return rows.filter(brands, Q(queues=None) | Q(queues__in=visible_queues(viewer).values("pk"))).distinct()
