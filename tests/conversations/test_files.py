"""Files: believed by their bytes, never by their name; nothing runs, nothing is too big."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contactcenter.base.errors import Refused
from contactcenter.conversations.services.attachments import (
    attachment_response,
    clean_name,
    sniff_type,
    store_attachment,
)
from tests import factories as make

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63f8ffff3f0005fe02fea7"
    "9a1b1b0000000049454e44ae426082"
)
HTML = b"<!doctype html><html><script>alert(1)</script></html>"


@pytest.fixture
def store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    conversation = make.make_waiting(make.make_account(queue=make.make_queue()))
    return lambda name, data: store_attachment(conversation, SimpleUploadedFile(name, data, content_type="image/png"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "image/jpeg"),
        (b"GIF89a\x01\x00\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n%", "application/pdf"),
        ("Tere, kuidas läheb?".encode(), "text/plain"),
        ("ё".encode() * 1500, "text/plain"),
        (bytes(range(256)), "application/octet-stream"),
    ],
)
def test_the_bytes_decide(data: bytes, expected: str) -> None:
    assert sniff_type(data) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cv.pdf", "cv.pdf"),
        ('a<b>:"|?*.png', "a_b______.png"),
        ("rēķins\n\0 märts.pdf", "rēķins_ märts.pdf"),
        ("/", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_names_lose_folders_and_controls(name: str, expected: str) -> None:
    assert clean_name(name) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"MZ\x90\x00" + b"\0" * 60, "file_refused"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 60, "file_refused"),
        (b"\xcf\xfa\xed\xfe" + b"\0" * 60, "file_refused"),
    ],
)
def test_what_is_not_taken(store, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        store("holiday.png", data)
    assert refusal.value.code == code


@pytest.mark.django_db
def test_too_big(store, settings) -> None:
    settings.ATTACHMENT_MAX_BYTES = len(PNG)
    assert store("ok.png", PNG).size == len(PNG)
    with pytest.raises(Refused) as refusal:
        store("big.png", PNG + b"x")
    assert refusal.value.code == "file_too_big"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data", "is_inline"),
    [("a.png", PNG, True), ("a.html", HTML, False), ("a.txt", HTML, False), ("a.svg", b"<svg onload='x()'/>", False)],
)
def test_only_pictures_are_shown_in_place(store, name: str, data: bytes, is_inline: bool) -> None:
    response = attachment_response(store(name, data))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Disposition"].startswith("inline" if is_inline else "attachment")
    assert response["Content-Type"] == ("image/png" if is_inline else "application/octet-stream")
    assert b"".join(response.streaming_content) == data
    response.close()
