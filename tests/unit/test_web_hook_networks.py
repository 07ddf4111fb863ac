"""Where web hooks may be called: what each setting opens, in every spelling of an address."""

from __future__ import annotations

import pytest

from gis.errors import InputError
from gis.settings import Settings
from gis.workflows.web_hook_networks import Reach

PUBLIC = ("93.184.216.34", "2606:2800:220:1::1")
PRIVATE = ("10.0.0.5", "172.31.255.1", "192.168.1.9", "100.64.0.1", "fd12::9")
# Each is this machine, as dotted, shortened, or carried in another address.
LOOPBACK = ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
            "::7f00:1")  # fmt: skip
LINK_LOCAL = ("169.254.10.10", "fe80::1", "fe80::1%eth0", "::ffff:169.254.10.10")
METADATA = ("169.254.169.254", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254")
NOWHERE = ("0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "240.0.0.1", "192.0.2.1")
ALL = PUBLIC + PRIVATE + LOOPBACK + LINK_LOCAL + METADATA + NOWHERE


@pytest.mark.parametrize(
    ("setting", "open_to"),
    [
        (Settings.model_fields["web_hook_networks"].default, PUBLIC + PRIVATE),
        ("public", PUBLIC),
        ("loopback", PUBLIC + LOOPBACK),
        (" private, loopback ,link-local", PUBLIC + PRIVATE + LOOPBACK + LINK_LOCAL),
        ("10.0.0.0/24,127.9.9.9", (*PUBLIC, "10.0.0.5", "127.9.9.9")),
        ("169.254.169.254/32", (*PUBLIC, "169.254.169.254", "::ffff:169.254.169.254")),
    ],
)
def test_only_what_the_office_opened_is_called_however_it_is_written(setting, open_to) -> None:
    reach = Reach.read(setting)
    assert [one for one in ALL if reach.allows(one)] == [one for one in ALL if one in open_to]


@pytest.mark.parametrize("setting", ["intranet", "10.0.0.5/8", "private;loopback", "127.0.0.1:80"])
def test_a_setting_that_cannot_be_read_is_refused(setting: str) -> None:
    with pytest.raises(InputError) as refused:
        Reach.read(setting)
    assert refused.value.code == "web-hook-networks"
