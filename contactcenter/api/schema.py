"""The OpenAPI document: what every operation has in common is added here, once."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from contactcenter.accounts.models import Scope
from contactcenter.api.errors import PROBLEM, ProblemSerializer
from contactcenter.api.idempotency import HEADER

ALWAYS = {"400": "Not valid", "401": "Not signed in", "403": "Not allowed", "406": "Not acceptable", "429": "Too fast"}
WITH_BODY = {
    "409": "Somebody was quicker",
    "413": "Too large",
    "415": "Not JSON",
    "422": "Valid, but it cannot be done",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Chosen by you, once for each thing that you want done: the same request under the same key, within "
    "24 hours, is carried out once and answered the same.",
)


class Schema(AutoSchema):
    """Adds the scope, the idempotency key and the problems that each operation may answer."""

    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY_KEY] if self.method == "POST" else []

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        scope: Scope | None = getattr(self.view, "scopes", {}).get(self.method)
        if operation and scope:
            operation["description"] += f"\n\nScope: `{scope.value}`"
        return operation

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problems = dict(ALWAYS)
        if "{" in self.path or self.method != "GET":
            problems["404"] = "Not there, or not yours to see"
        if self.method != "GET":
            problems |= WITH_BODY
        for code, description in problems.items():
            body = self._get_response_for_code(ProblemSerializer, code, [PROBLEM])  # type: ignore[no-untyped-call]
            bodies.setdefault(code, {**body, "description": description})
        return bodies
