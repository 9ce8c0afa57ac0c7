"""Answers that are not pages: refusals and short messages, shown by the browser as toasts."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from django.http import HttpResponse, JsonResponse

from contactcenter.base.errors import Refused

_Response = TypeVar("_Response", bound=HttpResponse)


def trigger(response: _Response, **events: Any) -> _Response:
    """Have the browser raise these events (htmx's `HX-Trigger`); ASCII, since it travels as a header."""
    known = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**known, **events})
    return response


def toast(response: _Response, text: str, *, level: str = "ok") -> _Response:
    """Add a short message in the user's language."""
    return trigger(response, toast={"text": text, "level": level})


def refusal(error: Refused) -> JsonResponse:
    """What a service refused: its status, its words, and a toast where htmx asked."""
    text = str(error.text)
    response = JsonResponse({"code": error.code, "text": text}, status=error.status)
    return toast(response, text, level="warn" if error.status == 409 else "bad")
