"""Where web hooks may be called: never on this machine and its link, unless the office says so.

Whoever may add a web hook could otherwise have the server call what trusts the server alone: a
database's console on the loopback, the metadata of a cloud with its keys. Names are resolved for
each call, and the call goes to the address that was looked at: a name that changes its mind in
between (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Self

from gis.errors import InputError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# What the setting may name by a word.
WORDS = {
    "public": (),
    "private": _networks(
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"
    ),
    "loopback": _networks("127.0.0.0/8", "::1/128"),
    "link-local": _networks("169.254.0.0/16", "fe80::/10"),
}
# Where clouds tell a machine its keys, some of them in private networks: no word opens these.
METADATA = _networks("169.254.169.254/32", "100.100.100.200/32", "fd00:ec2::254/128")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """The networks, beside the public one, that may be called: by words, and `named` ones."""

    words: tuple[Network, ...]
    named: tuple[Network, ...] = ()

    @classmethod
    def read(cls, setting: str) -> Self:
        """From words and networks (`private,127.0.0.1/32`), separated by commas.

        Raises InputError `web-hook-networks`.
        """
        words: list[Network] = []
        named: list[Network] = []
        for part in filter(None, (one.strip() for one in setting.split(","))):
            try:
                if part in WORDS:
                    words += WORDS[part]
                else:
                    named.append(ipaddress.ip_network(part))
            except ValueError as error:
                raise InputError("web-hook-networks", word=part) from error
        return cls(words=tuple(words), named=tuple(named))

    def allows(self, address: str) -> bool:
        """Whether an IP address may be called; raises ValueError if it is none."""
        one = _unwrapped(ipaddress.ip_address(address))
        if _in(one, self.named):
            return True
        if _in(one, METADATA):
            return False
        return _in(one, self.words) or (one.is_global and not one.is_multicast)

    def refuses_host(self, host: str) -> bool:
        """Whether a host need not even be looked up: an IP address that may not be called."""
        try:
            return not self.allows(host)
        except ValueError:
            return False


USUAL = Reach.read("private")


def _in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id is not None:
        address = IPv6Address(int(address))
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address.teredo is not None:
        inner = address.teredo[1]
    # ::1 and :: are themselves, however much they look like 0.0.0.1 and 0.0.0.0
    if inner is None and (address in NAT64 or (address in COMPATIBLE and int(address) > 1)):
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return address if inner is None else inner
