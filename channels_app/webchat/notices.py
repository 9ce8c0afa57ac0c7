"""Notices as the widget shows them."""

from __future__ import annotations

from typing import Any

from contactcenter.base.clock import now
from contactcenter.conversations.models import ChannelAccount
from routing.notices import notices_of


def notices_json(account: ChannelAccount, language: str) -> list[dict[str, Any]]:
    """Texts in the visitor's language, else in the brand's; the page shows each between its two moments."""
    return [
        {
            "id": notice.pk,
            "severity": notice.severity,
            "from": notice.starts_at.isoformat(),
            "until": notice.ends_at.isoformat() if notice.ends_at else None,
            "text": notice.text_in(language, account.brand.default_language),
        }
        for notice in notices_of(account, now())
    ]
