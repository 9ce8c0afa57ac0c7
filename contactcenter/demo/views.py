"""Pages of demo mode."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from contactcenter.demo.mail import find_mail, sent_mail


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """What would have been sent: sign-in codes, transcripts, notifications. Demo mode answers this machine only."""
    return render(request, "demo/mail_list.html", {"mails": sent_mail()})


@require_safe
def mail_item(request: HttpRequest, name: str, number: int) -> HttpResponse:
    mail = find_mail(name, number)
    if mail is None:
        raise Http404
    return render(request, "demo/mail_item.html", {"mail": mail})
