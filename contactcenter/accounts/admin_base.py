"""What every page of the administration stands on: changes are written down, what is in use stays, history is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import CASCADE, PROTECT, RESTRICT, Model, QuerySet
from django.forms.models import BaseModelFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from contactcenter.accounts.models import User
from contactcenter.accounts.services import record_audit
from contactcenter.base.crypto import EncryptedTextField

HIDDEN = "…"
_SECRET_WORDS = ("password", "secret", "token")
# Deep enough for what hangs on what hangs on a row: user, agent, assignment.
_DEPTH = 3


def actor_of(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def target_of(row: Model) -> str:
    """How the audit log names a row."""
    return f"{row._meta.label_lower}:{row.pk}"


def is_secret(name: str, model: type[Model] | None = None) -> bool:
    """Whether the field's values may not be written down."""
    if any(word in name for word in _SECRET_WORDS):
        return True
    return model is not None and any(
        field.name == name and isinstance(field, EncryptedTextField) for field in model._meta.fields
    )


def plain(value: Any) -> Any:
    """A value as the audit log keeps it: JSON that people can read."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return HIDDEN
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, QuerySet | list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else str(value)


def _before(form: Any, name: str) -> Any:
    """What the field held when the form was opened, rows by their names."""
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    if not isinstance(field, forms.ModelChoiceField) or not value:
        return plain(value)
    many = isinstance(field, forms.ModelMultipleChoiceField)
    keys = [getattr(one, "pk", one) for one in (value if many else [value])]
    names = [str(row) for row in field.queryset.model._base_manager.filter(pk__in=keys)]  # type: ignore[union-attr]
    return sorted(names) if many else next(iter(names), None)


def _after(form: Any, name: str) -> Any:
    value = plain(form.cleaned_data.get(name))
    return sorted(value) if isinstance(form.fields[name], forms.ModelMultipleChoiceField) and value else value


def changes_of(form: Any, *, is_new: bool) -> dict[str, list[Any]]:
    """`{field: [old, new]}` of what a valid form changed."""
    changes = {}
    for name in form.changed_data:
        if name not in form.fields or isinstance(form.fields[name].widget, forms.HiddenInput):
            continue
        if is_secret(name, getattr(form._meta, "model", None)):
            changes[name] = [None if is_new else HIDDEN, HIDDEN]
        else:
            changes[name] = [None if is_new else _before(form, name), _after(form, name)]
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1] or HIDDEN in pair}


def values_of(row: Model) -> dict[str, list[Any]]:
    """`{field: [old, None]}` of a row that goes."""
    found: dict[str, list[Any]] = {}
    for field in row._meta.concrete_fields:
        value = (
            getattr(row, field.name)
            if not field.is_relation
            else getattr(row, field.attname) and str(getattr(row, field.name))
        )
        if field.editable and not field.primary_key and value not in (None, "", [], {}):
            found[field.name] = [HIDDEN if is_secret(field.name, type(row)) else plain(value), None]
    return found


def _inline_changes(formset: BaseModelFormSet[Any, Any]) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    forms_by_row = {id(form.instance): form for form in formset.forms}
    name = formset.model._meta.verbose_name  # type: ignore[union-attr]
    for row in formset.new_objects:
        yield f"{name} {row}", changes_of(forms_by_row[id(row)], is_new=True)
    for row, _fields in formset.changed_objects:
        yield f"{name} {row}", changes_of(forms_by_row[id(row)], is_new=False)
    for row in formset.deleted_objects:
        yield f"{name} {row}", values_of(row)


def _owners(model: type[Model]) -> Iterator[Any]:
    """Relations by which rows of other tables point to this model's."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation


def uses_of(rows: QuerySet[Any], depth: int = _DEPTH) -> dict[str, int]:
    """What keeps these rows from being deleted: names of things and how many, with what would go along."""
    uses: dict[str, int] = {}
    for relation in _owners(rows.model):
        found = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows.order_by()})
        if relation.on_delete in {PROTECT, RESTRICT}:
            if number := found.count():
                name = str(relation.related_model._meta.verbose_name_plural)
                uses[name] = uses.get(name, 0) + number
        elif relation.on_delete is CASCADE and depth > 1:
            for name, number in uses_of(found, depth - 1).items():
                uses[name] = max(uses.get(name, 0), number)
    return uses


class AuditedAdmin(ModelAdmin):  # type: ignore[misc]
    """A set-up page: each change goes to the audit log as `{field: [old, new]}`, and what is in use is not deleted."""

    list_fullwidth = True
    warn_unsaved_form = True

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        data = changes_of(form, is_new=not change)
        for formset in formsets:
            data.update({name: changes for name, changes in _inline_changes(formset) if changes})  # type: ignore[misc]
        if data or not change:
            kind = "admin.changed" if change else "admin.added"
            record_audit(kind, actor=actor_of(request), target=target_of(form.instance), data=data)

    def why_kept(self, rows: QuerySet[Any]) -> list[str]:
        """Reasons against deleting these rows; none lets them go."""
        uses = uses_of(rows)
        if not uses:
            return []
        listed = ", ".join(f"{name}: {number}" for name, number in uses.items())
        return [_("It is in use (%(uses)s). Take it out there first, or switch it off.") % {"uses": listed}]

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> Any:
        rows = self.model._default_manager.filter(pk__in=[row.pk for row in objs])
        if reasons := self.why_kept(rows):
            return [str(row) for row in objs], {}, set(), reasons
        return super().get_deleted_objects(objs, request)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id)
        reasons = self.why_kept(self.model._default_manager.filter(pk=row.pk)) if row is not None else []
        if row is None or not reasons:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        for reason in reasons:
            messages.error(request, _("“%(name)s” was not deleted. %(reason)s") % {"name": row, "reason": reason})
        meta = self.model._meta
        return HttpResponseRedirect(reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]))

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self._record_deletion(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self._record_deletion(request, row)
        super().delete_queryset(request, queryset)

    def _record_deletion(self, request: HttpRequest, row: Model) -> None:
        data = {"was": str(row), **values_of(row)}
        record_audit("admin.deleted", actor=actor_of(request), target=target_of(row), data=data)

    # The audit log is the one history; Django's own would say the same once more.
    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return None

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        return None


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """History: to be read, never to be changed."""

    list_fullwidth = True
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
