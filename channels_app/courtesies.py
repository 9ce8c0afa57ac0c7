"""PURE: short words that are no request for work: thanks, and words that withdraw or give consent, in the five
languages."""

from __future__ import annotations

import re

from contactcenter.base.text import fold

_MOST_WORDS = 6


def _folded(*languages: str) -> frozenset[str]:
    return frozenset(" ".join(languages).split())


# Folded spellings: lower case, without accents.
_THANKS = _folded(
    "thanks thank thankyou thx tnx ty cheers",
    "aitah tanan tanud tanu",
    "paldies paldiess",
    "спасибо спс спасибки благодарю",
    "dziekuje dzieki dziekuja podziekowania",
)
_AROUND = _folded(
    "you u so very much a lot many for the your help again ok okay great perfect good super cool nice all and bye",
    "suur suured vaga abi eest head aega korras selge",
    "liels lielu jums tev par palidzibu loti labi ok viss",
    "большое огромное вам тебе за помощь ок хорошо отлично супер все понятно",
    "bardzo serdecznie wielkie za pomoc panu pani dobrze",
)
_OPT_OUT = _folded(
    "stop stopall stopp unsubscribe cancel end quit", "lopeta", "atrakstities", "стоп отписаться", "wypisz"
)
_OPT_IN = _folded("start unstop", "alusta", "sakt", "старт", "zacznij")


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", fold(text))


def is_thanks(text: str) -> bool:
    """Whether `text` says thanks and nothing else: "Paldies!", "Ok, thank you very much", "Спасибо большое 👍"."""
    if "?" in text or re.search(r"\d", text):
        return False
    words = _words(text)
    return 0 < len(words) <= _MOST_WORDS and not _THANKS.isdisjoint(words) and set(words) <= _THANKS | _AROUND


def is_opt_out(text: str) -> bool:
    """Whether `text` is one of the words that withdraw consent, alone."""
    words = _words(text)
    return len(words) == 1 and words[0] in _OPT_OUT


def is_opt_in(text: str) -> bool:
    """Whether `text` is one of the words that take a withdrawal back, alone. They mean so only after one."""
    words = _words(text)
    return len(words) == 1 and words[0] in _OPT_IN
