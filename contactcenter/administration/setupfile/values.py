"""The values of a row: how a column, a reference or a list of parts is written into the file and read from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _


class BadValue(Exception):
    """What is wrong with a value; `path` names the part of it."""

    def __init__(self, text: str, path: str = "") -> None:
        super().__init__(text)
        self.path = path


def place(path: str, text: str) -> str:
    """An error as people read it: where, and what."""
    return f"{path}: {text}"


def need(value: object, kind: type, *, at: str = "") -> Any:
    """The value, if it is of this type; true and false are no numbers."""
    words = {
        str: _("text is needed."),
        int: _("a whole number is needed."),
        bool: _("true or false is needed."),
        list: _("a list is needed."),
        dict: _("names with values are needed."),
    }
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadValue(words[kind], at)
    return value


def find(model: type[models.Model], text: str, *, at: str = "", **key: Any) -> Any:
    """The row with this natural key. `text` says what is missing."""
    row = model._default_manager.filter(**key).first()
    if row is None:
        raise BadValue(text, at)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One entry of a row. `late` ones need all rows of the section to be saved before; without `default` a key must be
    given."""

    name: str
    show: Callable[[Any], Any]
    take: Callable[[Any, Any], None]
    late: bool = False
    default: Any = ...


def column(model: type[models.Model], name: str) -> Value:
    """A plain column, of the type that it has."""
    given = model._meta.get_field(name)
    assert isinstance(given, models.Field)

    def take(row: Any, value: Any) -> None:
        if value is None and given.null:
            setattr(row, name, None)
            return
        if isinstance(given, ArrayField):
            value = [need(part, str, at=f"[{at}]") for at, part in enumerate(need(value, list))]
        elif not isinstance(given, models.JSONField):
            kind = bool if isinstance(given, models.BooleanField) else int
            value = need(value, kind if isinstance(given, models.BooleanField | models.IntegerField) else str)
        try:
            setattr(row, name, given.clean(value, row))
        except ValidationError as error:
            raise BadValue(" ".join(error.messages)) from error

    return Value(name=name, show=lambda row: getattr(row, name), take=take)


def columns(model: type[models.Model], *names: str) -> list[Value]:
    return [column(model, name) for name in names]


def optional(value: Value, default: Any) -> Value:
    """The same as a part of a key that may be left out."""
    return replace(value, default=default)


def reference(
    name: str, model: type[models.Model], by: str, missing: Callable[[str], str], *, null: bool = False
) -> Value:
    """A foreign key, written as the natural key of the other row."""

    def show(row: Any) -> Any:
        other = getattr(row, name)
        return getattr(other, by) if other is not None else None

    def take(row: Any, value: Any) -> None:
        if value is None and null:
            setattr(row, name, None)
        else:
            setattr(row, name, find(model, missing(need(value, str)), **{by: value}))

    return Value(name=name, show=show, take=take, default=None if null else ...)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The rows of one model. `key` are the values that find a row; `check` says what its admin page would."""

    name: str
    model: type[models.Model]
    key: list[Value]
    values: list[Value]
    # Rows that nobody sets up: the product makes them where it needs them.
    made: Q = field(default_factory=lambda: Q(pk=None))
    # What showing a row reads, fetched for all rows at once.
    reads: tuple[str, ...] = ()
    check: Callable[[Any], dict[str, str]] = field(default=lambda row: {})
    # What happens to a row beside its columns: (row, its entry before or None).
    before_save: Callable[[Any, dict[str, Any] | None], list[str]] = field(default=lambda row, before: [])

    def all_values(self) -> list[Value]:
        return [*self.key, *self.values]

    def show(self, row: Any) -> dict[str, Any]:
        return {value.name: value.show(row) for value in self.all_values()}

    def key_of(self, entry: dict[str, Any]) -> tuple[str, ...]:
        """Comparable whatever stands in it. Shorter lists come first: what others lie under."""
        parts = []
        for value in self.key:
            given = entry[value.name]
            parts.append(f"{len(given):03}{given}" if isinstance(given, list) else "" if given is None else str(given))
        return tuple(parts)

    def label_of(self, entry: dict[str, Any]) -> str:
        """The key as people read it."""
        shown = (entry[value.name] for value in self.key)
        return " / ".join(" / ".join(map(str, part)) if isinstance(part, list) else str(part) for part in shown if part)
