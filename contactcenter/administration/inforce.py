"""The settings of this installation as they are in force: set where the program is started, shown to admins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that is set from outside: by which variables, what it means, what it is now. Never a secret's value."""

    variables: str
    meaning: str
    value: str


def _yes(is_so: object) -> str:
    return _("Yes") if is_so else _("No")


def _secret(value: str) -> str:
    return pgettext("a secret", "Set") if value else pgettext("a secret", "Not set")


def _seconds(value: int) -> str:
    return _("%d s") % value


def _listed(values: list[str]) -> str:
    return ", ".join(values) or "–"


def settings_in_force() -> list[tuple[str, list[Setting]]]:
    """Grouped as an admin thinks. `docs/configuration.md` has the same variables with their defaults."""
    return [
        (pgettext("web", "Addresses"), _addresses()),
        (_("Mail"), _mail()),
        (_("Sign-in"), _sign_in()),
        (_("Languages and time"), _languages()),
        (_("At work"), _at_work()),
    ]


def _addresses() -> list[Setting]:
    return [
        Setting("CC_PUBLIC_URL", _("The address that people use"), settings.PUBLIC_URL),
        Setting("CC_ALLOWED_HOSTS", _("Names under which it answers"), _listed(list(settings.ALLOWED_HOSTS))),
        Setting(
            "CC_PROVIDER_HOSTS",
            _("Hosts beside the providers' own that accounts may send to"),
            _listed(sorted(settings.PROVIDER_HOSTS)),
        ),
        Setting("CC_DATA_DIR", _("Where files and logs lie"), str(settings.DATA_DIR)),
    ]


def _mail() -> list[Setting]:
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    encryption = "SSL" if settings.EMAIL_USE_SSL else "STARTTLS" if settings.EMAIL_USE_TLS else "–"
    return [
        Setting("CC_MAIL_HOST, CC_MAIL_PORT", _("Outgoing mail server"), server),
        Setting("CC_MAIL_TLS, CC_MAIL_SSL", _("Encryption"), encryption),
        Setting("CC_MAIL_USER", _("User name there"), settings.EMAIL_HOST_USER or "–"),
        Setting("CC_MAIL_PASSWORD", _("Password there"), _secret(settings.EMAIL_HOST_PASSWORD)),
        Setting("CC_MAIL_FROM", _("Sender of our mail"), settings.DEFAULT_FROM_EMAIL),
    ]


def _sign_in() -> list[Setting]:
    providers: dict[str, Any] = getattr(settings, "SOCIALACCOUNT_PROVIDERS", {})
    apps = providers.get("openid_connect", {}).get("APPS", [])
    return [
        Setting(
            "CC_OIDC_SERVER_URL, CC_OIDC_NAME",
            _("Sign-in with the company's account"),
            _listed([f"{app['name']}, {app['settings']['server_url']}" for app in apps]),
        ),
        Setting("CC_DEMO", _("Demo mode"), _yes(settings.DEMO)),
    ]


def _languages() -> list[Setting]:
    return [
        Setting("CC_LANGUAGE", _("Language of pages without a signed-in user"), settings.LANGUAGE_CODE),
        Setting("CC_TIME_ZONE", _("Time zone of pages without a signed-in user"), settings.TIME_ZONE),
    ]


def _at_work() -> list[Setting]:
    return [
        Setting(
            "CC_PRESENCE_SECONDS",
            _("An agent's console counts as open for so long after its last sign of life"),
            _seconds(settings.PRESENCE_SECONDS),
        ),
        Setting(
            "CC_AGENT_LOST_SECONDS",
            _("Without a console for so long, an agent is offline and live work goes back"),
            _seconds(settings.AGENT_LOST_SECONDS),
        ),
        Setting(
            "CC_CUSTOMER_RETURN_SECONDS",
            _("A waiting chat whose page was closed is kept for so long"),
            _seconds(settings.CUSTOMER_RETURN_SECONDS),
        ),
        Setting("CC_WIDGET_LIMITS", _("Limits on what a visitor may do in the widget"), _yes(settings.WIDGET_LIMITS)),
    ]
