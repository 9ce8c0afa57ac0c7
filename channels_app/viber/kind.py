"""A Viber bot."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import Kind, Setting
from channels_app.viber.adapter import OWN_HOSTS
from contactcenter.conversations.states import Channel

VIBER = Kind(
    kind="viber",
    channel=Channel.VIBER,
    title="Viber",
    settings=(
        Setting(
            name="name",
            label=_("Name of the bot"),
            help_text=_("Customers see it above our answers; at most 28 characters."),
            example="Nordwind",
            pattern=r".{1,28}",
            place="address",
        ),
        Setting(
            name="token",
            label=_("Token"),
            help_text=_("From the bot's page at Viber. Signs what Viber tells us, and what we ask of it."),
            place="secret",
        ),
    ),
    hosts=OWN_HOSTS,
    reopen_hours=24,
)
