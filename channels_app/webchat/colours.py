"""PURE: a brand's one colour made readable on every ground of the widget (WCAG 2.2 contrast of 4.5 to 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LEAST = 4.5
_LIGHT_GROUND = "#ffffff"
_DARK_GROUND = "#171e26"
_DEFAULT = "#0b5cad"

_Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """`hero` is the header and launcher; `light` and `dark` are for text and buttons of the two themes."""

    hero: str
    on_hero: str
    light: str
    on_light: str
    dark: str
    on_dark: str


def _parse(colour: str) -> _Colour:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _text(colour: _Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parse(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _towards(colour: str, goal: str, ground: str) -> str:
    """`colour` moved towards `goal` in steps of 5 % until it can be read on `ground`."""
    start, end = _parse(colour), _parse(goal)
    for step in range(21):
        share = step / 20
        mixed = _text(
            (
                start[0] + (end[0] - start[0]) * share,
                start[1] + (end[1] - start[1]) * share,
                start[2] + (end[2] - start[2]) * share,
            )
        )
        if contrast(mixed, ground) >= _LEAST:
            return mixed
    return goal


def _on(colour: str) -> str:
    return max("#ffffff", "#10161d", key=lambda ink: contrast(ink, colour))


def make_palette(colour: str) -> Palette:
    """The widget's colours of a brand colour written as #rrggbb; anything else takes the product's own."""
    hero = colour.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else _DEFAULT
    light = _towards(hero, "#000000", _LIGHT_GROUND)
    dark = _towards(hero, "#ffffff", _DARK_GROUND)
    return Palette(hero=hero, on_hero=_on(hero), light=light, on_light=_on(light), dark=dark, on_dark=_on(dark))
