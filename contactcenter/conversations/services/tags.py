"""A tag gets another name, or goes, wherever it stands."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Func, QuerySet, Value
from django.db.models.expressions import Combinable

from contactcenter.conversations.models import Conversation, Customer

TAGGED = (Conversation, Customer)


def count_tagged(name: str) -> int:
    """How many conversations and customers have it."""
    return sum(_with(model, name).count() for model in TAGGED)


@transaction.atomic
def rename_tag(old: str, new: str) -> None:
    """What has both keeps one. Nothing is written in the logs of conversations: they say what people did then."""
    for model in TAGGED:
        both = _with(model, old).filter(tags__contains=[new])
        both.update(tags=_changed("array_remove", Value(old)))
        _with(model, old).update(tags=_changed("array_replace", Value(old), Value(new)))


@transaction.atomic
def remove_tag(name: str) -> None:
    for model in TAGGED:
        _with(model, name).update(tags=_changed("array_remove", Value(name)))


def _with(model: type[Conversation | Customer], name: str) -> QuerySet[Conversation] | QuerySet[Customer]:
    return model._default_manager.filter(tags__contains=[name])


def _changed(function: str, *arguments: Value) -> Combinable:
    return Func(F("tags"), *arguments, function=function)
