"""The one door of all providers: `/hooks/<kind>/<account-slug>/`."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channels_app.base import RequestNotVerified
from channels_app.intake import store_events, store_unreadable
from channels_app.registry import UnknownKind, adapter_for
from contactcenter.base.logs import log_context
from contactcenter.conversations.models import ChannelAccount

logger = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Verify, parse, store, answer; processing comes later. A body that nobody can read is kept, not bounced:
    the provider's repeating it would not help."""
    account = ChannelAccount.objects.select_related("brand").filter(kind=kind, slug=slug, is_active=True).first()
    if account is None:
        return HttpResponseNotFound("No such account.")
    with log_context(account=slug):
        try:
            adapter = adapter_for(account)
            adapter.verify(request)
        except UnknownKind:
            return HttpResponseNotFound("No such channel.")
        except RequestNotVerified as error:
            logger.warning("webhook not verified: %s", error)
            return HttpResponseForbidden("The signature is missing or wrong.")
        try:
            events = adapter.parse_inbound(request)
        except Exception as error:  # whatever the provider sent, it gets no 5xx for it
            logger.exception("webhook could not be read")
            store_unreadable(account, request.body, f"{type(error).__name__}: {error}")
            return HttpResponse("Kept, but not understood.", content_type="text/plain")
        store_events(account, events)
        return adapter.acknowledge(request, events)
