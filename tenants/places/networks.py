"""Networks as people write them, in the one form they are kept in (RFC 4632, RFC 4291 section 2.3)."""

import ipaddress
from functools import lru_cache
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Wider ones are no place any more: the largest that registries give to one holder.
WIDEST_V4: Final = 8
WIDEST_V6: Final = 20
#: The longest way to write one.
MAX_LENGTH: Final = 49


class BadNetworkError(ValueError):
    """The text is no network that a rule can be made of; the message says why."""


def normal_network(text: str) -> str:
    """Return a network as it is kept: the first address and the length, an address alone as the network of itself.

    An IPv4 address mapped into IPv6 (RFC 4291, section 2.5.5.2) becomes the IPv4 one, as who comes from there is seen.

    Raises:
        BadNetworkError: It is none, or one that is too wide to be a place.
    """
    try:
        # Bits behind the length are dropped: people write down their own address with the network's length.
        network: Network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadNetworkError("This is no address or network, such as 203.0.113.0/24 or 2001:db8::/48.") from None
    if isinstance(network, ipaddress.IPv6Network):
        if network.network_address.scope_id is not None:
            raise BadNetworkError("Leave out what follows the % sign: it means something on your machine alone.")
        if network.network_address.ipv4_mapped is not None and network.prefixlen >= 96:
            network = ipaddress.IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    widest = WIDEST_V4 if network.version == 4 else WIDEST_V6
    if network.prefixlen < widest:
        raise BadNetworkError(f"This is half the internet rather than a place: /{widest} is the widest network taken.")
    return str(network)


@lru_cache(maxsize=4096)
def parsed(network: str) -> Network:
    """Return a network that is kept."""
    return ipaddress.ip_network(network)


def is_within(address: str, network: str) -> bool:
    """Whether an address lies in a network that is kept; a text that is no address lies nowhere."""
    try:
        return ipaddress.ip_address(address) in parsed(network)
    except ValueError:
        return False
