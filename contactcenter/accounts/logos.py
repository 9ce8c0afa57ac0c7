"""Logos of brands: small pictures kept in the database, public, at addresses that change with the picture."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from contactcenter.accounts.models import Brand, BrandLogo
from contactcenter.base.errors import Refused

MOST_BYTES = 200_000
# How each kind begins (PNG 5.2, JPEG B.1.1.3, RFC 9649).
_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def type_of(content: bytes) -> str:
    """The media type of a picture that may be a logo. Raises Refused for anything else."""
    if len(content) > MOST_BYTES:
        raise Refused(_("The logo is larger than 200 kB."), code="logo_too_large")
    for magic, media_type in _MAGIC.items():
        if content.startswith(magic):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    head = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head:
        return "image/svg+xml"
    raise Refused(_("A logo is an SVG, PNG, JPEG or WebP picture."), code="logo_type")


@transaction.atomic
def set_logo(brand: Brand, content: bytes) -> None:
    """Empty content takes the logo away. Raises Refused."""
    if not content:
        BrandLogo.objects.filter(brand=brand).delete()
        brand.logo_digest = ""
    else:
        row = {"content": content, "media_type": type_of(content)}
        BrandLogo.objects.update_or_create(brand=brand, defaults=row)
        brand.logo_digest = hashlib.sha256(content).hexdigest()[:16]
    brand.save(update_fields=["logo_digest"])


def logo_url(brand: Brand) -> str:
    """Where the logo lies, or nothing."""
    return reverse("brand-logo", args=[brand.slug, brand.logo_digest]) if brand.logo_digest else ""


@require_safe
def show_logo(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """For everybody, and for good: another picture has another address. What an SVG may bring along does not run."""
    logo = BrandLogo.objects.filter(brand__slug=slug, brand__logo_digest=digest).first()
    if logo is None:
        raise Http404
    response = HttpResponse(bytes(logo.content), content_type=logo.media_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
