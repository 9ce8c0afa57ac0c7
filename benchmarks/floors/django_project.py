"""F, the floor of posting a message: a Django view that inserts one row and commits, with nothing round it.

A whole project in one module, for gunicorn's threads and psycopg's pool; it works in the floor's database.
"""

from __future__ import annotations

import os
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

INSERT = "INSERT INTO rows (conversation, text) VALUES (%s, %s) RETURNING id"


def post(request: HttpRequest) -> JsonResponse:
    """Keep the body as a row; the answer names it."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, (1, request.body.decode()))
        row = cursor.fetchone()
    return JsonResponse({"id": row[0]})


urlpatterns = [path("rows/", post)]

parts = urlsplit(os.environ["DATABASE_URL"])
host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
settings.configure(
    SECRET_KEY="a floor keeps no secrets",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(parts.port or ""),
            "OPTIONS": {"pool": {"min_size": 4, "max_size": 4}},
        }
    },
)

application = get_wsgi_application()
