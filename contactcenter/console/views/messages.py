"""Writing: replies, notes, drafts, files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from channels_app.reach import Way, check_fits, find_way
from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.console.access import (
    ConsoleRequest,
    console_view,
    get_attachment,
    get_conversation,
    get_own_handling,
    get_uploads,
    get_visible_message,
)
from contactcenter.console.forms import DraftForm, MessageForm, cleaned
from contactcenter.console.frames import replay
from contactcenter.console.preferences import preferences_of
from contactcenter.console.selectors.writing import find_colleagues
from contactcenter.conversations.models import Attachment, Conversation, Message, MessageChange, ScheduledReply
from contactcenter.conversations.selectors import visible_attachments, visible_scheduled_replies
from contactcenter.conversations.services.attachments import (
    attachment_response,
    copy_as_uploads,
    discard_upload,
    store_attachment,
)
from contactcenter.conversations.services.fetching import fetch_again
from contactcenter.conversations.services.messages import add_note, find_by_client_id, mark_read, save_draft
from routing.services.replies import retry_message, send_reply
from routing.services.scheduling import schedule_reply


def message_frame(request: ConsoleRequest, message: Message) -> HttpResponse:
    """The same frame that the socket brings, for a browser whose socket is down; a known one changes nothing."""
    frame = replay(request.viewer, message.conversation_id, message.seq - 1) or "{}"
    return HttpResponse(frame, content_type="application/json")


def upload_json(upload: Attachment) -> dict[str, Any]:
    return {"id": str(upload.public_id), "name": upload.name, "size": upload.size}


def scheduled_frame(reply: ScheduledReply) -> JsonResponse:
    """A reply that waits, or what became of it."""
    return JsonResponse(
        {
            "t": "scheduled",
            "id": reply.pk,
            "client": reply.client_id,
            "state": reply.state,
            "text": reply.text,
            "send_at": reply.send_at.isoformat(),
        }
    )


@require_POST
@console_view
def reply(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Answer the customer: at once, in a few seconds that leave time to take it back, or later."""
    conversation = get_conversation(request, pk)
    data = cleaned(MessageForm(request.viewer, request.POST))
    client_id = data["client_id"]
    known = find_by_client_id(conversation, client_id)
    if known is not None:
        return message_frame(request, known)
    waiting = visible_scheduled_replies(request.viewer).filter(conversation=conversation, client_id=client_id).first()
    if waiting is not None:
        return scheduled_frame(waiting)
    way = find_way(conversation, data["way"])
    files = get_uploads(request, conversation, request.POST.getlist("attachments"))
    check_fits(way, data["text"], files)
    words: dict[str, Any] = {
        "conversation_id": conversation.pk,
        "author": request.user,
        "text": data["text"],
        "client_id": client_id,
        "attachments": files,
        "seen_seq": data["seen_seq"],
        "account": way.account,
        "identity": way.identity,
        "origin": way.origin,
        "then": data["then"],
    }
    seconds = preferences_of(request.user).undo_seconds if data["hold"] else 0
    send_at = data["send_at"] or (now() + timedelta(seconds=seconds) if seconds else None)
    if send_at is not None:
        return scheduled_frame(schedule_reply(send_at=send_at, **words))
    return message_frame(request, send_reply(**words))


@require_POST
@console_view
def note(request: ConsoleRequest, pk: int) -> HttpResponse:
    conversation = get_conversation(request, pk)
    data = cleaned(MessageForm(request.viewer, request.POST))
    message = find_by_client_id(conversation, data["client_id"]) or add_note(
        conversation_id=conversation.pk,
        author=request.user,
        text=data["text"],
        client_id=data["client_id"],
        attachments=get_uploads(request, conversation, request.POST.getlist("attachments")),
        mentions=find_colleagues(request.user, conversation, request.POST.getlist("mentions")),
    )
    save_draft(user=request.user, conversation=conversation, mode="note", text="", seen_seq=0)
    return message_frame(request, message)


@require_POST
@console_view
def draft(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Keep what has been written so far; empty text forgets it."""
    conversation = get_conversation(request, pk)
    data = cleaned(DraftForm(request.POST))
    way = _way_of_draft(conversation, data.pop("way"))
    save_draft(
        user=request.user,
        conversation=conversation,
        account=way.account if way else None,
        identity=way.identity if way else None,
        **data,
    )
    return HttpResponse(status=204)


def _way_of_draft(conversation: Conversation, key: str) -> Way | None:
    """A way that has closed meanwhile is no reason to lose the words."""
    try:
        return find_way(conversation, key) if key else None
    except Refused:
        return None


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
def retry(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Another try at a message that failed."""
    message = get_visible_message(request, pk)
    return message_frame(request, retry_message(message_id=message.pk, actor=request.user))


@require_POST
@console_view
def resend(request: ConsoleRequest, pk: int) -> JsonResponse:
    """What a message said, to be said again another way: its text, and its files as new uploads."""
    message = get_visible_message(request, pk)
    files = copy_as_uploads(message.attachments.all(), uploaded_by=request.user)
    return JsonResponse({"text": message.text, "files": [upload_json(file) for file in files]})


@require_POST
@console_view
def upload(request: ConsoleRequest, pk: int) -> JsonResponse:
    """A file for a message that is still being written."""
    conversation = get_conversation(request, pk)
    file = request.FILES.get("file")
    if file is None:
        raise Refused(_("Choose a file."), code="no_file")
    stored = store_attachment(conversation, file, uploaded_by=request.user)
    return JsonResponse(upload_json(stored), status=201)


@require_POST
@console_view
def discard(request: ConsoleRequest, public_id: UUID) -> HttpResponse:
    """A file is not sent after all; one that has been sent stays."""
    stored = get_attachment(request, public_id)
    if stored.message_id is None and stored.uploaded_by_id == request.user.pk:
        discard_upload(stored)
    return HttpResponse(status=204)


@require_GET
@console_view
def file(request: ConsoleRequest, public_id: UUID) -> HttpResponseBase:
    """A conversation's file, for those who see the conversation."""
    return attachment_response(get_attachment(request, public_id), wanted=request.headers.get("Range", ""))


@require_POST
@console_view
def file_again(request: ConsoleRequest, public_id: UUID) -> HttpResponse:
    """Another try at a customer's file that could not be fetched."""
    row = get_object_or_404(visible_attachments(request.viewer), public_id=public_id, message__isnull=False)
    message = fetch_again(row.pk).message
    assert message is not None
    return message_frame(request, message)


@require_GET
@console_view
def changes(request: ConsoleRequest, pk: int) -> HttpResponse:
    """How a message came to what it is now."""
    message = get_visible_message(request, pk)
    kinds = MessageChange.Kind
    rows = message.changes.exclude(kind__in=[kinds.REACTED, kinds.HIDDEN, kinds.SHOWN])
    return render(request, "console/_changes.html", {"changes": rows})
