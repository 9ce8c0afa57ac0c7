"""Reading YAML so that every mistake can be named by its line and field."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import yaml

_MOST_CHARACTERS = 2_000_000


def gettext_noop(text: str) -> str:
    """Marks a sentence for the catalogues; whoever shows it to people translates it."""
    return text


class ScenarioError(ValueError):
    """What is wrong with a file, with line and field, in a sentence. `values` are put into `text`."""

    def __init__(self, text: str, values: Any = (), *, line: int | None = None, path: str = "") -> None:
        self.text, self.values, self.line, self.path = text, values, line, path
        super().__init__(self.said(str))

    def said(self, translate: Callable[[str], str]) -> str:
        """The sentence in the language that `translate` knows."""
        line = [translate(gettext_noop("line %s")) % self.line] if self.line is not None else []
        sentence = translate(self.text) % self.values
        place = ", ".join([*line, *filter(None, [self.path])])
        return f"{place}: {sentence}" if place else sentence


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in the document: what stands there, and what to call it in a message."""

    node: yaml.Node
    path: str

    def error(self, text: str, values: Any = ()) -> ScenarioError:
        return ScenarioError(text, values, line=self.node.start_mark.line + 1, path=self.path)

    def value(self) -> Any:
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error(gettext_noop("give one value here, not a list or a mapping."))
        return yaml.SafeLoader("").construct_object(self.node)

    def number(self, *, least: float | None = None, most: float | None = None, above: float | None = None) -> float:
        value = self.value()
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.error(gettext_noop("give a number, not “%s”."), self.node.value)
        if above is not None and value <= above:
            raise self.error(
                gettext_noop("give a number above %(least)g, not %(value)g."), {"least": above, "value": value}
            )
        if least is not None and value < least:
            raise self.error(
                gettext_noop("give a number of at least %(least)g, not %(value)g."), {"least": least, "value": value}
            )
        if most is not None and value > most:
            raise self.error(
                gettext_noop("give a number of at most %(most)g, not %(value)g."), {"most": most, "value": value}
            )
        return float(value)

    def whole(self, *, least: int, most: int) -> int:
        value = self.number(least=least, most=most)
        if value != int(value):
            raise self.error(gettext_noop("give a whole number, not %g."), value)
        return int(value)

    def text(self) -> str:
        value = self.value()
        if value is None or value == "":
            raise self.error(gettext_noop("give a name."))
        # `no` is Norwegian for a person and false for YAML.
        return str(self.node.value)

    def flag(self) -> bool:
        value = self.value()
        if not isinstance(value, bool):
            raise self.error(gettext_noop("give true or false, not “%s”."), self.node.value)
        return value

    def one_of(self, known: Iterable[str]) -> str:
        name, names = self.text(), sorted(known)
        if name not in names:
            raise self.error(*_unknown(name, names))
        return name

    def items(self) -> list[Place]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(gettext_noop("give a list here."))
        return [Place(node, f"{self.path}[{number}]") for number, node in enumerate(self.node.value)]

    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def mapping(self, known: Iterable[str] | None = None, *, needed: Iterable[str] = ()) -> dict[str, Place]:
        """Its fields by name; with `known` no others are accepted."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(gettext_noop("give names and values here (name: value)."))
        names = None if known is None else sorted(known)
        found: dict[str, Place] = {}
        for key, node in self.node.value:
            name = str(key.value)
            place = Place(node, f"{self.path}.{name}" if self.path else name)
            if name in found:
                raise Place(key, place.path).error(gettext_noop("this stands here twice."))
            if names is not None and name not in names:
                raise Place(key, place.path).error(*_unknown(name, names))
            found[name] = place
        for name in needed:
            if name not in found:
                raise self.error(gettext_noop("“%s” is missing."), name)
        return found


def _unknown(name: str, known: list[str]) -> tuple[str, dict[str, str]]:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return gettext_noop("“%(name)s” is not known here; did you mean “%(close)s”?"), {
            "name": name,
            "close": close[0],
        }
    return gettext_noop("“%(name)s” is not known here; known are: %(known)s."), {
        "name": name,
        "known": ", ".join(known) or "–",
    }


def read_document(text: str) -> Place:
    """The whole document. Raises ScenarioError for what is no YAML."""
    if len(text) > _MOST_CHARACTERS:
        raise ScenarioError(gettext_noop("this is too long."))
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioError(
            gettext_noop("this is not YAML (%s)."), error.problem or error.context, line=line
        ) from error
    except yaml.YAMLError as error:
        raise ScenarioError(gettext_noop("this is not YAML (%s)."), error) from error
    if node is None:
        raise ScenarioError(gettext_noop("there is nothing in it."))
    return Place(node, "")
