"""Reads back the mail that demo mode wrote to files instead of sending it."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

# Django's file backend ends each message of a file with a line of 79 dashes.
_RULE = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """One message: where it lies, and what it says."""

    name: str
    number: int
    at: datetime
    sender: str
    to: str
    subject: str
    text: str


def _read(path: Path) -> list[SentMail]:
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    mails = []
    for number, raw in enumerate(part for part in path.read_bytes().split(_RULE) if part.strip()):
        message = email.message_from_bytes(raw, EmailMessage, policy=email.policy.default)
        body = message.get_body(("plain", "html"))
        mails.append(
            SentMail(
                name=path.name,
                number=number,
                at=written_at,
                sender=str(message["from"]),
                to=str(message["to"]),
                subject=str(message["subject"]),
                text=str(body.get_content()) if body else "",
            )
        )
    return mails


def sent_mail() -> list[SentMail]:
    """All of it, the newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.glob("*.log"), reverse=True) if folder.is_dir() else []
    return [mail for path in files for mail in reversed(_read(path))]


def find_mail(name: str, number: int) -> SentMail | None:
    return next((mail for mail in sent_mail() if (mail.name, mail.number) == (name, number)), None)
