"""What people say below a Facebook page's posts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import Kind
from channels_app.messenger.kind import PAGE_ID
from channels_app.meta.graph import OWN_HOSTS
from channels_app.meta.settings import META_SETTINGS
from contactcenter.conversations.states import Channel

FACEBOOK = Kind(
    kind="facebook",
    channel=Channel.FACEBOOK,
    title=_("Facebook page, comments"),
    settings=(PAGE_ID, *META_SETTINGS),
    hosts=OWN_HOSTS,
    reopen_hours=24,
)
