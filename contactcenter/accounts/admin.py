"""People in admin: brands, teams, users. The audit log is read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from contactcenter.accounts.models import AuditEntry, Brand, Team, User
from contactcenter.accounts.services import record_audit

admin.site.unregister(Group)


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


class AuditedAdmin(ModelAdmin):  # type: ignore[misc]
    """A set-up page whose changes go to the audit log with what was changed."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        hidden = {"password", "secret"}
        data = {name: "…" if name in hidden else str(form.cleaned_data.get(name)) for name in form.changed_data}
        kind = "admin.changed" if change else "admin.added"
        record_audit(kind, actor=_actor(request), target=f"{obj._meta.label_lower}:{obj.pk}", data=data)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        record_audit(
            "admin.deleted", actor=_actor(request), target=f"{obj._meta.label_lower}:{obj.pk}", data={"was": str(obj)}
        )
        super().delete_model(request, obj)


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """History: to be read, never to be changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Brand)
class BrandAdmin(AuditedAdmin):
    list_display = ("name", "slug", "default_language", "time_zone")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Team)
class TeamAdmin(AuditedAdmin):
    list_display = ("name", "brand")
    list_filter = ("brand",)
    search_fields = ("name",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, AuditedAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "display_name", "email", "role", "language", "is_active")
    list_filter = ("role", "brands", "is_active")
    search_fields = ("username", "display_name", "email")
    filter_horizontal = ("brands", "teams")
    fieldsets = (
        (None, {"fields": ("username", "password", "display_name", "email")}),
        (_("Role"), {"fields": ("role", "brands", "teams", "is_active", "is_staff", "is_superuser")}),
        (_("Preferences"), {"fields": ("language", "time_zone", "theme")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "role", "password1", "password2")}),)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "target", "actor")
    list_filter = ("kind",)
    search_fields = ("target",)
    list_select_related = ("actor",)
    show_full_result_count = False
