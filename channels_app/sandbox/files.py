"""Files at the stand-ins: what people attach, and what was uploaded. Kept as rows, served to whoever has the token."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from channels_app.sandbox.models import SandboxFile
from contactcenter.conversations.models import ChannelAccount


def keep_file(account: ChannelAccount, content: bytes, content_type: str, name: str) -> str:
    """Keep a file; returns its id."""
    row = SandboxFile.objects.create(
        account=account,
        external_id=str(10**15 + secrets.randbelow(10**15)),
        name=name[:200],
        content_type=content_type[:100],
        content=content,
    )
    return row.external_id


def address_of(external_id: str) -> str:
    """Where its bytes are."""
    return f"{settings.PUBLIC_URL}{reverse('sandbox-file', args=[external_id])}"


def file_of(accounts: Iterable[ChannelAccount], external_id: str) -> dict[str, Any] | None:
    """What a provider says of a file."""
    row = SandboxFile.objects.filter(account__in=list(accounts), external_id=external_id).first()
    if row is None:
        return None
    content = bytes(row.content)
    return {
        "url": address_of(external_id),
        "mime_type": row.content_type,
        "sha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
        "file_size": len(content),
    }


@require_safe
def sandbox_file(request: HttpRequest, external_id: str) -> HttpResponse:
    """The bytes; the id is what is secret about them."""
    row = SandboxFile.objects.filter(external_id=external_id).first()
    if row is None:
        raise Http404
    response = HttpResponse(bytes(row.content), content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    return response
