"""An SMS number, or a messaging service with several, at Twilio."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import E164, Kind, Setting
from channels_app.twilio.client import OWN_HOSTS
from contactcenter.conversations.states import Channel

ACCOUNT_SID = Setting(
    name="account_sid",
    label=_("Account SID"),
    help_text=_("From the front page of Twilio's console."),
    example="ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    pattern=r"AC[0-9a-fA-F]{32}",
)
AUTH_TOKEN = Setting(
    name="auth_token",
    label=_("Auth token"),
    help_text=_("Signs what Twilio tells us, and what we ask of it. Stored encrypted and never shown."),
    place="secret",
)
SMS = Kind(
    kind="sms",
    channel=Channel.SMS,
    title=_("SMS and MMS (Twilio)"),
    settings=(
        Setting(
            name="number",
            label=_("number"),
            help_text=_("The number that customers write to, with country code."),
            example="+37260000000",
            pattern=E164,
            place="address",
        ),
        ACCOUNT_SID,
        AUTH_TOKEN,
        Setting(
            name="messaging_service_sid",
            label=_("Messaging service SID"),
            help_text=_("Where a messaging service sends instead of the number."),
            example="MGxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            pattern=r"MG[0-9a-fA-F]{32}",
            is_required=False,
        ),
    ),
    hosts=OWN_HOSTS,
    reopen_hours=24,
)
