"""Earlier contacts in a line each, and where in a customer's timeline things stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils.dateparse import parse_date

from contactcenter.accounts.selectors import Viewer
from contactcenter.base.text import fold, preview
from contactcenter.conversations.models import Conversation
from contactcenter.conversations.selectors import visible_events, visible_messages
from contactcenter.conversations.states import ConversationState, MessageKind
from routing.selectors import visible_assignments
from routing.states import AssignmentRole

# So many hits are counted; who finds more looks for something else.
MOST_FOUND = 500
_SAID = Q(kind__in=(MessageKind.IN, MessageKind.OUT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A contact in one line."""

    # The subject, or the first words.
    title: str
    messages: int
    agent: str
    disposition: str


def is_folded(conversation: Conversation, shown: int) -> bool:
    """Earlier contacts are folded, but never the one on screen and what is still open."""
    return conversation.pk != shown and conversation.state == ConversationState.CLOSED


def past_of(viewer: Viewer, conversations: Sequence[Conversation]) -> dict[int, Past]:
    """Their lines, in three queries for all."""
    messages = visible_messages(viewer).filter(conversation__in=conversations)
    counts = dict(messages.filter(_SAID).order_by().values_list("conversation").annotate(Count("pk")))
    worded = messages.exclude(text="").order_by("conversation_id", "seq").distinct("conversation_id")
    first = dict(worded.values_list("conversation", "text"))
    handled = visible_assignments(viewer).filter(conversation__in=conversations, role=AssignmentRole.PRIMARY)
    last = {row.conversation_id: row for row in handled.select_related("agent__user", "disposition").order_by("pk")}
    found = {}
    for row in conversations:
        handling = last.get(row.pk)
        owner = row.owner.shown_name if row.owner is not None else ""
        found[row.pk] = Past(
            title=row.subject or preview(first.get(row.pk, "")) or row.account.name,
            messages=counts.get(row.pk, 0),
            agent=str(handling.agent) if handling is not None else owner,
            disposition=str(handling.disposition) if handling is not None and handling.disposition else "",
        )
    return found


def place_of(viewer: Viewer, conversation_id: int, seq: int) -> tuple[datetime, int] | None:
    """Where in the order of time an entry stands."""
    return visible_events(viewer).filter(conversation=conversation_id, seq=seq).values_list("at", "pk").first()


def place_of_day(viewer: Viewer, text: str) -> tuple[datetime, int] | None:
    """Where a day begins for the viewer."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return (datetime.combine(day, time(), ZoneInfo(viewer.time_zone)), 0) if day is not None else None


def find_messages(viewer: Viewer, conversations: Sequence[Conversation], text: str) -> list[str]:
    """The entries that hold these words, whatever their accents; the newest first."""
    words = fold(text)
    if len(words) < 2:
        return []
    rows = visible_messages(viewer).filter(conversation__in=conversations, search_text__contains=words)
    places = rows.order_by("-created_at", "-pk").values_list("conversation", "seq")[:MOST_FOUND]
    return [f"{pk}-{seq}" for pk, seq in places]


def unread_from(viewer: Viewer, conversation: Conversation) -> str:
    """The first of the customer's messages that nobody who handles it has read; empty without any."""
    if not conversation.unread_count:
        return ""
    rows = visible_messages(viewer).filter(conversation=conversation, kind=MessageKind.IN).order_by("-seq")
    seqs = list(rows.values_list("seq", flat=True)[: conversation.unread_count])
    return f"{conversation.pk}-{seqs[-1]}" if seqs else ""
