"""API tokens in admin: made (shown once), listed, revoked; never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin

from contactcenter.accounts.models import ApiToken, Scope, User
from contactcenter.accounts.tokens import make_token, revoke_token
from contactcenter.base.clock import now


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whom it acts for, what for, until when."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiToken
        fields = ("user", "name", "scopes", "expires_at")

    def clean_expires_at(self) -> datetime | None:
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= now():
            raise forms.ValidationError(_("Choose a time that is still to come, or none."))
        return expires_at


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):  # type: ignore[misc]
    form = TokenForm
    list_display = ("name", "user", "prefix", "state", "created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    autocomplete_fields = ("user",)
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request))

    @admin.display(description=gettext_lazy("state"))
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return _("Revoked")
        return _("Expired") if token.expires_at is not None and token.expires_at <= now() else _("Valid")

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        data = form.cleaned_data
        token, text = make_token(
            user=data["user"],
            name=data["name"],
            scopes=data["scopes"],
            expires_at=data["expires_at"],
            actor=request.user,
        )
        obj.pk = token.pk
        self.message_user(request, _("The token, shown this once: %(token)s") % {"token": text}, level=messages.WARNING)

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:accounts_apitoken_changelist")

    @admin.action(description=gettext_lazy("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        assert isinstance(request.user, User)
        revoked = sum(revoke_token(token, actor=request.user) for token in tokens.select_related("user"))
        text = ngettext("%(count)s token revoked.", "%(count)s tokens revoked.", revoked) % {"count": revoked}
        self.message_user(request, text)
