"""What waits for the viewer's eyes, asked for again after a connection was lost."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from contactcenter.console.access import ConsoleRequest, console_view
from contactcenter.console.selectors.alerts import own_alerts


@require_GET
@console_view
def alerts(request: ConsoleRequest) -> JsonResponse:
    return JsonResponse(own_alerts(request.viewer))
