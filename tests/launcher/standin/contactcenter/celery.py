"""The worker's application, without tasks."""

import os

from celery import Celery

app = Celery("contactcenter", broker=os.environ["REDIS_URL"])
