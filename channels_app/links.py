"""Addresses at which a provider fetches the files that we send: signed, and good for a day."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from contactcenter.conversations.models import Attachment
from contactcenter.conversations.services.attachments import attachment_response
from contactcenter.conversations.states import MessageKind

_SALT = "channels_app.links"
GOOD_FOR = timedelta(days=1)


def link_to(attachment: Attachment) -> str:
    """The full address of a file for its provider."""
    token = TimestampSigner(salt=_SALT).sign(str(attachment.public_id))
    return f"{settings.PUBLIC_URL}{reverse('outbound-file', args=[token, attachment.name])}"


@require_safe
def outbound_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """A file that goes to a customer, for whoever has its signed address."""
    try:
        public_id = TimestampSigner(salt=_SALT).unsign(token, max_age=GOOD_FOR)
    except BadSignature as error:
        raise Http404 from error
    rows = Attachment.objects.filter(message__kind=MessageKind.OUT, state=Attachment.State.HERE)
    response = attachment_response(
        get_object_or_404(rows, public_id=public_id), wanted=request.headers.get("Range", "")
    )
    response["Cache-Control"] = "private, no-store"
    return response
