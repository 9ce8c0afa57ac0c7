"""The product with its stand-ins, served for real: what they tell each other goes over HTTP."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import clear_url_caches

import contactcenter.urls


@pytest.fixture
def site(live_server: Any, settings: Any) -> Iterator[str]:
    """The address of the product in demo mode."""
    settings.DEMO = True
    settings.PUBLIC_URL = live_server.url
    importlib.reload(contactcenter.urls)
    clear_url_caches()
    yield live_server.url
    settings.DEMO = False
    importlib.reload(contactcenter.urls)
    clear_url_caches()
