"""People in admin: brands, teams, users. The audit log is read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import AdminPasswordChangeForm

from contactcenter.accounts.admin_base import AuditedAdmin, ReadOnlyAdmin, actor_of
from contactcenter.accounts.admin_forms import BrandForm, NewPersonForm, PersonForm
from contactcenter.accounts.logos import logo_url, set_logo
from contactcenter.accounts.models import AuditEntry, Brand, Role, Team, User
from contactcenter.accounts.selectors import leaves_no_admin
from contactcenter.accounts.services import record_audit

__all__ = ["AuditedAdmin", "ReadOnlyAdmin"]

admin.site.unregister(Group)


@admin.register(Brand)
class BrandAdmin(AuditedAdmin):
    form = BrandForm
    list_display = ("name", "slug", "default_language", "time_zone", "colour")
    list_filter = ("default_language",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug")}),
        (gettext_lazy("Looks"), {"fields": ("colour", "shown_logo", "logo", "drop_logo")}),
        (gettext_lazy("Language and time"), {"fields": ("default_language", "time_zone")}),
        (gettext_lazy("Phone numbers"), {"fields": ("phone_region", "allowed_countries")}),
    )
    readonly_fields = ("shown_logo",)

    @admin.display(description=gettext_lazy("logo now"))
    def shown_logo(self, brand: Brand) -> str:
        address = logo_url(brand)
        return format_html('<img src="{}" alt="" height="32">', address) if address else "–"

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        assert isinstance(obj, Brand)
        if form.cleaned_data["logo"] is not None or form.cleaned_data["drop_logo"]:
            set_logo(obj, form.cleaned_data["logo"] or b"")


@admin.register(Team)
class TeamAdmin(AuditedAdmin):
    list_display = ("name", "brand", "people")
    list_filter = ("brand",)
    list_select_related = ("brand",)
    search_fields = ("name", "brand__name")
    autocomplete_fields = ("brand",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return super().get_queryset(request).annotate(people=Count("members"))  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("people"), ordering="people")
    def people(self, team: Any) -> int:
        return int(team.people)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Its queues and canned replies are the brand's.
        return ("brand",) if obj else ()


@admin.register(User)
class UserAdmin(DjangoUserAdmin, AuditedAdmin):  # type: ignore[type-arg,misc]
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "display_name", "email", "role", "team_names", "language", "is_active")
    list_filter = ("role", "brands", "teams", "language", "is_active")
    search_fields = ("username", "display_name", "email")
    ordering = ("username",)
    show_full_result_count = False
    autocomplete_fields = ("brands", "teams")
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    fieldsets = (
        (None, {"fields": ("username", "password", "display_name", "email")}),
        (
            gettext_lazy("Role"),
            {
                "fields": ("role", "brands", "teams", "is_active", "last_login"),
                "description": gettext_lazy(
                    "Agents see their teams' work, supervisors all of their brands, admins everything and this "
                    "administration. The brands of the chosen teams are added by themselves."
                ),
            },
        ),
        (gettext_lazy("Preferences"), {"fields": ("language", "time_zone", "theme")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "password1", "password2")}),
        (gettext_lazy("Role"), {"fields": ("role", "brands", "teams", "language")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("teams")

    @admin.display(description=gettext_lazy("teams"))
    def team_names(self, user: User) -> str:
        return ", ".join(team.name for team in user.teams.all())

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        assert isinstance(obj, User)
        obj.is_staff = obj.is_superuser = obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)

    def why_kept(self, rows: QuerySet[Any]) -> list[str]:
        reasons = super().why_kept(rows)
        if leaves_no_admin(rows):
            reasons.append(_("This is the last admin. Make somebody else an admin first."))
        return reasons

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            record_audit("user.password_changed", actor=actor_of(request), target=f"accounts.user:{id}")
        return response


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "target", "actor", "summary")
    list_filter = ("kind", "at")
    search_fields = ("target", "kind", "actor__username")
    list_select_related = ("actor",)
    fields = ("at", "kind", "target", "actor", "changes")
    readonly_fields = ("changes",)

    @admin.display(description=gettext_lazy("changes"))
    def summary(self, entry: AuditEntry) -> str:
        return ", ".join(list(entry.data)[:5]) if isinstance(entry.data, dict) else ""

    @admin.display(description=gettext_lazy("changes"))
    def changes(self, entry: AuditEntry) -> str:
        return format_html_join("", "<p><b>{}</b>: {}</p>", _lines(entry.data)) or "–"


def _lines(data: dict[str, Any], above: str = "") -> list[tuple[str, str]]:
    """(what, old → new) for each thing that an entry tells, inlines under their names."""
    lines: list[tuple[str, str]] = []
    for name, value in data.items():
        title = f"{above} › {name}" if above else str(name)
        if isinstance(value, dict):
            lines += _lines(value, title)
        elif isinstance(value, list) and len(value) == 2:
            lines.append((title, f"{_shown(value[0])} → {_shown(value[1])}"))
        else:
            lines.append((title, _shown(value)))
    return lines


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
