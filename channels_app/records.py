"""The thing that a message is about: an order, a device, as the sender's system describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify

from channels_app.lenient import text
from contactcenter.conversations.services.records import push_record

_COLUMNS = frozenset({"kind", "id", "title", "status", "url"})


def keep_record(customer_id: int, record: Mapping[str, Any]) -> None:
    """Write the record down at its customer; one without an id is none."""
    external_id = text(record, "id")[:100]
    if not external_id:
        return
    url = text(record, "url")
    push_record(
        customer_id=customer_id,
        kind=slugify(text(record, "kind"))[:30] or "record",
        external_id=external_id,
        title=text(record, "title")[:200] or external_id,
        status=text(record, "status")[:50],
        url=url if url.startswith("https://") and len(url) <= 200 else "",
        data={name: value for name, value in record.items() if name not in _COLUMNS},
    )
