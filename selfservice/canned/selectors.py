"""Canned replies that somebody may use, and the variant that suits a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from contactcenter.accounts.models import User
from contactcenter.accounts.selectors import Viewer
from contactcenter.conversations.models import Conversation
from selfservice.canned.models import CannedReply
from selfservice.canned.variables import fill, values_for

MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One language of a canned reply, filled in; `left` names the variables that could not be."""

    language: str
    text: str
    left: list[str]
    # Not the language that the customer is known to read.
    is_foreign: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A canned reply as it reads in one conversation, the suitable variant first."""

    reply: CannedReply
    variants: list[Variant]


def visible_canned(viewer: Viewer) -> QuerySet[CannedReply]:
    """Everybody's, those of the viewer's brands, and those of their teams; supervisors see all teams' of a brand."""
    active = CannedReply.objects.filter(is_active=True)
    if viewer.is_admin:
        return active
    mine = active.filter(Q(brand=None) | Q(brand__in=viewer.brand_ids))
    if viewer.is_supervisor:
        return mine.filter(Q(team=None) | Q(team__brand__in=viewer.brand_ids))
    return mine.filter(Q(team=None) | Q(team__in=viewer.team_ids))


def order_languages(available: Sequence[str], preferred: Sequence[str]) -> list[str]:
    """`available` with the preferred languages first, in their order."""
    ranks = {language: rank for rank, language in reversed(list(enumerate(preferred))) if language}
    return sorted(available, key=lambda language: (ranks.get(language, len(preferred)), language))


def answers_for(viewer: Viewer, conversation: Conversation, agent: User) -> list[Answer]:
    """The canned replies for this conversation, by short name; a team's or brand's own stands for the common one."""
    rows = visible_canned(viewer).filter(Q(brand=None) | Q(brand=conversation.brand_id))
    rows = rows.filter(Q(team=None) | Q(team__brand=conversation.brand_id)).prefetch_related("texts")
    nearest: dict[str, CannedReply] = {}
    for reply in rows.order_by("shortcut", "pk")[:MOST]:
        known = nearest.get(reply.shortcut)
        if known is None or _nearness(reply) > _nearness(known):
            nearest[reply.shortcut] = reply
    values = values_for(conversation, agent)
    preferred = (conversation.language, conversation.customer.language, conversation.brand.default_language)
    wanted = next(filter(None, preferred), "")
    return [answer for reply in nearest.values() if (answer := _answer(reply, preferred, wanted, values)) is not None]


def _nearness(reply: CannedReply) -> tuple[bool, bool]:
    return reply.team_id is not None, reply.brand_id is not None


def _answer(reply: CannedReply, preferred: Sequence[str], wanted: str, values: Mapping[str, str]) -> Answer | None:
    texts = {row.language: row.text for row in reply.texts.all()}
    if not texts:
        return None
    variants = []
    for language in order_languages(list(texts), preferred):
        text, left = fill(texts[language], values)
        variants.append(Variant(language=language, text=text, left=left, is_foreign=language != wanted))
    return Answer(reply=reply, variants=variants)
