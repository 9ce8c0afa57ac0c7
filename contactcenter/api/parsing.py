"""Reading bodies: JSON alone, of a bounded size, and nothing in it that the database cannot keep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from contactcenter.api.errors import TooLarge

MOST_BYTES = 1024 * 1024


class BoundedJSONParser(JSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge(_("The request is too large."))
        try:
            value = super().parse(BytesIO(body), media_type, parser_context)
            sound = _is_sound(value)
        except RecursionError:
            sound = False
        if not sound:
            raise ParseError(_("The JSON holds what cannot be kept: NUL, half a character, or a number without end."))
        return value


def _is_sound(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_is_sound(name) and _is_sound(inner) for name, inner in value.items())
    return not isinstance(value, list) or all(map(_is_sound, value))
