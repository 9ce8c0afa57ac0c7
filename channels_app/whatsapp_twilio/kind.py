"""A WhatsApp number at Twilio."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import E164, Kind, Setting
from channels_app.sms.kind import ACCOUNT_SID, AUTH_TOKEN
from channels_app.twilio.client import OWN_HOSTS
from contactcenter.conversations.states import Channel

WHATSAPP_TWILIO = Kind(
    kind="whatsapp_twilio",
    channel=Channel.WHATSAPP,
    title=_("WhatsApp (Twilio)"),
    settings=(
        Setting(
            name="number",
            label=_("number"),
            help_text=_("The WhatsApp number that customers write to, with country code."),
            example="+37260000000",
            pattern=E164,
            place="address",
        ),
        ACCOUNT_SID,
        AUTH_TOKEN,
    ),
    hosts=OWN_HOSTS,
    reopen_hours=24,
)
