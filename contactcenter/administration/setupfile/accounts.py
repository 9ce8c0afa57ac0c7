"""Channel accounts in the file: their configuration without what is secret, and a secret that does not move along."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from channels_app.webchat.access import KIND
from channels_app.webchat.config import BadConfig, WidgetConfig
from contactcenter.administration.setupfile.values import Value, need
from contactcenter.conversations.models import ChannelAccount

# A provider's password or token would leave with the file, wherever an adapter keeps it.
_SECRET = re.compile(r"secret|password|token|private|credential", re.IGNORECASE)
# Where the secret is sent to.
_HOST = re.compile(r"host|server|url$|base$", re.IGNORECASE)


def _public(value: Any) -> Any:
    """The configuration without what is secret, at every level."""
    if isinstance(value, dict):
        return {name: _public(part) for name, part in sorted(value.items()) if not _SECRET.search(name)}
    return [_public(part) for part in value] if isinstance(value, list) else value


def _take_config(account: ChannelAccount, value: Any) -> None:
    given = _public(need(value, dict))
    kept = {name: part for name, part in account.config.items() if _SECRET.search(name)}
    account.config = {**given, **kept}


CONFIG = Value(name="config", show=lambda account: _public(account.config), take=_take_config)


def check_account(account: ChannelAccount) -> dict[str, str]:
    if account.kind == KIND:
        try:
            WidgetConfig.parse(account.config)
        except BadConfig as error:
            return {f"config.{name}": text for name, text in error.errors.items()}
    return {}


def clear_secret_if_moved(account: ChannelAccount, before: dict[str, Any] | None) -> list[str]:
    """A secret belongs to the address that it was typed for: another one never gets it."""
    if before is None or not _has_moved(account, before):
        return []
    secrets = [name for name in account.config if _SECRET.search(name)]
    if not account.secret and not secrets:
        return []
    account.secret = ""
    account.config = {name: part for name, part in account.config.items() if name not in secrets}
    return [_("accounts “%s”: its address changes, so its secret is cleared. Type it again.") % account.slug]


def _has_moved(account: ChannelAccount, before: dict[str, Any]) -> bool:
    named = any(getattr(account, name) != before[name] for name in ("kind", "address", "api_base"))
    return named or _hosts(account.config) != _hosts(before["config"])


def _hosts(config: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in config.items() if _HOST.search(name) and name != "privacy_url"}
