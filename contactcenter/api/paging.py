"""Lists by cursor, stable while rows are added and without counting; filters that do not exist are refused."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

PAGE, MOST = 50, 200
LARGEST_ID = 2**63 - 1


def read_number(request: Request, name: str, *, default: int, most: int = LARGEST_ID, least: int = 0) -> int:
    """A whole number of the address. Raises ValidationError."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) < 20 and least <= int(given) <= most):
        text = _("Must be a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
        raise ValidationError({name: [text]}, code="bad_number")
    return int(given)


def check_parameters(request: Request, known: Collection[str]) -> None:
    """Raise ValidationError for what is not asked with these: a misspelt filter must not show everything."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        text = _("There is no such filter. There are: %(known)s.") % {"known": ", ".join(sorted(known)) or "–"}
        raise ValidationError({name: [text] for name in unknown}, code="unknown_filter")


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc]
    """The view's filters, in lists only."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.action != "list":
            return queryset
        filterset = self.get_filterset_class(view, queryset)
        check_parameters(request, {"limit", "cursor", *(filterset.base_filters if filterset else ())})
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered


class ByCursor(BasePagination):
    """Pages in the order of ids: the newest first, or the oldest where the view says `oldest_first`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        size = read_number(request, "limit", default=PAGE, most=MOST, least=1)
        oldest_first = getattr(view, "oldest_first", False)
        cursor = read_number(request, "cursor", default=0 if oldest_first else LARGEST_ID)
        after = {"pk__gt": cursor} if oldest_first else {"pk__lt": cursor}
        rows = list(queryset.filter(**after).order_by("pk" if oldest_first else "-pk")[: size + 1])
        self._next = str(rows[size - 1].pk) if len(rows) > size else None
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {
            "type": "string",
            "nullable": True,
            "example": "1204",
            "description": "`cursor` of the next page; null on the last.",
        }
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": following},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE}
        cursor = {"type": "string", "pattern": "^[0-9]{1,18}$"}
        return [
            {"name": "limit", "in": "query", "schema": size, "description": "How many a page."},
            {"name": "cursor", "in": "query", "schema": cursor, "description": "`next` of the page before."},
        ]
