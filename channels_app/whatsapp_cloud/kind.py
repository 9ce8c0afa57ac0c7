"""A WhatsApp number at Meta."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import Kind, Setting
from channels_app.meta.graph import OWN_HOSTS
from channels_app.meta.settings import META_SETTINGS
from contactcenter.conversations.states import Channel

WHATSAPP_CLOUD = Kind(
    kind="whatsapp_cloud",
    channel=Channel.WHATSAPP,
    title=_("WhatsApp (Meta Cloud API)"),
    settings=(
        Setting(
            name="phone_number_id",
            label=_("Phone number ID"),
            help_text=_("The id of the number in WhatsApp Manager, not the number itself."),
            example="106540352242922",
            pattern=r"[0-9]{5,20}",
            place="address",
        ),
        *META_SETTINGS,
    ),
    hosts=OWN_HOSTS,
    reopen_hours=24,
)
