"""Filling in admin pages as a browser does: what was there, with some of it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.test import Client


def _posted(field: Any) -> Any:
    value = field.value()
    if isinstance(value, list | tuple):
        return [str(getattr(one, "pk", one)) for one in value]
    if value is True:
        return "on"
    return "" if value is None or value is False else str(value)


def _fields_of(form: Any) -> dict[str, Any]:
    """What a browser would post of a form: its fields that hold something."""
    data: dict[str, Any] = {}
    for field in form:
        widget = field.field.widget
        if isinstance(widget, forms.MultiWidget):
            parts = widget.decompress(field.value())
            data |= {f"{field.html_name}_{at}": str(part) for at, part in enumerate(parts) if part not in ("", None)}
        elif (value := _posted(field)) not in ("", []):
            data[field.html_name] = value
    return data


def filled(client: Client, path: str, rows: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every field of the page and its inlines. `rows` says by `…-TOTAL_FORMS` how many there are, with new ones."""
    context = client.get(path).context
    formsets = [inline.formset for inline in context["inline_admin_formsets"]]
    shown = [context["adminform"].form, *(formset.management_form for formset in formsets)]
    data = {name: value for form in shown for name, value in _fields_of(form).items()}
    for formset in formsets:
        for form in formset.forms:
            data |= _fields_of(form)
        for number in range(len(formset.forms), int((rows or {}).get(f"{formset.prefix}-TOTAL_FORMS", 0))):
            empty = _fields_of(formset.empty_form)
            data |= {name.replace("__prefix__", str(number)): value for name, value in empty.items()}
    return data


def save(client: Client, path: str, **fields: Any) -> list[str]:
    """Post the page with these fields; what is said against it, nothing if it was saved. None takes a field out."""
    data = {**filled(client, path, fields), **fields}
    answer = client.post(path, {name: value for name, value in data.items() if value is not None})
    if answer.status_code == 302:
        return []
    assert answer.status_code == 200, answer.status_code
    context = answer.context
    found = [str(text) for texts in context["adminform"].form.errors.values() for text in texts]
    for inline in context["inline_admin_formsets"]:
        found += [str(text) for text in inline.formset.non_form_errors()]
        found += [str(text) for form in inline.formset.forms for texts in form.errors.values() for text in texts]
    assert found, "neither saved nor refused"
    return found


def add_row(prefix: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    """One new row of an inline whose page has `number` rows already."""
    return {
        f"{prefix}-TOTAL_FORMS": str(number + 1),
        **{f"{prefix}-{number}-{name}": value for name, value in fields.items()},
    }
