"""Which addresses may be called: public ones, decided by what the name resolves to right then.

The checked address is the one that is connected to, so that a name that changes its mind between
check and connection (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from shared.platform.errors import Terminal, Transient

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
AZURE_ITSELF = ipaddress.IPv4Address("168.63.129.16")
"""Looks public, and is the platform's own service on every machine in Azure."""
PORTS = {"https": 443, "http": 80}


class AddressRefused(Terminal):
    """Nothing may be sent there."""


@dataclass(frozen=True)
class Checked:
    """An address to connect to, and the name to ask it for."""

    url: str
    """With the address in place of the name."""
    host: str
    """For the Host header."""
    name: str
    """For the certificate."""


def checked(url: str, *, anywhere: bool) -> Checked:
    """Resolve and check; raises AddressRefused, or Transient if the name does not resolve.

    `anywhere` lets plain HTTP and private addresses pass, for a machine of one's own.
    """
    parts = _parsed(url, anywhere=anywhere)
    name, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    address = _resolved(name, port, anywhere=anywhere)
    shown = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
    host = name if parts.port is None else f"{name}:{parts.port}"
    there = parts._replace(netloc=f"{shown}:{port}", fragment="").geturl()
    return Checked(there, host, name)


def is_public(address: IPAddress) -> bool:
    """Whether it is an address of the open internet, also behind IPv6 forms of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    if address == AZURE_ITSELF:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _parsed(url: str, *, anywhere: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise AddressRefused("not a URL") from error
    if parts.scheme not in PORTS or not usable:
        raise AddressRefused("not an https URL")
    if parts.scheme == "http" and not anywhere:
        raise AddressRefused("not an https URL")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("credentials in the URL")
    return parts


def _resolved(name: str, port: int, *, anywhere: bool) -> IPAddress:
    """One private address among several is enough to refuse all of them."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Transient(f"the name {name} does not resolve") from error
    addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    if not anywhere and not all(map(is_public, addresses)):
        raise AddressRefused(f"{name} is not on the open internet")
    return addresses[0]


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    inside = address in NAT64
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None
