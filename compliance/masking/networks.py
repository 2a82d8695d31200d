"""IP addresses, version 4 and 6."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.scan import Scan

_V4: Final = re.compile(
    r"(?<![0-9a-z.])[0-9]{1,3}(?:(?:\.|[ ]?[\[(](?:\.|dot)[\])][ ]?|[ ]\.[ ]?|[ ]dot[ ])[0-9]{1,3}){3}(?![0-9a-z]"
    r"|\.[0-9])"
)
_V6: Final = re.compile(r"(?<![0-9a-z:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![0-9a-z:])")
_VERSION: Final = re.compile(
    r"(?:(?<![a-z])(?:v|ver|version|release|build|firmware|chrome|firefox|safari|driver|update|updated?|updating"
    r"|upgraded?|upgrading|sdk|app|software"
    r"|python|node|php|java|ruby|perl|package|pkg"
    r"|ios|android|windows|section|clause|chapter"
    r"|req|requirement|rule|para|paragraph|article|art|figure|table|step|spec)[a-z]*[ .:/]{0,2}(?:(?:is"
    r"|to|from|number|no|was|:)[ ])?[ :]{0,2})$"
)
_SOFTWARE: Final = re.compile(
    r"(?<![a-z])(?:versions?|upgrad(?:e|ed|es|ing)|updat(?:e|ed|es|ing)|releases?|builds?|firmware|patch"
    r"|downgrad(?:e|ed|ing)|plug-?in|module|add-?on|theme|sdk|library|client app)(?![a-z])"
)
_ADDRESS: Final = re.compile("(?<![a-z])(?:ip|ips|address|server|host|ping)(?![a-z])")
_VERSION_AFTER: Final = re.compile("[ ](?:build|release|version|update|wheel|package|upgrade|patch)(?![a-z])")
_LEAST_FIRST: Final = 10
_LEAST_LARGEST: Final = 64
_NUMBER: Final = re.compile("[0-9]+")
#: And routers as they come out of the box.
_NOBODY: Final = frozenset({"0.0.0.0", "127.0.0.1", "192.168.0.1", "192.168.1.1", "192.168.1.254"})  # noqa: S104


class IpDetector:
    """IP addresses that are of someone: not loopback, not masks, not version numbers."""

    id = "ip"
    entities = ("IP",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Addresses in one view."""
        for match in _V4.finditer(scan.lower):
            address = ".".join(_NUMBER.findall(match.group()))
            if not _is_v4(address) or address in _NOBODY or _is_mask(address):
                continue
            versioned = _is_version(scan, match.start(), match.end())
            versioned = versioned or (scan.was_asked(_SOFTWARE) and not scan.was_asked(_ADDRESS))
            if not (versioned or (_is_small(address) and not _is_spoken_of(scan, match.start()))):
                yield scan.candidate("IP", match.start(), match.end(), self.id, 0.8)
        for match in _V6.finditer(scan.lower):
            if _is_v6(match.group()):
                yield scan.candidate("IP", match.start(), match.end(), self.id, 0.85)


def _is_small(address: str) -> bool:
    """As versions and numbered sections are: "2.7.2.3", "6.9.11.60"."""
    numbers = [int(number) for number in address.split(".")]
    return numbers[0] < _LEAST_FIRST and max(numbers) < _LEAST_LARGEST


def _is_spoken_of(scan: Scan, start: int) -> bool:
    """Whether a word for an address or a computer stands before it, or it is an answer to one."""
    return _ADDRESS.search(scan.lower, max(0, start - 40), start) is not None or scan.was_asked(_ADDRESS)


def _is_version(scan: Scan, start: int, end: int) -> bool:
    """ "Chrome 120.0.6099.109", "upgrade from 10.2.1 to 10.2.1.4"."""
    lower = scan.lower
    if _VERSION.search(lower[max(0, start - 25) : start]) or _VERSION_AFTER.match(lower, end):
        return True
    if not scan.has(_SOFTWARE):
        return False
    before = lower[max(0, start - 60) : start]
    return _SOFTWARE.search(before) is not None and _ADDRESS.search(before) is None


def _is_mask(address: str) -> bool:
    """A netmask or wildcard: ones and then zeros, "255.255.255.240", or the reverse."""
    if not address.startswith(("255.", "0.")):
        return False
    bits = "".join(f"{int(part):08b}" for part in address.split("."))
    return "01" not in bits or "10" not in bits


def _is_v4(written: str) -> bool:
    """Four numbers of a byte each, without zeros before them. The standard library takes five times as long."""
    return all(int(part) < 256 and (part == "0" or part[0] != "0") for part in written.split("."))


def _is_v6(written: str) -> bool:
    """Valid, and more than a time of day or a C++ scope."""
    if len(written) < 6 or sum(char in "0123456789abcdef" for char in written) < 4:
        return False
    try:
        IPv6Address(written)
    except AddressValueError:
        return False
    return True
