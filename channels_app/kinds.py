"""What an account of each kind has to be told: one description for its form, the command and the documentation."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from channels_app.providers import may_ask
from channels_app.public_hosts import host_of
from contactcenter.base.errors import Refused
from contactcenter.conversations.states import Channel

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

E164 = r"\+[1-9]\d{6,14}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing to fill in. `pattern` describes the whole value; `place` is where an account keeps it."""

    name: str
    label: _StrOrPromise
    help_text: _StrOrPromise = ""
    example: str = ""
    pattern: str = ""
    is_required: bool = True
    # Makes a value where none is given: what only we and the provider know.
    make: Callable[[], str] | None = None
    place: Literal["config", "secret", "address", "api_base"] = "config"

    def check(self, value: str) -> None:
        """Raises Refused in words."""
        if not value:
            if self.is_required and self.make is None:
                raise Refused(_("Fill this in."), code="missing")
        elif self.pattern and not re.fullmatch(self.pattern, value):
            raise Refused(_("This does not look right; it looks like %s.") % self.example, code="malformed")


def new_token() -> str:
    """A secret of ours that providers repeat; of letters that all of them take."""
    return secrets.token_urlsafe(24)


API_BASE = Setting(
    name="api_base",
    label=_("provider address"),
    help_text=_("Empty takes the provider's own. Changing it clears the secret."),
    is_required=False,
    place="api_base",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of account. `hosts`: the provider's own, besides those of `CC_PROVIDER_HOSTS`; None for a server that the
    company names itself."""

    kind: str
    channel: Channel
    title: _StrOrPromise
    settings: tuple[Setting, ...]
    hosts: frozenset[str] | None
    reopen_hours: int

    @property
    def all_settings(self) -> tuple[Setting, ...]:
        has_own = any(setting.place == "api_base" for setting in self.settings)
        return self.settings if has_own else (*self.settings, API_BASE)

    @property
    def secrets(self) -> tuple[Setting, ...]:
        return tuple(setting for setting in self.settings if setting.place == "secret")

    def check(self, values: Mapping[str, str]) -> dict[str, Refused]:
        """What is wrong, by name; nothing where all is well."""
        known = {setting.name: setting for setting in self.all_settings}
        wrong = {
            name: Refused(_("There is no such setting; there are: %s.") % ", ".join(known), code="unknown")
            for name in values
            if name not in known
        }
        for setting in known.values():
            try:
                setting.check(values.get(setting.name, "").strip())
            except Refused as refusal:
                wrong[setting.name] = refusal
        if (base := values.get(API_BASE.name, "").strip()) and not self._may_ask(base):
            wrong[API_BASE.name] = Refused(
                _("Only the provider's own host, or one that CC_PROVIDER_HOSTS names, may be asked."), code="host"
            )
        return wrong

    def _may_ask(self, base: str) -> bool:
        if self.hosts is not None or may_ask(base, frozenset()):
            return may_ask(base, self.hosts or frozenset())
        # Whether it is a public one is seen at each request: names can be made to mean others.
        return base.startswith("https://") and bool(host_of(base))


def kinds() -> dict[str, Kind]:
    """All that can be made by form or command, by name."""
    found: list[Kind] = [import_string(path) for path in settings.CHANNEL_KINDS]
    return {kind.kind: kind for kind in found}
