"""Several rows written in one round trip, by statements that are made once: for the few paths where it counts.

Django makes the SQL of every query anew, which costs more than the database takes to answer it. The columns come from
the models, so nothing here has to be kept in step with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models


@cache
def _fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """All columns that a new row is given: its key is made by the database."""
    return tuple(field for field in model._meta.local_concrete_fields if not field.primary_key)


@cache
def _named(model: type[models.Model], names: tuple[str, ...]) -> tuple[models.Field[Any, Any], ...]:
    by_name = {field.name: field for field in _fields(model)}
    return tuple(by_name[name] for name in names)


@dataclass(frozen=True, slots=True)
class IdOf:
    """In a new row's JSON: stands for the key of another new row of the same statement."""

    row: models.Model


def write_together(new: Sequence[models.Model], changed: Sequence[tuple[models.Model, tuple[str, ...]]] = ()) -> None:
    """Insert new rows and store named columns of others, in one statement; fills the keys of the new ones.

    A new row may refer to an earlier one of them, by a foreign key or in its JSON by `IdOf`.
    """
    places = {id(row): place for place, row in enumerate(new)}
    params: list[Any] = []
    inserted = tuple(_insertion(row, places, params) for row in new)
    updated = tuple((type(row), names) for row, names in changed)
    for row, names in changed:
        params += [*_values(row, _named(type(row), names)), row.pk]
    with connection.cursor() as cursor:
        cursor.execute(_together(inserted, updated), params)
        keys = cursor.fetchone()
    for row, pk in zip(new, keys, strict=True):
        row.pk = pk
        row._state.adding = False
        row._state.db = connection.alias
        for field in _fields(type(row)):
            other = _other(field, row)
            if other is not None:
                setattr(row, field.attname, other.pk)
            elif isinstance(field, models.JSONField):
                _fill_ids(getattr(row, field.name))


# A new row's model, and for each of its columns that is given by another new row: (column, name in its JSON, place).
_Insertion = tuple[type[models.Model], tuple[tuple[str, str, int], ...]]


def _insertion(row: models.Model, places: Mapping[int, int], params: list[Any]) -> _Insertion:
    referring: list[tuple[str, str, int]] = []
    for field in _fields(type(row)):
        column = str(field.column)
        other = _other(field, row)
        if other is not None and id(other) in places:
            referring.append((column, "", places[id(other)]))
            continue
        value = getattr(row, field.attname)
        if isinstance(value, dict):
            referring += [(column, name, places[id(held.row)]) for name, held in value.items() if _is_id(held)]
            value = {name: held for name, held in value.items() if not _is_id(held)}
        params.append(field.get_db_prep_save(value, connection))
    return type(row), tuple(referring)


def _other(field: models.Field[Any, Any], row: models.Model) -> models.Model | None:
    """The row that a foreign key was set to, where it is at hand."""
    return row._state.fields_cache.get(field.name) if field.is_relation else None


def _is_id(value: object) -> bool:
    return isinstance(value, IdOf)


def _fill_ids(data: Any) -> None:
    for name, held in data.items() if isinstance(data, dict) else ():
        if isinstance(held, IdOf):
            data[name] = held.row.pk


@cache
def _together(inserted: tuple[_Insertion, ...], updated: tuple[tuple[type[models.Model], tuple[str, ...]], ...]) -> str:
    parts = [f"new{place} AS ({_insert(*row)} RETURNING id)" for place, row in enumerate(inserted)]
    parts += [f"changed{place} AS ({_update(*row)})" for place, row in enumerate(updated)]
    keys = ", ".join(f"(SELECT id FROM new{place})" for place in range(len(inserted)))  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT {keys}"


def _insert(model: type[models.Model], referring: tuple[tuple[str, str, int], ...]) -> str:
    quote = connection.ops.quote_name
    columns, values = [], []
    for field in _fields(model):
        column = str(field.column)
        columns.append(quote(column))
        value = "%s"
        for _column, name, place in (row for row in referring if row[0] == column):
            key = f"(SELECT id FROM new{place})"  # noqa: S608
            value = f"{value}::jsonb || jsonb_build_object('{name}', {key})" if name else key
        values.append(value)
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)})"  # noqa: S608 - the models' names


def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(str(field.column))} = %s" for field in _named(model, names))
    return f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE id = %s"  # noqa: S608


def _values(row: models.Model, fields: Sequence[models.Field[Any, Any]]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
