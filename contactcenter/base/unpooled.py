"""A connection of its own: a session advisory lock lasts as long as the connection that took it."""

from __future__ import annotations

import psycopg
from django.conf import settings


def connect_unpooled(name: str) -> psycopg.Connection:
    """`name` is what PostgreSQL shows of it. Raises psycopg.OperationalError."""
    database = settings.DATABASES["default"]
    return psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"] or None,
        autocommit=True,
        application_name=name,
    )
