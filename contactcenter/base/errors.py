"""The errors that reach people: each says, in the user's language, what is wrong and what to do."""

from __future__ import annotations

from django.utils.functional import Promise


class Refused(Exception):
    """A request that cannot be carried out. `code` is for programs, `text` for people, `status` for HTTP."""

    code = "refused"
    status = 400
    # What of a request it concerns, where the caller said so (the API).
    field = ""

    def __init__(self, text: str | Promise, *, code: str | None = None) -> None:
        super().__init__(str(text))
        self.text = text
        if code:
            self.code = code


class Gone(Refused):
    """Somebody was quicker, or time ran out. Losing a race is normal: a quiet message, no error log."""

    code = "gone"
    status = 409


class Forbidden(Refused):
    """The person may see it but not do this to it."""

    code = "forbidden"
    status = 403
