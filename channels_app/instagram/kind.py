"""An Instagram account's messages and comments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import Kind, Setting
from channels_app.meta.graph import OWN_HOSTS
from channels_app.meta.settings import META_SETTINGS
from contactcenter.conversations.states import Channel

INSTAGRAM = Kind(
    kind="instagram",
    channel=Channel.INSTAGRAM,
    title=_("Instagram, messages and comments"),
    settings=(
        Setting(
            name="account_id",
            label=_("Instagram account ID"),
            help_text=_("The number of the professional account, not its name."),
            example="17841400000000000",
            pattern=r"[0-9]{5,20}",
            place="address",
        ),
        *META_SETTINGS,
        Setting(
            name="login",
            label=_("Signed in by"),
            help_text=_("“instagram” where the token is the Instagram account's own, “facebook” for the page's."),
            example="facebook",
            pattern=r"instagram|facebook",
            is_required=False,
        ),
    ),
    hosts=OWN_HOSTS,
    reopen_hours=24,
)
