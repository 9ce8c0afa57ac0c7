"""Signatures against Twilio's own validator and its published vector."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels_app.twilio.signing import is_signed, sign

TOKEN = "12345"
VECTOR = {
    "CallSid": ["CA1234567890ABCDE"],
    "Caller": ["+12349013030"],
    "Digits": ["1234"],
    "From": ["+12349013030"],
    "To": ["+18005551212"],
}
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
forms = st.dictionaries(texts.filter(bool), st.lists(texts, min_size=1, max_size=3), max_size=6)
urls = st.builds(
    "{}://{}{}/hooks/{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.example", "контакт.example", "127.0.0.1"]),
    st.sampled_from(["", ":80", ":443", ":8443"]),
    texts.map(lambda text: quote(text, safe="")),
    st.sampled_from(["", "?a=1", "?a=1&a=2&b=%D0%B0"]),
)


def as_query(form: dict[str, list[str]]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, values in form.items():
        query.setlist(name, values)
    return query


def test_the_published_vector() -> None:
    assert sign(URL, VECTOR, TOKEN) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    assert sign(URL.replace("https", "http"), VECTOR, TOKEN) == "FYMaGAU6nPbB9h2pncMl4aJ4vns="


@given(urls, forms)
def test_what_twilio_signs_is_signed(url: str, form: dict[str, list[str]]) -> None:
    theirs = RequestValidator(TOKEN)
    assert is_signed(url, form, TOKEN, theirs.compute_signature(url, as_query(form)))
    assert theirs.validate(url, as_query(form), sign(url, form, TOKEN))


@given(urls, forms, forms, st.text(max_size=30))
def test_anything_else_is_not(url: str, form: dict[str, list[str]], other: dict[str, list[str]], noise: str) -> None:
    good = sign(url, form, TOKEN)
    assert not is_signed(url, form, "another token", good)
    assert not is_signed(url, form, "", sign(url, form, ""))
    if noise != good:
        assert not is_signed(url, form, TOKEN, noise)
    assert is_signed(url, other, TOKEN, good) == RequestValidator(TOKEN).validate(url, as_query(other), good)


@given(urls.filter(lambda url: "?" not in url), st.binary(max_size=200))
def test_a_json_body_is_held_to_its_digest(url: str, body: bytes) -> None:
    address = f"{url}?bodySHA256={sha256(body).hexdigest()}"
    good = RequestValidator(TOKEN).compute_signature(address, {})
    assert is_signed(address, {}, TOKEN, good, body=body)
    assert not is_signed(address, {}, TOKEN, good, body=body + b"x")


@pytest.mark.parametrize("given_port", ["", ":443"])
def test_a_proxy_may_hide_the_usual_port(given_port: str) -> None:
    signed = RequestValidator(TOKEN).compute_signature("https://a.example:443/x", {})
    assert is_signed(f"https://a.example{given_port}/x", {}, TOKEN, signed)
