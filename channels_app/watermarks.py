"""Receipts that speak of everything until a moment, applied also to what becomes known only after them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Greatest

from channels_app.models import Watermark
from contactcenter.conversations.models import ChannelAccount, Identity
from contactcenter.conversations.services.messages import record_delivery_until
from contactcenter.conversations.states import Delivery

_COLUMNS = {Delivery.DELIVERED: "delivered_until", Delivery.READ: "read_until"}


def move_watermark(account: ChannelAccount, identity: Identity, until: datetime, delivery: Delivery) -> None:
    """Somebody has got or read everything until a moment; an earlier one than is known changes nothing."""
    column = _COLUMNS.get(delivery)
    if column is None:
        return
    row, is_new = Watermark.objects.get_or_create(account=account, identity=identity, defaults={column: until})
    if not is_new:
        Watermark.objects.filter(pk=row.pk).update(**{column: Greatest(F(column), Value(until))})
    apply_watermarks(account, identity)


def apply_watermarks(account: ChannelAccount, identity: Identity) -> None:
    """Bring what was sent to this address into step with what is known to have arrived."""
    row = Watermark.objects.filter(account=account, identity=identity).first()
    if row is None:
        return
    for until, delivery in ((row.delivered_until, Delivery.DELIVERED), (row.read_until, Delivery.READ)):
        if until is not None:
            record_delivery_until(identity=identity, account=account, until=until, delivery=delivery)
