"""Writing by an approved text, where the window for answers has closed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels_app.reach import Way, check_fits, ways_to
from contactcenter.base.errors import Gone
from contactcenter.console.access import ConsoleRequest, console_view, get_conversation
from contactcenter.console.forms import TemplateForm, cleaned
from contactcenter.console.views.handling import desk_answer
from contactcenter.conversations.models import Conversation, MessageTemplate
from contactcenter.conversations.services.message_templates import fill_template
from contactcenter.conversations.services.messages import Origin
from routing.services.replies import send_reply


@require_http_methods(["GET", "POST"])
@console_view
def template(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Choose a template and fill it in; post sends it."""
    conversation = get_conversation(request, pk)
    ways = _ways_with_templates(conversation)
    if request.method == "GET":
        context: dict[str, Any] = {"conversation": conversation, "ways": ways, "client_id": uuid4().hex}
        return render(request, "console/_templates.html", context)
    data = cleaned(TemplateForm(request.POST))
    chosen = get_object_or_404(MessageTemplate, pk=data["template"], is_active=True)
    way = next((way for way in ways if way.account.pk == chosen.account_id), None)
    if way is None:
        raise Gone(_("The window for answers is open again: write freely."), code="window_open")
    text, values = fill_template(chosen, request.POST.getlist(f"value-{chosen.pk}"))
    check_fits(way, text, [], has_template=True)
    send_reply(
        conversation_id=conversation.pk,
        author=request.user,
        text=text,
        client_id=data["client_id"],
        account=way.account,
        identity=way.identity,
        origin=Origin(template=chosen, template_values=values),
    )
    return desk_answer(request, pk, _("Sent"))


def _ways_with_templates(conversation: Conversation) -> list[Way]:
    return [way for way in ways_to(conversation) if way.window.templates]
