"""Reads YAML from strangers: no aliases, no tags, no endless depth, no key twice, nothing but JSON's own types."""

from __future__ import annotations

import math
from typing import Any

import yaml
from django.utils.translation import gettext as _

from contactcenter.administration.setupfile.values import place

MOST_BYTES = 5 * 1024 * 1024
MOST_DEPTH = 20
VERSION = 1
_SCALARS = {
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:merge",
}


class BadFile(Exception):
    """`errors` say where and what, each a line for the person who wrote the file."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Days and times stay text: what a person has written is what is checked."""

    # A merge key is refused with the rest of what has a meaning of its own.
    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag in _SCALARS]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _value in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.constructor.ConstructorError(None, None, _("a key is a word"), key.start_mark)
            if key.value in seen:
                problem = _("“%s” stands here twice") % key.value
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))


def _finite(loader: Any, node: Any) -> float:
    value: float = loader.construct_yaml_float(node)
    if not math.isfinite(value):
        raise yaml.constructor.ConstructorError(None, None, _("a number is needed"), node.start_mark)
    return value


_Loader.add_constructor("tag:yaml.org,2002:float", _finite)


def _refuse(mark: Any, text: str) -> BadFile:
    return BadFile([_("Line %(line)s: %(text)s.") % {"line": mark.line + 1, "text": text}])


def _check_events(text: str) -> None:
    """Before anything is built: whatever could grow or act is refused."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refuse(event.start_mark, _("anchors and aliases are not read"))
        if "\0" in getattr(event, "value", ""):
            raise _refuse(event.start_mark, _("an empty character is not read"))
        if getattr(event, "tag", None):
            raise _refuse(event.start_mark, _("tags are not read"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:
                raise _refuse(event.start_mark, _("too many levels"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def read_file(content: bytes) -> dict[str, list[Any]]:
    """The sections of a set-up file. Raises BadFile."""
    if len(content) > MOST_BYTES:
        raise BadFile([_("The file is larger than 5 MB.")])
    try:
        text = content.decode("utf-8-sig")
        _check_events(text)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, made stricter
    except UnicodeDecodeError as error:
        raise BadFile([_("The file is not UTF-8 text.")]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadFile([_("Line %(line)s: %(text)s.") % {"line": line, "text": error.problem}]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadFile([_("This is no YAML: %s") % error]) from error
    if not isinstance(data, dict) or data.get("version") != VERSION or isinstance(data["version"], bool):
        raise BadFile([_("version: a set-up file begins with “version: 1”.")])
    del data["version"]
    wrong = [place(name, _("a list is needed.")) for name, rows in data.items() if not isinstance(rows, list)]
    if wrong:
        raise BadFile(wrong)
    return data
