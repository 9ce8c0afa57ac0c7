"""The Celery app. Later things are rows found due by the sweeper, so nothing here has an ETA over 60 s."""

import os

from celery import Celery

from contactcenter.pulse import Pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")

app = Celery("contactcenter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(Pulse)
