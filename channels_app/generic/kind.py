"""What a company builds itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.generic.signing import new_secret
from channels_app.kinds import Kind, Setting
from contactcenter.conversations.states import Channel

GENERIC = Kind(
    kind="generic",
    channel=Channel.GENERIC,
    title=_("Own channel (app, devices)"),
    settings=(
        Setting(
            name="secret",
            label=_("Signing secret"),
            help_text=_("Signs both directions, as Standard Webhooks describes. Made by itself when left empty."),
            example="whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=",
            pattern=r"whsec_[A-Za-z0-9+/]{32,}={0,2}",
            is_required=False,
            make=new_secret,
            place="secret",
        ),
        Setting(
            name="api_base",
            label=_("Address of your server"),
            help_text=_("Answers are posted there. Empty: messages are only received."),
            example="https://app.example.com/contact-center",
            is_required=False,
            place="api_base",
        ),
    ),
    hosts=None,
    reopen_hours=24,
)
