"""Trying a change, from a queue's page: the form, the trials there have been, and what came out of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from contactcenter.accounts.admin_base import actor_of
from contactcenter.base.clock import now
from contactcenter.base.errors import Gone
from routing.admin.trial_forms import TrialForm, zone_of
from routing.admin.trial_results import shown_result
from routing.models import Queue, Trial
from routing.services.trials import SILENT, cancel_trial, restart_trial, start_trial

LAST_TRIALS = 20

_ERRORS = {
    "nothing": gettext_lazy("No customer came to this queue on these days: choose others."),
    "nobody": gettext_lazy("No agent of this queue was available on these days: choose others."),
    "too_much": gettext_lazy("These days have too many conversations for one trial: choose fewer days."),
    "broken": gettext_lazy("Something went wrong in the worker; its log says what. Try it again."),
}


class TrialPages:
    """Mixed into the admin of queues."""

    model: Any
    admin_site: Any
    actions_detail: tuple[str, ...] = ("try_change",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.trial_page)
        own = [path("<int:queue_id>/trials/<int:pk>/", view, name="routing_queue_trial")]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    @action(description=gettext_lazy("Try a change"), url_path="try", permissions=["change"])  # type: ignore[untyped-decorator]
    def try_change(self, request: HttpRequest, object_id: str) -> HttpResponse:
        queue = get_object_or_404(Queue.objects.select_related("brand", "calendar"), pk=object_id)
        form = TrialForm(request.POST or None, queue=queue)
        actor = actor_of(request)
        if form.is_valid() and actor is not None:
            trial = start_trial(
                queue=queue,
                kind=Trial.Kind(form.cleaned_data["kind"]),
                starts_at=form.cleaned_data["starts_at"],
                ends_at=form.cleaned_data["ends_at"],
                change=form.change(),
                seeds=form.cleaned_data["seeds"],
                actor=actor,
            )
            return HttpResponseRedirect(_address(trial))
        trials = queue.trials.select_related("created_by").order_by("-created_at", "-pk")[:LAST_TRIALS]
        with timezone.override(zone_of(queue)):
            context = {
                **self._page(request, queue, _("Try a change")),
                "form": form,
                "trials": [_listed(trial) for trial in trials],
            }
            return TemplateResponse(request, "routing/admin/try_change.html", context).render()

    def trial_page(self, request: HttpRequest, queue_id: int, pk: int) -> HttpResponse:
        if not request.user.has_perm("routing.change_queue"):
            raise PermissionDenied
        rows = Trial.objects.select_related("queue__brand", "queue__calendar", "created_by")
        trial = get_object_or_404(rows, pk=pk, queue=queue_id)
        if request.method == "POST":
            try:
                if "cancel" in request.POST:
                    cancel_trial(trial_id=trial.pk)
                elif "again" in request.POST:
                    restart_trial(trial_id=trial.pk)
            except Gone as gone:
                messages.info(request, str(gone.text))
            return HttpResponseRedirect(_address(trial))
        zone = zone_of(trial.queue)
        with timezone.override(zone):
            context = {
                **self._page(request, trial.queue, _("Try a change")),
                "trial": trial,
                "state": _state(trial),
                "percent": round(trial.progress * 100),
                "is_dead": _is_dead(trial),
                "is_open": trial.state in (Trial.State.PENDING, Trial.State.RUNNING),
                "error": _ERRORS.get(trial.error, trial.error),
                "result": shown_result(trial, zone) if trial.state == Trial.State.DONE and trial.result else None,
            }
            return TemplateResponse(request, "routing/admin/trial.html", context).render()

    def _page(self, request: HttpRequest, queue: Queue, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "queue": queue, "opts": self.model._meta}


def _listed(trial: Trial) -> dict[str, Any]:
    """A line of the list; `last` is the last day, where it is not the first."""
    last = timezone.localtime(trial.ends_at - timedelta(seconds=1))
    is_one_day = last.date() == timezone.localtime(trial.starts_at).date()
    return {"trial": trial, "address": _address(trial), "state": _state(trial), "last": None if is_one_day else last}


def _address(trial: Trial) -> str:
    return reverse("admin:routing_queue_trial", args=[trial.queue_id, trial.pk])


def _is_dead(trial: Trial) -> bool:
    return trial.state == Trial.State.RUNNING and (trial.seen_at is None or trial.seen_at < now() - SILENT)


def _state(trial: Trial) -> str:
    return _("The worker has stopped") if _is_dead(trial) else trial.get_state_display()
