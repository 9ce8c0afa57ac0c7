"""The ways by which a customer can be answered, asked of the adapters of their brand's accounts.

The composer offers them, and what is posted is checked against them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_app.base import ChannelAdapter
from channels_app.registry import UnknownKind, adapter_class
from channels_app.types import Capability, Limits
from channels_app.windows import ALWAYS, Window, last_comment, window_of
from contactcenter.base.errors import Refused
from contactcenter.conversations.gate import has_consent, is_blocked
from contactcenter.conversations.models import Attachment, ChannelAccount, Conversation, Identity, Message
from contactcenter.conversations.services.messages import Origin
from contactcenter.conversations.states import LIVE_CHANNELS, MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From one of our accounts to one of the customer's addresses."""

    account: ChannelAccount
    identity: Identity | None
    limits: Limits = field(default_factory=Limits)
    takes_files: bool = True
    # Below the post, for everybody.
    is_public: bool = False
    # What can be sent now, and until when.
    window: Window = ALWAYS
    # The comment that is answered in public.
    comment: Message | None = None

    @property
    def key(self) -> str:
        key = f"{self.account.pk}-{self.identity.pk if self.identity else 0}"
        return f"{key}-public" if self.is_public else key

    @property
    def is_private_answer(self) -> bool:
        """To a comment, where nobody else reads it."""
        return self.window.comment is not None

    @property
    def origin(self) -> Origin:
        """What a message that goes this way has to know."""
        return Origin(is_public=self.is_public, reply_to=self.comment or self.window.comment)

    @property
    def is_live(self) -> bool:
        """The customer is there: a reply is a turn of talk, and nobody waits for mail."""
        return self.account.channel in LIVE_CHANNELS


def ways_to(conversation: Conversation) -> list[Way]:
    """How this conversation's customer can be written to now; first the way they wrote last."""
    used = _used(conversation)
    found: dict[tuple[int | None, int | None, bool], Way] = {}
    accounts = ChannelAccount.objects.filter(brand=conversation.brand_id, is_active=True)
    identities = list(Identity.objects.filter(customer=conversation.customer_id).order_by("kind", "pk"))
    for account in accounts:
        try:
            adapter = adapter_class(account.kind)
        except UnknownKind:
            continue
        for identity in identities:
            if not _is_welcome(conversation, account, identity):
                continue
            for way in _ways_between(adapter, account, conversation, identity, used):
                found[account.pk, identity.pk, way.is_public] = way
    first = next((found.pop(place) for place in used if place in found), None)
    others = [way for way in found.values() if not way.window.closed]
    return [first or _own_way(conversation), *others]


def _ways_between(
    adapter: type[ChannelAdapter],
    account: ChannelAccount,
    conversation: Conversation,
    identity: Identity,
    used: Collection[tuple[int | None, int | None, bool]],
) -> Iterator[Way]:
    """In public where they spoke in public, and in private where the channel can."""
    if Capability.TEXT not in adapter.capabilities or identity.kind not in adapter.identity_kinds:
        return
    if identity.scope and identity.scope not in {account.address, account.slug}:
        return
    spoke_in_public = (account.pk, identity.pk, True) in used
    if Capability.COMMENTS in adapter.capabilities and spoke_in_public:
        comment = last_comment(conversation, identity)
        yield _way(adapter, account, identity, is_public=True, comment=comment)
    if not adapter.limits.window_hours and Capability.COMMENTS in adapter.capabilities:
        return  # there is nothing in private here
    window = window_of(adapter, account, conversation, identity)
    has_written = (account.pk, identity.pk, False) in used
    starts = Capability.STARTS in adapter.capabilities or window.needs_template or window.comment is not None
    if has_written or starts:
        yield _way(adapter, account, identity, window=window)


def find_way(conversation: Conversation, key: str) -> Way:
    """The way of this key, the first one for none. Raises Refused for one that is closed by now."""
    ways = ways_to(conversation)
    way = next((way for way in ways if way.key == key), None) if key else ways[0]
    if way is None:
        raise Refused(_("The customer can no longer be reached this way; choose another."), code="bad_way")
    return way


def check_fits(way: Way, text: str, files: list[Attachment], *, has_template: bool = False) -> None:
    """Raise Refused for what the channel does not take, or not now."""
    limits = way.limits
    if way.window.closed:
        raise Refused(way.window.closed, code="window_closed")
    if way.window.needs_template and not has_template:
        raise Refused(_("The window for answers has closed: choose a template."), code="template_needed")
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


def _used(conversation: Conversation) -> dict[tuple[int | None, int | None, bool], None]:
    """(account, identity, in public) of what the customer has written from here, the newest first."""
    rows = conversation.messages.filter(kind=MessageKind.IN).order_by("-pk")
    places = rows.values_list("account_id", "identity_id", "is_public")
    own = (conversation.account_id, conversation.identity_id, conversation.is_public)
    return dict.fromkeys([*places[:50], own])


def _is_welcome(conversation: Conversation, account: ChannelAccount, identity: Identity) -> bool:
    """What the gate would refuse is not offered."""
    if is_blocked(brand_id=account.brand_id, kind=identity.kind, address=identity.address):
        return False
    return has_consent(conversation.customer, purpose="service", channel=account.channel, address=identity.address)


def _way(
    adapter: type[ChannelAdapter],
    account: ChannelAccount,
    identity: Identity | None,
    *,
    is_public: bool = False,
    comment: Message | None = None,
    window: Window = ALWAYS,
) -> Way:
    return Way(
        account=account,
        identity=identity,
        limits=adapter.limits,
        takes_files=Capability.FILES in adapter.capabilities,
        is_public=is_public,
        comment=comment,
        window=window,
    )


def _own_way(conversation: Conversation) -> Way:
    """The conversation's own, even where it is closed: sending says why."""
    try:
        return _way(adapter_class(conversation.account.kind), conversation.account, conversation.identity)
    except UnknownKind:
        return Way(account=conversation.account, identity=conversation.identity)
