"""Servers that an administrator names freely: only those on the public internet are asked, whatever their name
resolves to at the moment of asking."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """The host that an address names; empty for none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def public_address(host: str, port: int) -> str | None:
    """An address of the host, if all it resolves to are public ones."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
    if not addresses or not all(address.is_global and not address.is_multicast for address in addresses):
        return None
    return str(addresses[0])
