"""What an account's `config` may say about its widget, with defaults. Admin checks it as a whole; a widget in use goes
on with the default of a part that cannot be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from contactcenter.conversations.models import ChannelAccount

FIELDS = ("name", "email", "phone", "topic", "order", "consent")
OFF, OPTIONAL, REQUIRED = "off", "optional", "required"
MOST_CHOICES = 10
_MOST_ROWS = 50
_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_PRECHAT = {"name": OPTIONAL, "email": OPTIONAL, "topic": OPTIONAL}


class BadConfig(Exception):
    """`errors` says of each part what is wrong, for the person who sets it up."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One field of the form before a chat."""

    name: str
    is_required: bool

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "required": self.is_required}


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What the launcher says of its own accord, after a while on certain pages."""

    id: str
    pages: tuple[str, ...]
    after_seconds: int
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the widget answers to the first message of a conversation, and what may be tapped in reply."""

    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetConfig:
    name: str = ""
    side: str = "right"
    colour: str = ""
    origins: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    greeting: Mapping[str, str] = field(default_factory=dict)
    prechat: tuple[Ask, ...] = ()
    privacy_url: str = ""
    proactive: tuple[Greeting, ...] = ()
    identity_required: bool = False
    opening: Mapping[str, Opening] = field(default_factory=dict)

    @classmethod
    def of(cls, account: ChannelAccount) -> WidgetConfig:
        """The account's, whatever stands in it."""
        return cls(**_read(account.config)[0])

    @classmethod
    def parse(cls, data: object) -> WidgetConfig:
        """The same for those who set it up. Raises BadConfig."""
        parts, errors = _read(data)
        config = cls(**parts)
        if any(ask.name == "consent" for ask in config.prechat) and not config.privacy_url:
            errors.setdefault("privacy_url", _("Asking for consent needs the address of your privacy page."))
        if errors:
            raise BadConfig(errors)
        return config


def in_language(texts: Mapping[str, Any], language: str, account: ChannelAccount) -> Any:
    """The entry of this language, else of the brand's, else None."""
    return texts.get(language) or texts.get(account.brand.default_language)


def _read(data: object) -> tuple[dict[str, Any], dict[str, str]]:
    if not isinstance(data, Mapping):
        return _read({})[0], {"config": _("A JSON object is needed.")}
    parts: dict[str, Any] = {}
    errors = {}
    for name, (read, default) in _PARTS.items():
        try:
            parts[name] = read(data[name] if data.get(name) is not None else default)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            errors[name] = str(error) if type(error) is ValueError else _("This cannot be read.")
            parts[name] = read(default)
    return parts, errors


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    if len(value) > 500:
        raise ValueError(_("At most 500 characters."))
    return value.strip()


def _rows(value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError(_("A list is needed."))
    if len(value) > _MOST_ROWS:
        raise ValueError(_("At most %(most)s entries.") % {"most": _MOST_ROWS})
    return list(value)


def _texts(value: Any) -> dict[str, str]:
    """Texts by language."""
    unknown = set(value) - set(dict(settings.LANGUAGES))
    if unknown:
        raise ValueError(_("Unknown language: %s") % ", ".join(sorted(map(str, unknown))))
    return {language: _text(text) for language, text in value.items() if _text(text)}


def _side(value: object) -> str:
    if value not in {"left", "right"}:
        raise ValueError(_("Left or right."))
    return str(value)


def _colour(value: object) -> str:
    text = _text(value)
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(_("A colour is written as #rrggbb."))
    return text


def origin_of(value: object) -> str:
    """The one spelling of an origin. Raises ValueError."""
    text = _text(value).rstrip("/").lower()
    if not _ORIGIN.fullmatch(text):
        raise ValueError(_("“%s” is not an origin such as https://shop.example.") % text)
    return text


def _origins(value: object) -> tuple[str, ...]:
    return tuple(origin_of(row) for row in _rows(value))


def _patterns(value: object) -> tuple[str, ...]:
    return tuple(text for row in _rows(value) if (text := _text(row)))


def _prechat(value: Any) -> tuple[Ask, ...]:
    for name, wanted in value.items():
        if name not in FIELDS or wanted not in {OFF, OPTIONAL, REQUIRED}:
            raise ValueError(_("Unknown: %(name)s, %(wanted)s") % {"name": name, "wanted": wanted})
    wanted = {name: value.get(name, OFF) for name in FIELDS}
    return tuple(Ask(name=name, is_required=wanted[name] == REQUIRED) for name in FIELDS if wanted[name] != OFF)


def _url(value: object) -> str:
    text = _text(value)
    if text and urlsplit(text).scheme not in {"http", "https"}:
        raise ValueError(_("An address begins with https://."))
    return text


def _proactive(value: object) -> tuple[Greeting, ...]:
    return tuple(_greeting(row) for row in _rows(value))


def _greeting(row: Any) -> Greeting:
    seconds = row.get("after_seconds", 0)
    if not isinstance(seconds, int) or not 0 <= seconds <= 3600:
        raise ValueError(_("Seconds on the page: 0 to 3600."))
    pages = row.get("pages") or []
    pages = _patterns([pages] if isinstance(pages, str) else pages)
    texts = _texts(row["text"])
    if not texts:
        raise ValueError(_("A greeting needs a text."))
    # Whoever has dismissed it is not shown it again until it is another one.
    name = hashlib.sha256(repr((pages, sorted(texts.items()))).encode()).hexdigest()[:8]
    return Greeting(id=name, pages=pages, after_seconds=seconds, texts=texts)


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("Yes or no."))
    return value


def _opening(value: Any) -> dict[str, Opening]:
    _texts({language: row["text"] for language, row in value.items()})
    openings = {}
    for language, row in value.items():
        choices = _patterns(row.get("choices") or [])
        if len(choices) > MOST_CHOICES or any(len(choice) > 60 for choice in choices):
            raise ValueError(_("At most %(most)s short answers.") % {"most": MOST_CHOICES})
        if _text(row["text"]):
            openings[language] = Opening(text=_text(row["text"]), choices=choices)
    return openings


_PARTS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "name": (_text, ""),
    "side": (_side, "right"),
    "colour": (_colour, ""),
    "origins": (_origins, ()),
    "hidden": (_patterns, ()),
    "greeting": (_texts, {}),
    "prechat": (_prechat, _PRECHAT),
    "privacy_url": (_url, ""),
    "proactive": (_proactive, ()),
    "identity_required": (_yes_or_no, False),
    "opening": (_opening, {}),
}
