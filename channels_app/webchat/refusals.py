"""What a page is told when something is refused: a code for it, words for its reader, and what it needs to go on."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise

from contactcenter.base.errors import Refused


class RefusedWith(Refused):
    """A refusal that the page can do something about: `extra` says what."""

    def __init__(self, text: str | Promise, *, code: str, status: int = 400, **extra: Any) -> None:
        super().__init__(text, code=code)
        self.status = status
        self.extra = extra


def error_json(refusal: Refused) -> dict[str, Any]:
    """In the active language; a text that is fixed already stays as it is."""
    extra = refusal.extra if isinstance(refusal, RefusedWith) else {}
    return {"t": "error", "code": refusal.code, "text": str(refusal.text), **extra}
