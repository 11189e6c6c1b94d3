"""Nothing inside is ever called, however its address is written."""

import ipaddress

import pytest

from shared.platform.errors import Transient
from shared.webhooks.addresses import AddressRefused, checked, is_public

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - nobody binds to it
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"]
)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/hook",
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://2130706433/hook",
        "https://0x7f.1/hook",
        "https://127.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://user:password@93.184.216.34/hook",
        "https://93.184.216.34:0/hook",
        "https:///hook",
        "https://[broken/hook",
        "ftp://93.184.216.34/hook",
        "file:///etc/passwd",
        "hook",
    ],
)
def test_an_address_that_is_not_public_or_not_https_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        checked(url, anywhere=False)


def test_the_checked_address_is_the_one_to_connect_to() -> None:
    there = checked("https://93.184.216.34:8443/hook?a=b#c", anywhere=False)

    assert there.url == "https://93.184.216.34:8443/hook?a=b"
    assert (there.host, there.name) == ("93.184.216.34:8443", "93.184.216.34")


def test_a_name_is_replaced_by_what_it_resolved_to() -> None:
    there = checked("http://localhost:8080/hook", anywhere=True)

    assert there.url in ("http://127.0.0.1:8080/hook", "http://[::1]:8080/hook")
    assert (there.host, there.name) == ("localhost:8080", "localhost")


def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    with pytest.raises(Transient, match="does not resolve"):
        checked("https://nothing.invalid/hook", anywhere=False)


def test_one_private_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("10.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: both)

    with pytest.raises(AddressRefused, match="open internet"):
        checked("https://two-faced.example/hook", anywhere=False)
