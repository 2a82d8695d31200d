"""Merkle trees over the heads of all chains (RFC 6962, section 2.1)."""

from collections.abc import Sequence
from hashlib import sha256
from struct import Struct

_place = Struct(">Q").pack


def leaf(chain: bytes, position: int, head: bytes) -> bytes:
    return sha256(b"\x00" + chain + _place(position) + head).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves' hashes; that of nothing is the hash of nothing."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that a leaf is in the tree: the hashes beside the way to the root, from below."""
    if len(leaves) <= 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*path(leaves[:split], index), root(leaves[split:])]
    return [*path(leaves[split:], index - split), root(leaves[:split])]


def root_by(path: Sequence[bytes], leaf: bytes, index: int, size: int) -> bytes:
    """Return the root that a proof leads to (RFC 9162, section 2.1.3.2); of one that cannot be, nothing."""
    last = size - 1
    for beside in path:
        if not last:
            return b""
        if index & 1 or index == last:
            leaf = sha256(b"\x01" + beside + leaf).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            leaf = sha256(b"\x01" + leaf + beside).digest()
        index, last = index >> 1, last >> 1
    return leaf if not last else b""
