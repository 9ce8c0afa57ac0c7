"""A brand's logo: what may be one, where it lies, what an SVG may not do."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contactcenter.accounts.logos import logo_url
from contactcenter.accounts.models import Brand, BrandLogo
from tests import factories as make
from tests.admin.pages import save

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><script>alert(1)</script></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def _save(admin: Client, brand: Brand, content: bytes) -> list[str]:
    page = f"/admin/accounts/brand/{brand.pk}/change/"
    errors = save(admin, page, logo=SimpleUploadedFile("logo", content))
    brand.refresh_from_db()
    return errors


def test_a_logo_is_kept_shown_and_taken_away(admin: Client) -> None:
    brand = make.make_brand()
    assert logo_url(brand) == ""
    assert _save(admin, brand, PNG) == []
    first = logo_url(brand)
    visitor = Client(SERVER_NAME="127.0.0.1")
    answer = visitor.get(first)
    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png") and "immutable" in answer["Cache-Control"]
    assert f'src="{first}"' in admin.get(f"/admin/accounts/brand/{brand.pk}/change/").text
    assert _save(admin, brand, SVG) == []
    answer = visitor.get(logo_url(brand))
    assert answer["Content-Type"] == "image/svg+xml" and "sandbox" in answer["Content-Security-Policy"]
    assert visitor.get(first).status_code == 404
    assert save(admin, f"/admin/accounts/brand/{brand.pk}/change/", name="Nordwind again") == []
    brand.refresh_from_db()
    assert logo_url(brand)
    assert save(admin, f"/admin/accounts/brand/{brand.pk}/change/", drop_logo="on") == []
    brand.refresh_from_db()
    assert logo_url(brand) == "" and not BrandLogo.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"MZ" + bytes(20), "A logo is an SVG"), (b"<html><svg>", "A logo is an SVG"), (PNG + bytes(200_000), "200 kB")],
)
def test_what_is_no_logo(admin: Client, content: bytes, said: str) -> None:
    brand = make.make_brand()
    [error] = _save(admin, brand, content)
    assert said in error and not BrandLogo.objects.exists()


def test_the_widget_shows_it(admin: Client) -> None:
    account = make.make_account("shop", queue=make.make_queue())
    assert _save(admin, account.brand, PNG) == []
    page = Client(SERVER_NAME="127.0.0.1").get(f"/c/{account.address}/chat").text
    assert logo_url(account.brand) in page
