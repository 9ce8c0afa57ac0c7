"""A Telegram bot."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import Kind, Setting, new_token
from channels_app.telegram.client import OWN_HOSTS
from contactcenter.conversations.states import Channel

TELEGRAM = Kind(
    kind="telegram",
    channel=Channel.TELEGRAM,
    title="Telegram",
    settings=(
        Setting(
            name="username",
            label=_("Name of the bot"),
            help_text=_("As customers find it."),
            example="nordwind_bot",
            pattern=r"[A-Za-z][A-Za-z0-9_]{4,31}",
            place="address",
        ),
        Setting(
            name="token",
            label=_("Token"),
            help_text=_("From BotFather."),
            example="110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
            pattern=r"[0-9]{5,20}:[A-Za-z0-9_-]{20,}",
            place="secret",
        ),
        Setting(
            name="webhook_secret",
            label=_("Secret of the webhook"),
            help_text=_("Telegram repeats it with every update. Made by itself when left empty."),
            example="letters-figures_and-hyphens",
            pattern=r"[A-Za-z0-9_-]{16,256}",
            is_required=False,
            make=new_token,
            place="secret",
        ),
    ),
    hosts=OWN_HOSTS,
    reopen_hours=24,
)
