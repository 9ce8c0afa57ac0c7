"""The project. Importing it makes the Celery app the default for `shared_task`."""

from contactcenter.celery import app as celery_app

__all__ = ["celery_app"]
