"""The set-up as a file: written, read, refused."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.administration.setupfile.exporting import read_setup, write_setup
from contactcenter.administration.setupfile.importing import apply_import, plan_import
from contactcenter.administration.setupfile.reading import BadFile


def export() -> str:
    return write_setup(read_setup())


def take(text: str, **options: Any) -> Any:
    content = text.encode()
    return apply_import(content, expected=plan_import(content, **options).fingerprint, **options)


def errors_of(text: str) -> list[str]:
    with pytest.raises(BadFile) as refused:
        plan_import(text.encode())
    return refused.value.errors
