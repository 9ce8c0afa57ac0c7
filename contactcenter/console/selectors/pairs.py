"""What one customer waits for on several channels, shown on each of its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from contactcenter.accounts.selectors import Viewer
from routing.models import QueueEntry
from routing.selectors import stays_of_pairs, visible_entries


def channels_besides(entries: Iterable[QueueEntry]) -> dict[int, tuple[str, ...]]:
    """By conversation, the names of the channels on which its customer waits besides, as one piece of work."""
    leads = sorted({_lead(entry) for entry in entries})
    pairs: dict[int, list[QueueEntry]] = defaultdict(list)
    for entry in stays_of_pairs(leads):
        pairs[_lead(entry)].append(entry)
    return {
        entry.conversation_id: tuple(str(other.get_channel_display()) for other in pair if other.pk != entry.pk)
        for pair in pairs.values()
        for entry in pair
    }


def stays_besides(viewer: Viewer, entry: QueueEntry | None) -> list[QueueEntry]:
    """The other stays of the pair that the viewer may look at."""
    if entry is None:
        return []
    lead = _lead(entry)
    pair = visible_entries(viewer).filter(Q(pk=lead) | Q(joined_to=lead), left_at=None).exclude(pk=entry.pk)
    return list(pair.order_by("pk"))


def _lead(entry: QueueEntry) -> int:
    return entry.joined_to_id or entry.pk
