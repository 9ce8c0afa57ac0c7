"""Comments below posts: hide, show again, like."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from channels_app import comments
from contactcenter.base.errors import Refused
from contactcenter.console.access import ConsoleRequest, console_view, get_visible_message
from contactcenter.console.views.messages import message_frame
from routing.services.replies import check_may_reply


@require_POST
@console_view
def moderate(request: ConsoleRequest, pk: int, action: str) -> HttpResponse:
    """By those who may answer it."""
    message = get_visible_message(request, pk)
    check_may_reply(message.conversation, request.user)
    if action not in comments.ACTIONS:
        raise Refused(_("There is no such action."), code="no_action")
    return message_frame(request, comments.moderate(message_id=message.pk, action=action, actor=request.user))
