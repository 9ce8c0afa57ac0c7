"""A Facebook page's inbox."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import Kind, Setting
from channels_app.meta.graph import OWN_HOSTS
from channels_app.meta.settings import META_SETTINGS
from contactcenter.conversations.states import Channel

PAGE_ID = Setting(
    name="page_id",
    label=_("Page ID"),
    help_text=_("The number of the Facebook page."),
    example="123456789012345",
    pattern=r"[0-9]{5,20}",
    place="address",
)
MESSENGER = Kind(
    kind="messenger",
    channel=Channel.MESSENGER,
    title=_("Messenger"),
    settings=(PAGE_ID, *META_SETTINGS),
    hosts=OWN_HOSTS,
    reopen_hours=24,
)
