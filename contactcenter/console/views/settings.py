"""Each person's own settings: look, language, sounds, notifications, keys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contactcenter.accounts.forms import time_zones
from contactcenter.accounts.models import LANGUAGE_CHOICES, User
from contactcenter.console.access import ConsoleRequest, console_view
from contactcenter.console.forms import cleaned
from contactcenter.console.models import Preferences
from contactcenter.console.preferences import (
    ALERTS,
    UNDO_CHOICES,
    VOLUME,
    for_browser,
    preferences_of,
    reset_shortcuts,
    save_preferences,
    save_shortcut,
    shortcut_groups,
    sounds_of,
)
from contactcenter.console.responses import toast, trigger
from contactcenter.console.views.pages import console_page

_THEMES: list[Any] = list(User._meta.get_field("theme").flatchoices)
_DENSITIES: list[Any] = list(Preferences._meta.get_field("density").flatchoices)


class PreferencesForm(forms.Form):
    """All settings but the keys; sent whole after every change."""

    theme = forms.ChoiceField(choices=_THEMES)
    density = forms.ChoiceField(choices=_DENSITIES)
    language = forms.ChoiceField(choices=LANGUAGE_CHOICES)
    time_zone = forms.ChoiceField(choices=lambda: [("", ""), *time_zones()], required=False)
    undo_seconds = forms.TypedChoiceField(choices=[(choice, choice) for choice in UNDO_CHOICES], coerce=int)
    has_notifications = forms.BooleanField(required=False)
    has_shortcuts = forms.BooleanField(required=False)
    device = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in ALERTS:
            self.fields[f"volume_{kind}"] = forms.IntegerField(min_value=0, max_value=100, required=False)
            self.fields[f"device_{kind}"] = forms.CharField(required=False, max_length=200)

    def sounds(self) -> dict[str, Any]:
        """As `Preferences.sounds` keeps them."""
        data = self.cleaned_data
        found: dict[str, Any] = {"device": data["device"]}
        for kind in ALERTS:
            volume = data[f"volume_{kind}"]
            found[kind] = {
                "volume": VOLUME if volume is None else volume / 100,
                "device": data[f"device_{kind}"],
            }
        return found


def _context(preferences: Preferences) -> dict[str, Any]:
    sounds = sounds_of(preferences)
    return {
        "preferences": preferences,
        "themes": _THEMES,
        "densities": _DENSITIES,
        "languages": LANGUAGE_CHOICES,
        "time_zones": time_zones(),
        "undo_choices": UNDO_CHOICES,
        "alerts": [
            {
                "kind": kind,
                "label": label,
                "percent": round(sounds[kind]["volume"] * 100),
                "device": sounds[kind]["device"],
            }
            for kind, label in ALERTS.items()
        ],
        "device": preferences.sounds.get("device", ""),
        "key_groups": shortcut_groups(preferences),
    }


def _saved(response: HttpResponse, preferences: Preferences) -> HttpResponse:
    """The scripts of all tabs go by the new settings at once."""
    return trigger(toast(response, _("Saved")), preferences=for_browser(preferences))


@require_http_methods(["GET", "POST"])
@console_view
def settings(request: ConsoleRequest) -> HttpResponse:
    preferences = preferences_of(request.user)
    if request.method == "GET":
        return console_page(request, page="console/_settings.html", title=_("Settings"), **_context(preferences))
    form = PreferencesForm(request.POST)
    data = cleaned(form)
    person = {name: data[name] for name in ("theme", "language", "time_zone")}
    is_new_page = (request.user.language, request.user.time_zone) != (data["language"], data["time_zone"])
    desk = {name: data[name] for name in ("density", "undo_seconds", "has_notifications", "has_shortcuts")}
    preferences = save_preferences(request.user, person=person, desk={**desk, "sounds": form.sounds()})
    response = _saved(HttpResponse(status=204), preferences)
    if is_new_page:
        # Every word and every time on the page is another one now.
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@console_view
def look(request: ConsoleRequest) -> HttpResponse:
    """Theme or density from the top bar or by Ctrl K; what is neither changes nothing."""
    theme, density = request.POST.get("theme"), request.POST.get("density")
    person = {"theme": str(theme)} if theme in dict(_THEMES) else {}
    desk = {"density": density} if density in dict(_DENSITIES) else {}
    save_preferences(request.user, person=person, desk=desk)
    return HttpResponse(status=204)


@require_POST
@console_view
def shortcuts(request: ConsoleRequest) -> HttpResponse:
    """One key changed, or all of them as at first; answers with the table."""
    if "reset" in request.POST:
        preferences = reset_shortcuts(request.user)
    else:
        action, key = request.POST.get("action", ""), request.POST.get("key", "")
        preferences = save_shortcut(request.user, action=action, key=key)
    return _saved(render(request, "console/_shortcuts_table.html", _context(preferences)), preferences)


@require_GET
@console_view
def shortcuts_help(request: ConsoleRequest) -> HttpResponse:
    """The help sheet."""
    preferences = preferences_of(request.user)
    return render(
        request,
        "console/_shortcuts_help.html",
        {"key_groups": shortcut_groups(preferences), "preferences": preferences},
    )
