"""Writing: replies, notes, drafts, files."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from contactcenter.base.errors import Refused
from contactcenter.console.access import (
    ConsoleRequest,
    console_view,
    get_attachment,
    get_conversation,
    get_own_handling,
    get_uploads,
)
from contactcenter.console.forms import DraftForm, MessageForm, cleaned
from contactcenter.console.frames import replay
from contactcenter.conversations.models import Message
from contactcenter.conversations.services.attachments import attachment_response, store_attachment
from contactcenter.conversations.services.messages import add_note, find_by_client_id, mark_read, save_draft
from routing.services.replies import send_reply


def _frame(request: ConsoleRequest, message: Message) -> HttpResponse:
    """The same frame that the socket brings, for a browser whose socket is down; a known one changes nothing."""
    frame = replay(request.viewer, message.conversation_id, message.seq - 1) or "{}"
    return HttpResponse(frame, content_type="application/json")


@require_POST
@console_view
def reply(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    data = cleaned(MessageForm(request.POST))
    message = find_by_client_id(conversation, data["client_id"]) or send_reply(
        conversation_id=conversation.pk,
        author=request.user,
        text=data["text"],
        client_id=data["client_id"],
        attachments=get_uploads(request, conversation, request.POST.getlist("attachments")),
        seen_seq=data["seen_seq"],
    )
    return _frame(request, message)


@require_POST
@console_view
def note(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    data = cleaned(MessageForm(request.POST))
    message = find_by_client_id(conversation, data["client_id"]) or add_note(
        conversation_id=conversation.pk,
        author=request.user,
        text=data["text"],
        client_id=data["client_id"],
        attachments=get_uploads(request, conversation, request.POST.getlist("attachments")),
    )
    save_draft(user=request.user, conversation=conversation, mode="note", text="", seen_seq=0)
    return _frame(request, message)


@require_POST
@console_view
def draft(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Keep what has been written so far; empty text forgets it."""
    conversation = get_conversation(request, pk)
    data = cleaned(DraftForm(request.POST))
    save_draft(user=request.user, conversation=conversation, **data)
    return HttpResponse(status=204)


@require_POST
@console_view
def read(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Seen by the one who handles it; others may look without a trace."""
    conversation = get_conversation(request, pk)
    if get_own_handling(request, conversation) is not None:
        mark_read(conversation_id=conversation.pk, reader=request.user)
    return HttpResponse(status=204)


@require_POST
@console_view
def upload(request: ConsoleRequest, pk: int) -> JsonResponse:
    """A file for a message that is still being written."""
    conversation = get_conversation(request, pk)
    file = request.FILES.get("file")
    if file is None:
        raise Refused(_("Choose a file."), code="no_file")
    stored = store_attachment(conversation, file, uploaded_by=request.user)
    return JsonResponse({"id": str(stored.public_id), "name": stored.name, "size": stored.size}, status=201)


@require_GET
@console_view
def file(request: ConsoleRequest, public_id: UUID) -> FileResponse:
    """A conversation's file, for those who see the conversation."""
    return attachment_response(get_attachment(request, public_id))
