"""Requests to providers: only to hosts that may be asked, bounded in time and size, never redirected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from channels_app.base import FileRefused, SendTimedOut, TemporaryFailure
from channels_app.public_hosts import public_address

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_ANSWER_BYTES = 64 * 1024
# The provider says itself that it took nothing; any other trouble of its own leaves that open.
_NOT_TAKEN = frozenset({429, 503})
_GONE = frozenset({404, 410})


class HostNotAllowed(Exception):
    """The account's provider address is neither the provider's own nor named in CC_PROVIDER_HOSTS."""


def may_ask(url: str, own_hosts: frozenset[str]) -> bool:
    """Whether `url` is at the provider, at a host of `settings.PROVIDER_HOSTS`, or in the demo at our own sandbox.

    A name in `own_hosts` that begins with a dot stands for every host below it.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in {"https", "http"}:
        return False
    if settings.DEMO and url.startswith(f"{settings.PUBLIC_URL}/sandbox/"):
        return True
    host = parts.hostname or ""
    is_theirs = any(host.endswith(name) if name.startswith(".") else host == name for name in own_hosts)
    return is_theirs or host in settings.PROVIDER_HOSTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A definite answer. `data` is its JSON object, empty where there was none."""

    status: int
    data: Mapping[str, Any]
    # Seconds after which the provider wants to be asked again.
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class ProviderClient:
    """Asks one provider. `own_hosts` are those it may be asked at besides `settings.PROVIDER_HOSTS`.

    Raises HostNotAllowed.
    """

    def __init__(
        self,
        base: str,
        *,
        own_hosts: frozenset[str],
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        explains: str = "",
        is_foreign: bool = False,
    ) -> None:
        """`explains`: the name in an answer under which the provider says for sure why it took nothing, whatever the
        status; without it a 5xx leaves open whether it did. `is_foreign`: an administrator chose the host, so that it
        is asked at a public address alone."""
        self._base = base.rstrip("/")
        self._auth = auth
        self._headers = dict(headers or {})
        self._own_hosts = own_hosts
        self._explains = explains
        self._is_foreign = is_foreign
        self._check(self._base)

    def post(self, path: str, **content: Any) -> Answer:
        """Send `data` (a form), `json`, or `files` with `data`. Raises TemporaryFailure where nothing was taken,
        SendTimedOut where nobody knows."""
        return self.ask("POST", path, **content)

    def get(self, path: str, **content: Any) -> Answer:
        """Ask with `params`. Raises TemporaryFailure, SendTimedOut."""
        return self.ask("GET", path, **content)

    def ask(self, method: str, path: str, **content: Any) -> Answer:
        """One request. Raises TemporaryFailure where nothing was taken, SendTimedOut where nobody knows."""
        try:
            with self._client() as client:
                response = client.send(self._request(client, method, self._base + path, **content))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TemporaryFailure(_name(error)) from error
        except httpx.HTTPError as error:
            raise SendTimedOut(_name(error)) from error
        answer = Answer(status=response.status_code, data=_object(response), retry_after=_retry_after(response))
        if self._explains and self._explains in answer.data:
            return answer
        if response.status_code in _NOT_TAKEN:
            raise TemporaryFailure(f"HTTP {response.status_code}", seconds=answer.retry_after)
        if response.status_code >= 500:
            raise SendTimedOut(f"HTTP {response.status_code}")
        return answer

    def fetch(self, url: str, *, most: int) -> bytes:
        """A file's bytes from one of the allowed hosts; a redirect is followed once, without our credentials.

        Raises TemporaryFailure, and FileRefused for other hosts and what is bigger than `most`.
        """
        try:
            self._check(url)
            with self._client_for(url) as client:
                response = client.send(self._request(client, "GET", url), stream=True)
                if not response.is_redirect or self._is_foreign:
                    return _read(response, most)
                elsewhere = response.next_request
            assert elsewhere is not None
            with httpx.Client(timeout=TIMEOUT) as client, client.stream("GET", self._public(elsewhere.url)) as response:
                return _read(response, most)
        except HostNotAllowed as error:
            raise FileRefused(_("its address is not the provider's")) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TemporaryFailure(_name(error)) from error

    def _request(self, client: httpx.Client, method: str, url: str, **content: Any) -> httpx.Request:
        """The request, to the address that has been looked at and not to what the name may resolve to next."""
        request = client.build_request(method, url, **content)
        host = request.url.host
        if not self._is_foreign or host in settings.PROVIDER_HOSTS or may_ask(url, frozenset()):
            return request
        address = public_address(host, request.url.port or 443) if request.url.scheme == "https" else None
        if address is None:
            raise HostNotAllowed(host[:50])
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)  # the Host header is written already
        return request

    def _client_for(self, url: str) -> httpx.Client:
        """With our credentials only where the host itself is named, not for a whole domain of file servers."""
        named = frozenset(name for name in self._own_hosts if not name.startswith("."))
        return self._client() if may_ask(url, named) else httpx.Client(timeout=TIMEOUT)

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=TIMEOUT, auth=self._auth, headers=self._headers, follow_redirects=False)

    def _check(self, url: str) -> None:
        if not may_ask(url, self._own_hosts):
            raise HostNotAllowed(url[:50])

    def _public(self, url: httpx.URL) -> httpx.URL:
        self._check(str(url))
        return url


def _read(response: httpx.Response, most: int) -> bytes:
    if response.status_code in _GONE:
        raise FileRefused(_("the provider no longer has it"))
    if response.status_code != 200:
        raise TemporaryFailure(f"HTTP {response.status_code}")
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > most:
            raise FileRefused(_("it is too big"))
    return bytes(content)


def _retry_after(response: httpx.Response) -> float | None:
    given = response.headers.get("Retry-After", "")
    return min(float(given), 3600.0) if given.isascii() and given.isdecimal() else None


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        data = response.json() if len(response.content) <= _ANSWER_BYTES else None
    except ValueError:
        data = None
    return data if isinstance(data, dict) else {}


def _name(error: Exception) -> str:
    # The message may hold the address, and with it what is secret about it.
    return type(error).__name__
