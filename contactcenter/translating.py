"""Collects every string that people read and keeps `locale/` in step. Pure Python: no gettext tools are needed.

`manage update_translations` writes the catalogues; the tests fail on a string that a language lacks.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

FUNCTIONS: Final = dict.fromkeys(
    ["_", "gettext_noop", *(f"{prefix}gettext{lazy}" for prefix in ("", "n", "p", "np") for lazy in ("", "_lazy"))]
)
_CALL = re.compile(
    r"""\b(?P<function>_|n?p?gettext)\((?P<arguments>(?:\s*u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*,?)+)"""
)
_LITERAL = re.compile(r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
SOURCE_LANGUAGE = "en"
SOURCES = ("contactcenter", "routing", "channels_app", "selfservice")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")

Found = tuple[str, str | tuple[str, str], str | None]


def find_strings() -> Iterator[Found]:
    """(file, message or (singular, plural), context) for everything marked for translation."""
    for folder in SOURCES:
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            name = str(path.relative_to(settings.BASE_DIR))
            if "/migrations/" in name or "/vendor/" in name:
                continue
            if path.suffix == ".py":
                for _line, function, message, _comments in extract_python(
                    io.BytesIO(path.read_bytes()), FUNCTIONS, [], {}
                ):
                    parts = [part for part in (message if isinstance(message, tuple | list) else (message,)) if part]
                    yield from _found(name, str(function), [part for part in parts if isinstance(part, str)])
            elif path.suffix in {".html", ".txt"} and "/templates/" in name:
                yield from _find_in_template(name, templatize(path.read_text(), origin=name))


def _find_in_template(name: str, calls: str) -> Iterator[Found]:
    """Django turns a template into calls amid noise that is no Python, so the calls are picked out."""
    for call in _CALL.finditer(calls):
        parts = [ast.literal_eval(literal) for literal in _LITERAL.findall(call["arguments"])]
        yield from _found(name, call["function"], parts)


def _found(name: str, function: str, parts: list[str]) -> Iterator[Found]:
    context = parts.pop(0) if "pgettext" in function and parts else None
    wanted = 2 if "ngettext" in function or "npgettext" in function else 1
    if len(parts) >= wanted and parts[0]:
        yield name, parts[0] if wanted == 1 else (parts[0], parts[1]), context


def target_languages() -> list[str]:
    """Every language of the interface but the one that the code speaks."""
    return [code for code, _name in settings.LANGUAGES if code != SOURCE_LANGUAGE]


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8", project="contactcenter", version="1", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def collected() -> Catalog:
    """What the code says now, without translations."""
    catalogue = Catalog(charset="utf-8")
    for name, message, context in find_strings():
        catalogue.add(message, locations=[(name, 0)], context=context)
    return catalogue


def update(language: str) -> Catalog:
    """Bring one language's catalogue in step: new strings empty, gone ones away, nothing guessed."""
    catalogue = read_catalogue(language)
    created = catalogue.creation_date
    catalogue.update(collected(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    # A header that says nothing new on each run would make every change look like a translation.
    catalogue.creation_date = created
    catalogue.header_comment = f"# {catalogue.locale_identifier}"
    catalogue.fuzzy = False
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, sort_output=True, include_lineno=False, ignore_obsolete=True)
    compile_catalogue(language)
    return catalogue


def compiled(language: str) -> bytes:
    """The binary form of a catalogue, as it belongs beside it."""
    buffer = io.BytesIO()
    write_mo(buffer, read_catalogue(language))
    return buffer.getvalue()


def compile_catalogue(language: str) -> None:
    catalogue_path(language).with_suffix(".mo").write_bytes(compiled(language))


def _texts(value: object) -> list[str]:
    """The texts of a message's id or translation: one, or one for each plural form."""
    parts = value if isinstance(value, tuple | list) else (value,)
    return [part for part in parts if isinstance(part, str)]


def problems(language: str) -> list[str]:
    """What a language lacks: strings without translation, doubtful ones, placeholders that do not agree."""
    catalogue = read_catalogue(language)
    found = []
    for message in collected():
        if not message.id:
            continue
        known = catalogue.get(message.id, message.context)
        strings = _texts(known.string) if known is not None else []
        if known is None or known.fuzzy or not strings or not all(strings):
            found.append(f"{language}: no translation of {message.id!r}")
            continue
        wanted = {frozenset(_PLACEHOLDER.findall(text)) for text in _texts(message.id)}
        found += [
            f"{language}: placeholders of {message.id!r} differ in {string!r}"
            for string in strings
            if frozenset(_PLACEHOLDER.findall(string)) not in wanted
        ]
    return found
