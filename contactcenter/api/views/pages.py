"""The schema's page for people, and the answer to addresses that do not exist."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.views import APIView

from contactcenter.api.access import TokenAuthentication


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """All operations, to read and to try; for people signed in and for holders of a token."""
    try:
        is_known = request.user.is_authenticated or TokenAuthentication().authenticate(request) is not None
    except AuthenticationFailed:
        is_known = False
    return render(request, "api/docs.html") if is_known else redirect_to_login(request.get_full_path())


class NowhereView(APIView):
    """An address of the API that leads nowhere is a problem as any other."""

    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
