"""Queries whose SQL is made once. Django makes it anew at every call, which on the paths that each message takes costs
more than everything else about the query.

    _by_key = Prepared(lambda pk: Conversation.objects.select_related("customer").filter(pk=pk))
    found = _by_key.objects(pk)

The function is called once for each number of arguments (and length of each list among them) with values that stand
for the later ones. So an argument may only go into the query as it is: no `if` about it, no arithmetic with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import QuerySet
from django.db.models.query import get_related_populators

_Model = TypeVar("_Model", bound=models.Model)
_Shape = tuple[tuple[type, int | None], ...]

# What stands for later values: nothing that a query says of its own accord.
_STANDING_INT = 2_000_000_000
_STANDING_STR = "stands for argument {}"
_STANDING_TIME = datetime(1901, 1, 1, tzinfo=UTC)


def _standing(kind: type, number: int) -> Any:
    if kind is int:
        return _STANDING_INT + number
    if kind is float:
        return _STANDING_INT + number + 0.5
    if kind is datetime:
        return _STANDING_TIME + timedelta(seconds=number)
    assert kind is str, f"{kind} cannot be given to a prepared query"
    return _STANDING_STR.format(number)


def _shape(arguments: tuple[Any, ...]) -> _Shape:
    return tuple(
        (_kind(argument[0]), len(argument)) if isinstance(argument, list) else (_kind(argument), None)
        for argument in arguments
    )


def _kind(value: object) -> type:
    # A member of a TextChoices is a string.
    return str if isinstance(value, str) else type(value)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL, and for each of its parameters the number of the argument's value, or None and a constant."""

    sql: str
    slots: tuple[tuple[int | None, Any], ...]
    compiler: Any
    converters: Any
    init: list[str]
    columns: slice
    populators: list[Any]

    def rows(self, values: list[Any]) -> Any:
        connection = connections[DEFAULT_DB_ALIAS]
        params = [constant if number is None else values[number] for number, constant in self.slots]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        return self.compiler.apply_converters(found, self.converters) if self.converters else found


class Prepared(Generic[_Model]):
    """A query by the arguments of `make`; lists among them must not be empty."""

    def __init__(self, make: Callable[..., QuerySet[_Model, Any]]) -> None:
        self._make = make
        self._compiled: dict[_Shape, _Compiled] = {}

    def objects(self, *arguments: Any) -> list[_Model]:
        """Model instances, with what `select_related` and `annotate` bring."""
        compiled = self._of(arguments)
        model, annotations = compiled.compiler.klass_info["model"], compiled.compiler.annotation_col_map
        found = []
        for row in compiled.rows(_flat(arguments)):
            instance = model.from_db(DEFAULT_DB_ALIAS, compiled.init, row[compiled.columns])
            for populator in compiled.populators:
                populator.populate(row, instance)
            for name, column in annotations.items():
                setattr(instance, name, row[column])
            found.append(instance)
        return found

    def tuples(self, *arguments: Any) -> list[tuple[Any, ...]]:
        """Of a query by `values_list`."""
        return [tuple(row) for row in self._of(arguments).rows(_flat(arguments))]

    def _of(self, arguments: tuple[Any, ...]) -> _Compiled:
        shape = _shape(arguments)
        compiled = self._compiled.get(shape)
        if compiled is None:
            compiled = self._compiled[shape] = _compile(self._make, shape)
        return compiled


def _flat(arguments: tuple[Any, ...]) -> list[Any]:
    return list(chain.from_iterable(value if isinstance(value, list) else (value,) for value in arguments))


def _compile(make: Callable[..., QuerySet[Any, Any]], shape: _Shape) -> _Compiled:
    number = 0
    standing: list[Any] = []
    for kind, length in shape:
        values = [_standing(kind, number + offset) for offset in range(1 if length is None else length)]
        number += len(values)
        standing.append(values[0] if length is None else values)
    places = {value: place for place, value in enumerate(_flat(tuple(standing)))}
    compiler = make(*standing).query.get_compiler(DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    slots = tuple((places.get(param) if _may_stand(param) else None, param) for param in params)
    used = {place for place, _constant in slots}
    assert used >= set(places.values()), "an argument went into the query as something else"
    info = compiler.klass_info
    chosen = [entry[0] for entry in compiler.select]
    columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1) if info else slice(0)
    return _Compiled(
        sql=sql,
        slots=slots,
        compiler=compiler,
        converters=compiler.get_converters(chosen),
        init=[column.target.attname for column in chosen[columns]] if info else [],
        columns=columns,
        populators=_populators(compiler) if info else [],
    )


def _populators(compiler: Any) -> list[Any]:
    # The stubs know the next Django already.
    return list(get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS))  # type: ignore[call-arg]


def _may_stand(param: object) -> bool:
    return isinstance(param, (int, float, str, datetime))
