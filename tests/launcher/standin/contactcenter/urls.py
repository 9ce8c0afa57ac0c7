"""The two pages the launcher looks at."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


def healthz(request: HttpRequest) -> JsonResponse:
    executor = MigrationExecutor(connection)
    is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    components = {"database": {"ok": True}, "migrations": {"ok": is_migrated}}
    return JsonResponse({"ok": is_migrated, "components": components}, status=200 if is_migrated else 503)


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse("here")


urlpatterns = [path("", index), path("healthz", healthz)]
