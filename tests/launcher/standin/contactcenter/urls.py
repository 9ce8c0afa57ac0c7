"""The two pages the launcher looks at."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


def healthz(request: HttpRequest) -> JsonResponse:
    connection.ensure_connection()
    return JsonResponse({"ok": True, "components": {"database": {"ok": True}}})


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse("here")


urlpatterns = [path("", index), path("healthz", healthz)]
