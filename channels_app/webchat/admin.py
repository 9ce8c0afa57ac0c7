"""Widgets in admin: one field for each thing that the configuration may say, checked before it is stored."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from channels_app.webchat.access import KIND
from channels_app.webchat.admin_greetings import FIELDSETS as GREETING_FIELDSETS
from channels_app.webchat.admin_greetings import (
    GreetingFields,
    check_greetings,
    field_of,
    greetings_of,
    shown_greetings,
)
from channels_app.webchat.config import FIELDS, OFF, OPTIONAL, REQUIRED, BadConfig, WidgetConfig
from channels_app.webchat.models import Widget
from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.conversations.admin import ChannelAccountForm
from contactcenter.conversations.states import Channel

_LANGUAGES = ("en", "et", "lv", "ru", "pl")
_WANTED = [(OFF, _("Not asked")), (OPTIONAL, _("Optional")), (REQUIRED, _("Required"))]
# Fields of the form that are parts of the configuration by the same name.
_PLAIN = ("side", "colour", "privacy_url", "identity_required")
_LINES = ("origins", "hidden")


_KEY = forms.SlugField(required=False, error_messages={"invalid": _("Use letters, figures, hyphens and underscores.")})


def _line(label: Any, **fields: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=UnfoldAdminTextInputWidget(), **fields)


def _area(label: Any, help_text: Any) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


def _wanted(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_WANTED, widget=UnfoldAdminSelectWidget())


class WidgetForm(ChannelAccountForm, GreetingFields):  # type: ignore[misc, valid-type]
    """The configuration as fields; what it holds besides is kept."""

    kind = None  # type: ignore[assignment]
    origins = _area(_("Pages that may show it"), _("One origin a line, such as https://shop.example."))
    side = forms.ChoiceField(
        label=_("Position"),
        choices=[("right", pgettext_lazy("position", "Right")), ("left", pgettext_lazy("position", "Left"))],
        widget=UnfoldAdminSelectWidget(),
    )
    colour = _line(_("Colour"), help_text=_("Written as #rrggbb; empty takes the brand's."))
    hidden = _area(_("Hidden on pages"), _("One pattern a line, such as /checkout/*."))
    privacy_url = _line(_("Privacy page"), help_text=_("Its address, linked below the chat."))
    identity_required = forms.BooleanField(
        label=_("Signed people only"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Chats need an identity signed by your server; all others are refused."),
    )
    greeting_en = _line(_("Greeting, English"), help_text=_("{name} stands for the customer's name."))
    greeting_et = _line(_("Greeting, Estonian"))
    greeting_lv = _line(_("Greeting, Latvian"))
    greeting_ru = _line(_("Greeting, Russian"))
    greeting_pl = _line(_("Greeting, Polish"))
    prechat_name = _wanted(_("Ask for the name"))
    prechat_email = _wanted(_("Ask for the email address"))
    prechat_phone = _wanted(_("Ask for the phone number"))
    prechat_topic = _wanted(_("Ask for the topic"))
    prechat_order = _wanted(_("Ask for the order number"))
    prechat_consent = _wanted(_("Ask for consent"))

    class Meta(ChannelAccountForm.Meta):
        model = Widget
        fields = ("brand", "name", "slug", "address", "secret", "is_active")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].help_text = _("The public key of the page's snippet; empty makes one.")
        self.initial = {**self.initial, **_shown(self.instance.config)}

    def clean_address(self) -> str:
        """It stands in the snippet and in addresses."""
        return str(_KEY.clean(self.cleaned_data["address"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("address"):
            cleaned["address"] = f"pk_{secrets.token_urlsafe(12)}"
        check_greetings(self, cleaned)
        if not self.errors:
            self._check({**_config_of(cleaned), **greetings_of(cleaned, self.instance.config)})
        return cleaned

    def _check(self, given: dict[str, Any]) -> None:
        try:
            WidgetConfig.parse(given)
        except BadConfig as error:
            for part, text in error.errors.items():
                self.add_error(part if part in self.fields else field_of(part), text)
            return
        self.instance.config = {**self.instance.config, **given}


def _shown(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration as the form's fields; what cannot be read is shown as its default."""
    read = WidgetConfig.of(Widget(config=config))
    asked = {ask.name: REQUIRED if ask.is_required else OPTIONAL for ask in read.prechat}
    return {
        **{name: getattr(read, name) for name in _PLAIN},
        **{name: "\n".join(getattr(read, name)) for name in _LINES},
        **shown_greetings(read),
        **{f"greeting_{language}": read.greeting.get(language, "") for language in _LANGUAGES},
        **{f"prechat_{name}": asked.get(name, OFF) for name in FIELDS},
    }


def _config_of(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: cleaned[name] for name in _PLAIN},
        **{name: [line.strip() for line in cleaned[name].splitlines() if line.strip()] for name in _LINES},
        "greeting": {language: text for language in _LANGUAGES if (text := cleaned[f"greeting_{language}"])},
        "prechat": {name: cleaned[f"prechat_{name}"] for name in FIELDS},
    }


_SNIPPET = """<script>
(function(w,d,u){w.cc=w.cc||function(){(w.cc.q=w.cc.q||[]).push([].slice.call(arguments))};
var s=d.createElement('script');s.async=1;s.src=u;d.head.appendChild(s)})(window,document,'%(loader)s');
cc('init',{key:'%(key)s'});
</script>"""


def snippet_of(widget: Widget, base: str) -> str:
    """What goes into the pages of `base`'s customers, before `</body>`."""
    return _SNIPPET % {"loader": f"{base}{reverse('webchat-loader')}", "key": widget.address}


@admin.register(Widget)
class WidgetAdmin(AuditedAdmin):
    form = WidgetForm
    list_display = ("name", "brand", "address", "is_active")
    list_filter = ("brand", "is_active")
    list_select_related = ("brand",)
    search_fields = ("name", "slug", "address")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "brand", "address", "secret", "is_active")}),
        (_("Place and looks"), {"fields": ("origins", "hidden", "side", "colour", "privacy_url")}),
        (_("Greeting"), {"fields": tuple(f"greeting_{language}" for language in _LANGUAGES)}),
        *GREETING_FIELDSETS,
        (_("Before a chat"), {"fields": (*(f"prechat_{name}" for name in FIELDS), "identity_required")}),
    )

    autocomplete_fields = ("brand",)
    actions_detail = ("preview",)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        return ((_("On your pages"), {"fields": ("snippet",)}), *shown) if obj else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Its visitors and conversations are the brand's.
        return ("brand", "snippet") if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.prepopulated_fields if obj is None else {}

    @admin.display(description=_("Snippet"))
    def snippet(self, widget: Widget) -> str:
        context = {"snippet": snippet_of(widget, settings.PUBLIC_URL)}
        return render_to_string("webchat/admin/snippet.html", context)

    @action(description=_("Preview"), url_path="preview", permissions=["change"])  # type: ignore[untyped-decorator]
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The widget as visitors see it, by its own loader. Only admins may embed it on this origin."""
        widget = get_object_or_404(Widget, pk=object_id, kind=KIND)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview"),
            "opts": self.model._meta,
            "widget": widget,
            "loader": mark_safe(snippet_of(widget, "")),  # noqa: S308 - our own text and a key of slug characters
        }
        return TemplateResponse(request, "webchat/admin/preview.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Widget]:
        return super().get_queryset(request).filter(kind=KIND)  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        assert isinstance(obj, Widget)
        obj.kind, obj.channel = KIND, Channel.CHAT
        super().save_model(request, obj, form, change)
