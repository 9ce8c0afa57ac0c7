"""Files that a provider keeps: a row at once, the bytes when a worker has fetched them, or why they will not come."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from contactcenter.base.clock import now
from contactcenter.base.errors import Refused
from contactcenter.conversations.effects import add_effect
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.models import Attachment, Message
from contactcenter.conversations.services.attachments import checked_type, clean_name
from contactcenter.conversations.services.messages import lock_message

State = Attachment.State


def expect_file(
    message: Message, *, name: str, reference: str, content_type: str = "", size: int = 0, most: int
) -> Attachment:
    """A file of a new message, to be fetched by a worker; one that says it is bigger than `most` bytes is not."""
    is_too_big = size > most
    attachment = Attachment.objects.create(
        conversation=message.conversation,
        message=message,
        name=clean_name(name),
        content_type=content_type[:100],
        size=min(max(size, 0), 2**31 - 1),
        state=State.REFUSED if is_too_big else State.COMING,
        reference=reference,
        error=_too_big(most) if is_too_big else "",
    )
    if not is_too_big:
        add_effect("fetch_file", attachment.pk, key=f"fetch_file:{attachment.pk}")
    return attachment


def _too_big(most: int) -> str:
    return _("The file is too big: at most %s.") % filesizeformat(most)


def keep_file(attachment_id: int, content: bytes) -> None:
    """The bytes have come; what they are is seen from them."""
    attachment = Attachment.objects.get(pk=attachment_id)
    try:
        if not content:
            raise Refused(_("The file is empty."), code="empty_file")
        content_type = checked_type(attachment.name, content[:4096], told=attachment.content_type)
    except Refused as refusal:
        miss_file(attachment_id, str(refusal.text), state=State.REFUSED)
        return
    with transaction.atomic():
        row = _lock(attachment_id)
        if row.state == State.HERE:
            return
        row.content_type, row.size = content_type, len(content)
        row.state, row.error = State.HERE, ""
        row.file.save(row.name, ContentFile(content), save=False)
        _tell(row)


@transaction.atomic
def miss_file(attachment_id: int, reason: str, *, state: Attachment.State) -> None:
    """The file will not come (REFUSED), or has not after every attempt (FAILED), and the message says why."""
    row = _lock(attachment_id)
    if row.state == State.HERE:
        return
    row.state, row.error = state, reason[:200]
    _tell(row)


@transaction.atomic
def fetch_again(attachment_id: int) -> Attachment:
    """A person wants another try at a file that could not be fetched. A second click finds it on its way."""
    row = _lock(attachment_id)
    if row.state == State.FAILED:
        row.state, row.error = State.COMING, ""
        _tell(row)
        add_effect("fetch_file", row.pk, key=f"fetch_file:{row.pk}:{now().isoformat()}")
    return row


def _lock(attachment_id: int) -> Attachment:
    message_id = Attachment.objects.values_list("message_id", flat=True).get(pk=attachment_id)
    assert message_id is not None
    conversation, _message = lock_message(message_id)
    row = Attachment.objects.get(pk=attachment_id)
    row.conversation = conversation
    return row


def _tell(row: Attachment) -> None:
    row.save(update_fields=["content_type", "size", "file", "state", "error"])
    record_event(row.conversation, EventKind.MESSAGE_CHANGED, messages=[row.message_id], change="file")
    save_conversation(row.conversation)
