"""Every error of the API as problem+json (RFC 9457): a code for programs, words for people in their language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from contactcenter.base.errors import Refused

PROBLEM = "application/problem+json"


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class FieldErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Where in the request; parts are joined by dots. Empty: the whole.")
    message = serializers.CharField()
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """What went wrong (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="In the language of `Accept-Language`: en, et, lv, ru, pl.")
    code = serializers.CharField(help_text="For programs; stays the same in every language.")
    instance = serializers.CharField(help_text="The address that was asked.")
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]
    scope = serializers.CharField(required=False, help_text="The scope that the token lacks.")


@contextmanager
def about(field: str) -> Iterator[None]:
    """What a service refuses inside concerns this field of the request."""
    try:
        yield
    except Refused as refusal:
        refusal.field = refusal.field or field
        raise


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an error, or None for a bug, which is logged and answered as such."""
    known = _known(error)
    if known is None:
        return None
    status, detail, code, more = known
    # The schema speaks YAML, problems do not.
    request = context["request"]
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), PROBLEM
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        "instance": request.path,
        **more,
    }
    return Response(body, status=status, headers=_headers(error), content_type=PROBLEM)


def _known(error: Exception) -> tuple[int, str, str, dict[str, Any]] | None:
    if isinstance(error, Refused):
        # What is well formed and cannot be done; 409 and 403 are the services' own.
        detail = str(error.text)
        if error.status != HTTPStatus.BAD_REQUEST:
            return error.status, detail, error.code, {}
        errors = [{"field": error.field, "message": detail, "code": error.code}] if error.field else []
        return HTTPStatus.UNPROCESSABLE_ENTITY, detail, error.code, {"errors": errors} if errors else {}
    if isinstance(error, Http404):
        return HTTPStatus.NOT_FOUND, _("There is nothing here, or nothing that you may see."), "not_found", {}
    if isinstance(error, PermissionDenied):
        return HTTPStatus.FORBIDDEN, str(error) or _("You may not do that."), "forbidden", {}
    if isinstance(error, RequestDataTooBig):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The request is too large."), "too_large", {}
    if isinstance(error, exceptions.ValidationError):
        errors = list(_fields(error.get_full_details()))
        return error.status_code, _("The request is not valid: see the errors."), "invalid", {"errors": errors}
    if isinstance(error, exceptions.APIException):
        detail = str(error.detail)
        return error.status_code, detail, str(error.get_codes()), dict(getattr(error, "more", {}))
    return None


def _fields(details: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """The nested errors of a serializer, flat."""
    if (
        isinstance(details, dict)
        and set(details) == {"message", "code"}
        and not isinstance(details["code"], dict | list)
    ):
        yield {"field": ".".join(path), "message": str(details["message"]), "code": str(details["code"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _fields(inner, path if name == "non_field_errors" else (*path, str(name)))
    else:
        for number, inner in enumerate(details):
            is_leaf = isinstance(inner, dict) and set(inner) == {"message", "code"}
            if inner:
                yield from _fields(inner, path if is_leaf else (*path, str(number)))


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, exceptions.Throttled):
        headers |= getattr(error, "headers", {})
    return headers
