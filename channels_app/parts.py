"""A message as its provider takes it: in several where one does not hold it, and in the provider-neutral form."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from channels_app.links import link_to
from channels_app.quiet import own_key
from channels_app.splitting import length_of, split_text
from channels_app.types import Limits, OutboundFile, OutboundMessage, OutboundTemplate
from contactcenter.base.text import fold
from contactcenter.conversations.events import EventKind, record_event, save_conversation
from contactcenter.conversations.models import Attachment, Message
from contactcenter.conversations.services.messages import Origin, add_message, lock_message
from contactcenter.conversations.states import MessageKind


def part(message: Message, limits: Limits) -> None:
    """Leave in `message` what the provider takes at once, and put the rest into messages after it.

    Each of them is sent, and may fail, by itself; the customer gets them in this order.
    """
    files = list(message.attachments.order_by("pk"))
    is_long = length_of(message.text, in_bytes=limits.in_bytes) > limits.text_each
    has_both = bool(message.text and files) and not limits.together
    if message.template_id is not None or not (is_long or has_both or len(files) > limits.files_each):
        return
    with transaction.atomic():
        _conversation, locked = lock_message(message.pk)
        texts = split_text(locked.text, limits.text_each, in_bytes=limits.in_bytes)
        groups = [files[at : at + limits.files_each] for at in range(0, len(files), limits.files_each)]
        pieces: list[tuple[str, list[Attachment]]] = [(text, []) for text in texts]
        if limits.together and pieces and groups:
            pieces[-1] = (pieces[-1][0], groups.pop(0))
        pieces += [("", group) for group in groups]
        first, *others = pieces
        for text, group in others:
            _add(locked, text, group)
        locked.text, locked.search_text = first[0], fold(first[0])
        locked.save(update_fields=["text", "search_text"])
        conversation = lock_message(message.pk)[0]
        record_event(conversation, EventKind.MESSAGE_CHANGED, messages=[message.pk], change="parted")
        save_conversation(conversation)
    message.refresh_from_db(fields=["text"])


def _add(after: Message, text: str, files: list[Attachment]) -> None:
    conversation = lock_message(after.pk)[0]
    add_message(
        conversation,
        MessageKind.OUT,
        text,
        author=after.author,
        identity=after.identity,
        account=after.account,
        attachments=files,
        origin=Origin(thread_key=after.thread_key, reply_to=after.reply_to, is_public=after.is_public),
    )


def words_of(message: Message, address: str) -> OutboundMessage:
    """The message as adapters get it."""
    # A reply that goes another way than the conversation came begins a thread of its own there.
    is_own_way = message.account_id == message.conversation.account_id
    is_private_now = not message.is_public and message.conversation.is_public
    thread_key = message.conversation.thread_key if is_own_way and not is_private_now else ""
    last = _last_inbound(message)
    answered = message.reply_to
    return OutboundMessage(
        key=own_key(message.pk),
        recipient=address,
        text=message.text,
        thread_key=message.thread_key or thread_key,
        reply_to=answered.external_id if answered is not None and answered.is_public == message.is_public else "",
        files=tuple(_files(message.attachments.order_by("pk"))),
        choices=tuple(message.choices),
        template=_template(message),
        is_public=message.is_public,
        private_to=answered.external_id if answered and answered.is_public and not message.is_public else "",
        last_inbound_at=last.created_at if last is not None else None,
    )


def _last_inbound(message: Message) -> Message | None:
    """What the customer last wrote in private on this account: windows are counted from it."""
    rows = Message.objects.filter(kind=MessageKind.IN, account=message.account_id, is_public=False)
    return rows.filter(identity__customer=message.conversation.customer_id).order_by("-pk").first()


def _template(message: Message) -> OutboundTemplate | None:
    if message.template is None:
        return None
    return OutboundTemplate(
        name=message.template.name, language=message.template.language, values=tuple(message.template_values)
    )


def _files(attachments: Iterable[Attachment]) -> Iterable[OutboundFile]:
    for attachment in attachments:
        yield OutboundFile(
            name=attachment.name,
            content_type=attachment.content_type,
            size=attachment.size,
            read=lambda row=attachment: _read(row),  # type: ignore[misc]
            link=lambda row=attachment: link_to(row),  # type: ignore[misc]
        )


def _read(attachment: Attachment) -> bytes:
    with attachment.file.open("rb") as file:
        content: bytes = file.read()
    return content
