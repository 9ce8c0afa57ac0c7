"""Files of a conversation: size and type checked on the way in, shown with care on the way out."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from pathlib import PurePath

import puremagic
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from contactcenter.accounts.models import User
from contactcenter.base.errors import Refused
from contactcenter.base.text import clean_input
from contactcenter.conversations.models import Attachment, Conversation

# What a browser may show or play in its place, as itself; everything else is downloaded.
PICTURE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
AUDIO_TYPES = frozenset(
    {
        "application/ogg",
        "audio/aac",
        "audio/flac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/wave",
        "audio/webm",
        "audio/x-wav",
    }
)
VIDEO_TYPES = frozenset({"video/mp4", "video/ogg", "video/webm"})
INLINE_TYPES = PICTURE_TYPES | AUDIO_TYPES | VIDEO_TYPES
# Sound alone in a container of moving pictures, which the first bytes do not tell.
_SOUND_NAMES = (".m4a", ".weba", ".opus", ".oga")
# Types that run code when opened carelessly are not taken at all, whatever their name says.
REFUSED_TYPES = frozenset(
    {
        "application/x-dosexec",
        "application/x-msdownload",
        "application/vnd.microsoft.portable-executable",
        "application/x-executable",
        "application/x-elf",
        "application/x-mach-binary",
    }
)
# Scripts and shortcuts, which are text and run at a double click.
_REFUSED_NAMES = frozenset(
    [
        ".exe",
        ".com",
        ".scr",
        ".bat",
        ".cmd",
        ".ps1",
        ".vbs",
        ".vbe",
        ".js",
        ".jse",
        ".wsf",
        ".hta",
        ".msi",
        ".jar",
        ".lnk",
        ".url",
        ".reg",
        ".cpl",
        ".pif",
        ".sh",
    ]
)
# What the bytes of a file that is named as one of these may not be.
_BROKEN_PROMISES = {
    "image": ("text/", "audio/", "video/", "image/svg", "application/pdf", "application/zip"),
    "audio": ("text/", "image/", "application/pdf", "application/zip"),
    "video": ("text/", "image/", "application/pdf", "application/zip"),
    "application/pdf": ("text/", "image/", "audio/", "video/", "application/zip"),
}
_REFUSED_MAGIC = (b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")


def sniff_type(head: bytes) -> str:
    """The media type that the first bytes speak of; text where they are text, else unknown binary."""
    try:
        found = puremagic.from_string(head, mime=True)
    except puremagic.PureError:
        found = ""
    if found:
        return str(found)
    try:
        head[:2048].decode()
    except UnicodeDecodeError as error:
        # A character cut at the end of the sample is still text.
        if error.start < len(head[:2048]) - 4:
            return "application/octet-stream"
    return "application/octet-stream" if b"\0" in head else "text/plain"


def _check_type(name: str, content_type: str, head: bytes) -> None:
    """Raise Refused for programs, and for what is something else than its name says."""
    suffix = PurePath(name.strip(" .")).suffix.lower()
    if content_type in REFUSED_TYPES or head.startswith(_REFUSED_MAGIC) or suffix in _REFUSED_NAMES:
        raise Refused(_("Programs cannot be sent as files."), code="file_refused")
    promised = mimetypes.guess_type(f"name{suffix}")[0] or ""
    broken = _BROKEN_PROMISES.get(promised) or _BROKEN_PROMISES.get(promised.split("/")[0], ())
    if suffix != ".svg" and content_type.startswith(broken):
        raise Refused(_("The file is not what its name says."), code="file_disguised")


def checked_type(name: str, head: bytes, *, told: str) -> str:
    """The media type; what the sender told decides only between sound and moving pictures. Raises Refused."""
    content_type = sniff_type(head)
    _check_type(name, content_type, head)
    if content_type in {"video/webm", "video/mp4"} and told.startswith("audio/"):
        return content_type.replace("video/", "audio/")  # a voice alone
    return content_type


def clean_name(name: str) -> str:
    """A file name without folders and control characters."""
    name = clean_input(PurePath(name.replace("\\", "/")).name)
    return re.sub(r'[<>:"|?*\n\t]', "_", name)[-200:] or "file"


def store_attachment(
    conversation: Conversation, upload: UploadedFile[bytes], *, uploaded_by: User | None = None
) -> Attachment:
    """Keep an upload until a message takes it. Raises Refused for what is empty, too big or executable."""
    size = upload.size or 0
    most = settings.ATTACHMENT_MAX_BYTES
    if not size:
        raise Refused(_("The file is empty."), code="empty_file")
    if size > most:
        raise Refused(_("The file is too big: at most %s.") % filesizeformat(most), code="file_too_big")
    head = upload.read(4096)
    upload.seek(0)
    name = clean_name(upload.name or "file")
    content_type = checked_type(name, head, told=upload.content_type or "")
    return Attachment.objects.create(
        conversation=conversation,
        name=name,
        content_type=content_type,
        size=size,
        file=upload,
        uploaded_by=uploaded_by,
    )


def discard_upload(upload: Attachment) -> None:
    """Forget a file that no message has taken; its bytes go once that is certain."""
    file = upload.file
    upload.delete()
    transaction.on_commit(lambda: file.delete(save=False), robust=True)


def copy_as_uploads(attachments: Iterable[Attachment], *, uploaded_by: User) -> list[Attachment]:
    """The same files again, for a message that says the same another way."""
    copies = []
    for attachment in attachments:
        with attachment.file.open("rb") as file:
            content = ContentFile(file.read(), name=attachment.name)
        copies.append(
            Attachment.objects.create(
                conversation_id=attachment.conversation_id,
                name=attachment.name,
                content_type=attachment.content_type,
                size=attachment.size,
                file=content,
                uploaded_by=uploaded_by,
            )
        )
    return copies


def shown_as(attachment: Attachment) -> str:
    """How a file appears in its place: "picture", "audio", "video", or "" for a line with its name."""
    kind = attachment.content_type
    if kind in AUDIO_TYPES or (kind in VIDEO_TYPES and attachment.name.lower().endswith(_SOUND_NAMES)):
        return "audio"
    return "picture" if kind in PICTURE_TYPES else "video" if kind in VIDEO_TYPES else ""


def attachment_response(attachment: Attachment, *, wanted: str = "") -> HttpResponseBase:
    """The file, in place only for pictures and what is played, and never interpreted as anything but its sniffed type.

    `wanted` is the request's Range: players ask for parts, to begin before all is there and to jump.
    """
    is_inline = attachment.content_type in INLINE_TYPES
    content_type = attachment.content_type if is_inline else "application/octet-stream"
    part = _part(wanted, attachment.size) if is_inline else None
    response: HttpResponseBase
    if part is None:
        response = FileResponse(
            attachment.file.open("rb"), as_attachment=not is_inline, filename=attachment.name, content_type=content_type
        )
    else:
        first, last = part
        with attachment.file.open("rb") as file:
            file.seek(first)
            response = HttpResponse(file.read(last - first + 1), status=206, content_type=content_type)
        response["Content-Range"] = f"bytes {first}-{last}/{attachment.size}"
    if is_inline:
        response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """First and last byte of one range; None where all is to be sent, as for what we do not understand."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", wanted.strip())
    if found is None or not any(found.groups()):
        return None
    begin, end = found.groups()
    if not begin:
        return max(size - int(end), 0), size - 1
    first, last = int(begin), min(int(end or size), size - 1)
    return (first, last) if first <= last else None
