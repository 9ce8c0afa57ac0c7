"""Channel accounts in admin: a form for each kind, how the provider answers, a pause, templates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.decorators import action

from channels_app.accounts import pause_account, resume_account
from channels_app.admin_forms import account_form, setting_fields
from channels_app.base import ChecksConnection
from channels_app.health import check_connection, traffic_of
from channels_app.kinds import Kind, kinds
from channels_app.models import AccountHealth
from channels_app.registry import UnknownKind, adapter_class
from channels_app.types import Capability
from contactcenter.accounts.admin import AuditedAdmin
from contactcenter.accounts.admin_base import actor_of
from contactcenter.base.errors import Refused
from contactcenter.conversations.models import ChannelAccount, MessageTemplate
from contactcenter.conversations.services.message_templates import check_template
from routing.models import EntryPoint


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = MessageTemplate
        fields = ("title", "name", "language", "text", "labels", "is_active")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            check_template(cleaned.get("text") or "", cleaned.get("labels") or [])
        except Refused as refusal:
            self.add_error("labels" if refusal.code == "bad_labels" else "text", str(refusal.text))
        return cleaned


class TemplateInline(StackedInline):  # type: ignore[misc]
    model = MessageTemplate
    form = TemplateForm
    extra = 0
    verbose_name_plural = _("templates that the provider has approved")


@admin.register(ChannelAccount)
class ChannelAccountAdmin(AuditedAdmin):
    list_display = ("name", "kind_name", "brand", "address", "state")
    list_filter = ("brand", "kind", "channel", "is_active")
    list_select_related = ("brand", "health")
    search_fields = ("name", "slug", "address")
    actions_detail = ("test_connection", "pause", "resume")

    # -- the form ---------------------------------------------------------------------------------
    def _kind(self, request: HttpRequest, obj: Model | None) -> Kind | None:
        name = obj.kind if isinstance(obj, ChannelAccount) else request.GET.get("kind", "")
        return kinds().get(name)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kind = self._kind(request, obj)
        assert kind is not None, "the views have seen to that"
        kwargs["form"] = account_form(kind)
        return super().get_form(request, obj, change=change, **kwargs)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First which kind, then its form."""
        if self._kind(request, None) is not None:
            return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]
        self.has_add_permission(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Which kind of account?"),
            "opts": self.model._meta,
            "kinds": list(kinds().values()),
        }
        return TemplateResponse(request, "channels_app/admin/kinds.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Widgets have a page of their own."""
        account = self.get_object(request, object_id)
        if account is not None and self._kind(request, account) is None:
            return HttpResponseRedirect(reverse("admin:webchat_widget_change", args=[account.pk]))
        return super().change_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind = self._kind(request, obj)
        assert kind is not None
        first = ("name", "slug", "brand", *(() if obj else ("queue",)), "is_active")
        shown: list[Any] = [(None, {"fields": first}), (kind.title, {"fields": setting_fields(kind)})]
        if obj:
            shown.insert(1, (_("At the provider"), {"fields": ("webhook", "how_it_goes")}))
        return (*shown, (_("Conversations"), {"fields": ("reopen_hours",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Its customers and conversations are the brand's.
        return ("brand", "webhook", "how_it_goes") if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return {"slug": ("name",)} if obj is None else {}

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        try:
            has_templates = obj is not None and Capability.TEMPLATES in adapter_class(obj.kind).capabilities
        except UnknownKind:
            has_templates = False
        return [TemplateInline] if has_templates else []

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change and form.cleaned_data.get("queue"):
            EntryPoint.objects.create(account=form.instance, queue=form.cleaned_data["queue"])

    # -- what is shown ----------------------------------------------------------------------------
    @admin.display(description=_("Kind"), ordering="kind")
    def kind_name(self, account: ChannelAccount) -> str:
        kind = kinds().get(account.kind)
        return str(kind.title) if kind is not None else account.get_channel_display()

    @admin.display(description=_("State"))
    def state(self, account: ChannelAccount) -> str:
        health = getattr(account, "health", None)
        if not account.is_active:
            return str(_("Switched off"))
        if account.paused_at is not None:
            return str(_("Sending paused"))
        return str(_("Sending fails") if health is not None and health.failing_since else _("In use"))

    @admin.display(description=_("Webhook"))
    def webhook(self, account: ChannelAccount) -> str:
        """What to paste at the provider."""
        address = f"{settings.PUBLIC_URL}{reverse('webhook', args=[account.kind, account.slug])}"
        context = {"address": address, "verify_token": account.config.get("verify_token", "")}
        return render_to_string("channels_app/admin/webhook.html", context)

    @admin.display(description=_("Health"))
    def how_it_goes(self, account: ChannelAccount) -> str:
        context = {
            "account": account,
            "health": AccountHealth.objects.filter(account=account).first(),
            "traffic": traffic_of(account),
        }
        return render_to_string("channels_app/admin/health.html", context)

    # -- acts -------------------------------------------------------------------------------------
    def _back(self, account: ChannelAccount) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:conversations_channelaccount_change", args=[account.pk]))

    @action(description=_("Test the connection"), url_path="test", permissions=["change"])  # type: ignore[untyped-decorator]
    def test_connection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the provider who we are."""
        account = get_object_or_404(ChannelAccount, pk=object_id)
        try:
            can_ask = issubclass(adapter_class(account.kind), ChecksConnection)
        except UnknownKind:
            can_ask = False
        if not can_ask:
            messages.warning(request, _("This kind of account has nobody to ask."))
            return self._back(account)
        health = check_connection(account)
        if health.is_connected:
            messages.success(request, _("Connected: %s") % health.check_result)
        else:
            messages.error(request, _("Not connected: %s") % health.check_result)
        return self._back(account)

    @action(description=_("Pause sending"), url_path="pause", permissions=["change"])  # type: ignore[untyped-decorator]
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = get_object_or_404(ChannelAccount, pk=object_id)
        pause_account(account, actor=actor_of(request))
        messages.success(request, _("Sending is paused; what comes in is taken all the same."))
        return self._back(account)

    @action(description=_("Resume sending"), url_path="resume", permissions=["change"])  # type: ignore[untyped-decorator]
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = get_object_or_404(ChannelAccount, pk=object_id)
        resume_account(account, actor=actor_of(request))
        messages.success(request, _("What waited goes out now."))
        return self._back(account)
