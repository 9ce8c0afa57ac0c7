"""The ways by which a customer can be answered, asked of the adapters of their brand's accounts.

The composer offers them, and what is posted is checked against them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_app.base import ChannelAdapter
from channels_app.registry import UnknownKind, adapter_class
from channels_app.types import Capability, Limits
from contactcenter.base.errors import Refused
from contactcenter.conversations.gate import has_consent, is_blocked
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Identity
from contactcenter.conversations.states import LIVE_CHANNELS, MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From one of our accounts to one of the customer's addresses."""

    account: ChannelAccount
    identity: Identity | None
    limits: Limits = field(default_factory=Limits)
    takes_files: bool = True

    @property
    def key(self) -> str:
        return f"{self.account.pk}-{self.identity.pk if self.identity else 0}"

    @property
    def is_live(self) -> bool:
        """The customer is there: a reply is a turn of talk, and nobody waits for mail."""
        return self.account.channel in LIVE_CHANNELS


def ways_to(conversation: Conversation) -> list[Way]:
    """How this conversation's customer can be written to now; first the way they wrote last."""
    used = _used(conversation)
    found = {}
    accounts = ChannelAccount.objects.filter(brand=conversation.brand_id, is_active=True)
    identities = list(Identity.objects.filter(customer=conversation.customer_id).order_by("kind", "pk"))
    for account in accounts:
        try:
            adapter = adapter_class(account.kind)
        except UnknownKind:
            continue
        for identity in identities:
            if _reaches(adapter, account, identity, used) and _is_welcome(conversation, account, identity):
                way = _way(adapter, account, identity)
                found[account.pk, identity.pk] = way
    first = next((found.pop(pair) for pair in used if pair in found), None)
    return [first or _own_way(conversation), *found.values()]


def find_way(conversation: Conversation, key: str) -> Way:
    """The way of this key, the first one for none. Raises Refused for one that is closed by now."""
    ways = ways_to(conversation)
    way = next((way for way in ways if way.key == key), None) if key else ways[0]
    if way is None:
        raise Refused(_("The customer can no longer be reached this way; choose another."), code="bad_way")
    return way


def check_fits(way: Way, text: str, files: list[Attachment]) -> None:
    """Raise Refused for what the channel does not take."""
    limits = way.limits
    if len(text) > limits.text:
        raise Refused(
            _("The text is too long for %(account)s: %(length)s characters, at most %(most)s.")
            % {"account": way.account, "length": len(text), "most": limits.text},
            code="too_long",
        )
    if files and not way.takes_files:
        raise Refused(_("%(account)s takes no files.") % {"account": way.account}, code="no_files")
    if len(files) > limits.files:
        raise Refused(
            ngettext("At most %(count)s file in a message.", "At most %(count)s files in a message.", limits.files)
            % {"count": limits.files},
            code="too_many_files",
        )
    if any(file.size > limits.file_bytes for file in files):
        raise Refused(_("The file is too big: at most %s.") % filesizeformat(limits.file_bytes), code="file_too_big")


def _used(conversation: Conversation) -> dict[tuple[int | None, int | None], None]:
    """(account, identity) pairs that the customer has written from here, the newest first."""
    rows = conversation.messages.filter(kind=MessageKind.IN).order_by("-pk").values_list("account_id", "identity_id")
    own = (conversation.account_id, conversation.identity_id)
    return dict.fromkeys([*rows[:50], own])


def _reaches(
    adapter: type[ChannelAdapter],
    account: ChannelAccount,
    identity: Identity,
    used: dict[tuple[int | None, int | None], None],
) -> bool:
    if Capability.TEXT not in adapter.capabilities or identity.kind not in adapter.identity_kinds:
        return False
    if identity.scope and identity.scope != account.address:
        return False
    return Capability.STARTS in adapter.capabilities or (account.pk, identity.pk) in used


def _is_welcome(conversation: Conversation, account: ChannelAccount, identity: Identity) -> bool:
    """What the gate would refuse is not offered."""
    if is_blocked(brand_id=account.brand_id, kind=identity.kind, address=identity.address):
        return False
    return has_consent(conversation.customer, purpose="service", channel=account.channel, address=identity.address)


def _way(adapter: type[ChannelAdapter], account: ChannelAccount, identity: Identity | None) -> Way:
    return Way(
        account=account,
        identity=identity,
        limits=adapter.limits,
        takes_files=Capability.FILES in adapter.capabilities,
    )


def _own_way(conversation: Conversation) -> Way:
    """The conversation's own, even where it is closed: sending says why."""
    try:
        return _way(adapter_class(conversation.account.kind), conversation.account, conversation.identity)
    except UnknownKind:
        return Way(account=conversation.account, identity=conversation.identity)
