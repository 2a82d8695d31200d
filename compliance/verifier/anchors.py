"""Files of anchors: signed roots over the heads of all chains, one line each, kept outside the database."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from compliance.verifier.ed25519 import is_signed
from compliance.verifier.entries import BrokenError, micros, plain
from compliance.verifier.trees import leaf, root


def canonical(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def signed_part(anchor: Mapping[str, Any]) -> bytes:
    """Return what is signed of an anchor: all but the signature, and the heads, which the root stands for."""
    return b"hushdesk anchor 1\n" + canonical({key: anchor[key] for key in anchor.keys() - {"heads", "signature"}})


Verify = Callable[[bytes, bytes, bytes], bool]


class Anchors:
    """A file of anchors, read from its beginning: which hash each chain had at which position.

    Each line is signed, counts on and holds the hash of the line before; a new key is named by a line that the old one
    has signed. The first key is one of those given, or is believed.
    """

    def __init__(self, *, keys: Iterable[bytes] = (), verify: Verify | None = None) -> None:
        self.keys, self.verify = frozenset(keys), verify or is_signed
        self.number, self.line_hash, self.next_key, self.key, self.torn = 0, "", "", "", 0
        self.last: dict[str, Any] = {}
        self.heads: dict[bytes, tuple[int, bytes]] = {}
        self.of: dict[bytes, dict[int, bytes]] = defaultdict(dict)
        #: When a position was last the head of a chain, in microseconds since 1970.
        self.seen: dict[bytes, dict[int, int]] = defaultdict(dict)

    def read(self, lines: Iterable[bytes], *, may_be_torn: bool = False) -> "Anchors":
        """Take lines; one that was torn in writing may stand before a whole one, and at the end only
        where that is said.

        Raises:
            BrokenError: A line is not as it was written.
        """
        is_torn = False
        for line in filter(None, lines):
            try:
                anchor = json.loads(line)
                is_torn = canonical(anchor) != line
            except (ValueError, AttributeError):
                is_torn = True
            if is_torn:
                self.torn += 1
                continue
            try:
                self._take(anchor)
            except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
                raise BrokenError(self.number + 1, "it cannot be an anchor") from None
            self.line_hash = sha256(line).hexdigest()
        if is_torn and not may_be_torn:
            raise BrokenError(self.number + 1, "the last line is damaged")
        return self

    def _take(self, anchor: dict[str, Any]) -> None:
        number, key = anchor["number"], anchor["key"]
        self._follows(anchor)
        if not self._is_trusted(key):
            raise BrokenError(number, f"signed by a key that nobody has named: {key[:16]}")
        if not self.verify(plain(key), signed_part(anchor), plain(anchor["signature"])):
            raise BrokenError(number, "the signature is not right")
        heads = {UUID(chain).bytes: (position, plain(head)) for chain, position, head in anchor["heads"]}
        self.heads = heads if anchor["whole"] else self.heads | heads
        leaves = [leaf(chain, *self.heads[chain]) for chain in sorted(self.heads)]
        if anchor["size"] != len(leaves) or plain(anchor["root"]) != root(leaves):
            raise BrokenError(number, "the heads are not those of the root")
        for chain, (position, head) in heads.items():
            if self.of[chain].setdefault(position, head) != head:
                # Both were signed, so the chain itself was written anew in between: no entry fits both.
                self.of[chain][position] = b""
        at = micros(anchor["at"])
        for chain, (position, _) in self.heads.items():
            self.seen[chain][position] = at
        self.number, self.key, self.next_key = number, key, anchor.get("next_key", "")
        self.last = {name: value for name, value in anchor.items() if name != "heads"}

    def _follows(self, anchor: dict[str, Any]) -> None:
        number = anchor["number"]
        if anchor["v"] != 1 or number < 1:
            raise ValueError
        if not self.number and not anchor["whole"]:
            raise BrokenError(number, "what comes before it is not there: its file begins with all heads")
        if self.number and (number != self.number + 1 or anchor["prior"] != self.line_hash):
            raise BrokenError(self.number + 1, f"missing, or it was changed: {number} follows")

    def _is_trusted(self, key: str) -> bool:
        if self.key:
            return key == (self.next_key or self.key)
        return not self.keys or plain(key) in self.keys
