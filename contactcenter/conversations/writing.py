"""Several rows written in one round trip, by statements that are made once: for the few paths where it counts.

Django makes the SQL of every query anew, which costs more than the database takes to answer it. The columns come from
the models, so nothing here has to be kept in step with them.
"""

from __future__ import annotations

from collections.abc import Sequence
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


@cache
def _insert(model: type[models.Model]) -> str:
    quote = connection.ops.quote_name
    fields = _fields(model)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(str(field.column))} = %s" for field in _named(model, names))
    return f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE id = %s"  # noqa: S608


@cache
def _both_and_update(first: type[models.Model], second: type[models.Model], changed: str) -> str:
    return (
        f"WITH first AS ({_insert(first)} RETURNING id), changed AS ({changed}), "  # noqa: S608
        f"second AS ({_insert(second)} RETURNING id) SELECT first.id, second.id FROM first, second"
    )


def _values(row: models.Model, fields: Sequence[models.Field[Any, Any]]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def insert_and_update(first: models.Model, second: models.Model, changed: models.Model, names: tuple[str, ...]) -> None:
    """Insert two new rows and store the named columns of a third, in one statement; fills the keys of the new ones."""
    sql = _both_and_update(type(first), type(second), _update(type(changed), names))
    params = [
        *_values(first, _fields(type(first))),
        *_values(changed, _named(type(changed), names)),
        changed.pk,
        *_values(second, _fields(type(second))),
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        first.pk, second.pk = cursor.fetchone()
    for row in (first, second):
        row._state.adding = False
        row._state.db = connection.alias
