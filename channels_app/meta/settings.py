"""What every account of a Meta app has to be told."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels_app.kinds import Setting, new_token

APP_ID = Setting(
    name="app_id",
    label=_("App ID"),
    help_text=_(
        "From the app's settings at Meta. Without it our own messages, when they come back, look like others'."
    ),
    example="1234567890123456",
    pattern=r"[0-9]{5,20}",
    is_required=False,
)
APP_SECRET = Setting(
    name="app_secret",
    label=_("App secret"),
    help_text=_("Signs what Meta tells us. Accounts with the same app share one webhook address."),
    place="secret",
)
ACCESS_TOKEN = Setting(
    name="access_token",
    label=_("Access token"),
    help_text=_("A token of a system user that does not expire, or the page's long-lived one."),
    place="secret",
)
VERIFY_TOKEN = Setting(
    name="verify_token",
    label=_("Verify token"),
    help_text=_("Paste it beside the webhook address at Meta. Made by itself when left empty."),
    is_required=False,
    make=new_token,
)
GRAPH_VERSION = Setting(
    name="graph_version",
    label=_("Graph version"),
    help_text=_("Empty takes the one this release was built for."),
    example="v25.0",
    pattern=r"v[0-9]{1,2}\.[0-9]",
    is_required=False,
)
META_SETTINGS = (APP_SECRET, ACCESS_TOKEN, VERIFY_TOKEN, APP_ID, GRAPH_VERSION)
