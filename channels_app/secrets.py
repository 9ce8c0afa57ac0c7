"""An account's secrets, which are kept in one encrypted column: alone, or several as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

from contactcenter.conversations.models import ChannelAccount


def pack_secrets(secrets: Mapping[str, str], *, is_alone: bool) -> str:
    """What goes into the column."""
    return next(iter(secrets.values()), "") if is_alone else json.dumps(dict(secrets))


def secret_of(account: ChannelAccount, name: str) -> str:
    """The secret of this name; of a kind that has only one, that. Empty where it is missing."""
    if not account.secret.startswith("{"):
        return str(account.secret)
    return str(json.loads(account.secret).get(name, ""))
