"""The one-time page of the first start."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from contactcenter.accounts.forms import SetupForm
from contactcenter.accounts.services import complete_setup, setup_link_is_valid
from contactcenter.base.errors import Gone


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first admin and brand, then sign the admin in. A used or wrong link says what to do."""
    if not setup_link_is_valid(token):
        return render(request, "setup.html", {"form": None}, status=410)
    form = SetupForm(request.POST or None, initial={"language": request.LANGUAGE_CODE, "time_zone": settings.TIME_ZONE})
    if request.method == "POST" and form.is_valid():
        try:
            user = complete_setup(token=token, **form.cleaned_data)
        except Gone:
            return render(request, "setup.html", {"form": None}, status=410)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("console:home")
    return render(request, "setup.html", {"form": form}, status=400 if form.is_bound else 200)
