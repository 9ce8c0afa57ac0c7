"""How contacts end: the tree of dispositions in admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contactcenter.accounts.admin import AuditedAdmin
from routing.models import Disposition

MOST_LEVELS = 3


def _above(parent: Disposition | None) -> list[Disposition]:
    """`parent` and what it belongs under; a cycle is gone round once."""
    chain: list[Disposition] = []
    while parent is not None and parent not in chain:
        chain.append(parent)
        parent = parent.parent
    return chain


def _height(disposition: Disposition) -> int:
    """Levels from this one down, itself included."""
    level, height = [disposition.pk], 0
    while level and height <= MOST_LEVELS:
        height += 1
        level = list(Disposition.objects.filter(parent__in=level).values_list("pk", flat=True))
    return height


class DispositionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Disposition
        fields = ("name", "parent", "queue", "is_active")
        help_texts = {
            "parent": gettext_lazy("At most three levels; agents choose from the lowest."),
            "is_active": gettext_lazy("Switched off, it is not offered any more and stays in the history."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        parent, queue = cleaned.get("parent"), cleaned.get("queue")
        if parent is None:
            self._check_children(queue)
            return cleaned
        above = _above(parent)
        own = self.instance if self.instance.pk else None
        if own is not None and own in above:
            self.add_error("parent", _("“%s” lies below this one: choose another.") % parent)
        elif len(above) + (_height(own) if own is not None else 1) > MOST_LEVELS:
            self.add_error("parent", _("That would be more than %s levels: choose one further up.") % MOST_LEVELS)
        elif parent.queue_id is not None and (queue is None or queue.pk != parent.queue_id):
            text = _("“%(parent)s” is of the queue %(queue)s: choose this queue, or another place in the tree.")
            self.add_error("queue", text % {"parent": parent, "queue": parent.queue})
        else:
            self._check_children(queue)
        return cleaned

    def _check_children(self, queue: Any) -> None:
        """What lies below is of the same queue, or this one is of all."""
        if self.instance.pk is None or queue is None:
            return
        stray = Disposition.objects.filter(parent=self.instance).exclude(queue=queue).first()
        if stray is not None:
            text = _("“%s” below it is not of this queue: change that one first.")
            self.add_error("queue", text % stray)


@admin.register(Disposition)
class DispositionAdmin(AuditedAdmin):
    form = DispositionForm
    list_display = ("path", "queue", "is_active")
    list_display_links = ("path",)
    list_filter = ("queue", "is_active", ("parent", admin.EmptyFieldListFilter))
    list_select_related = ("parent__parent", "queue")
    search_fields = ("name", "parent__name")
    autocomplete_fields = ("parent", "queue")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("name",)

    @admin.display(description=gettext_lazy("disposition"), ordering="name")
    def path(self, disposition: Disposition) -> str:
        names = [disposition.name]
        while (parent := disposition.parent) is not None and len(names) < MOST_LEVELS:
            names.append(parent.name)
            disposition = parent
        return " › ".join(reversed(names))
