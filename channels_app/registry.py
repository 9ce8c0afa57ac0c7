"""Kind of account -> adapter, by the names in `settings.CHANNEL_ADAPTERS`, imported at first use."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from channels_app.base import ChannelAdapter
from contactcenter.conversations.models import ChannelAccount


class UnknownKind(Exception):
    """No adapter serves this kind of account."""


def adapter_class(kind: str) -> type[ChannelAdapter]:
    """The adapter that serves `kind`. Raises UnknownKind."""
    try:
        name = settings.CHANNEL_ADAPTERS[kind]
    except KeyError as error:
        raise UnknownKind(kind) from error
    adapter: type[ChannelAdapter] = import_string(name)
    return adapter


def adapter_for(account: ChannelAccount) -> ChannelAdapter:
    """The account's adapter. Raises UnknownKind."""
    return adapter_class(account.kind)(account)
