"""Every string is there in every language, says the same placeholders, and is compiled."""

from __future__ import annotations

import pytest

from contactcenter import translating

CODES = translating.target_languages()


@pytest.mark.parametrize("language", CODES)
def test_nothing_is_missing(language: str) -> None:
    assert translating.problems(language) == [], "run `python3 run.py manage update_translations` and translate"


@pytest.mark.parametrize("language", CODES)
def test_compiled_catalogue_is_current(language: str) -> None:
    compiled = translating.catalogue_path(language).with_suffix(".mo").read_bytes()
    assert compiled == translating.compiled(language), "run `python3 run.py manage update_translations`"


def test_the_collector_finds_strings_of_code_and_templates() -> None:
    names = {name for name, _message, _context in translating.find_strings()}
    assert "contactcenter/conversations/states.py" in names
    assert any(name.endswith(".html") for name in names)
