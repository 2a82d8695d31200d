"""Make of the modules that judge a trail the one file that an auditor takes along."""

import re
from functools import cache
from pathlib import Path
from typing import Final

#: In the order in which they need each other; the first docstring is the last one's, which tells the use.
MODULES: Final = (
    "ed25519", "entries", "trees", "anchors", "reading", "tallies", "packs", "evidence", "program",
)  # fmt: skip
NAME: Final = "audit_verifier.py"
_HERE: Final = Path(__file__).parent
_OWN_IMPORT: Final = re.compile(r"^from compliance\.verifier\.\w+ import .*\n", re.MULTILINE)
_DOCSTRING: Final = re.compile(r'\A"""(.*?)"""\n', re.DOTALL)


@cache
def one_file() -> str:
    """Return the program: the modules one after the other, without what they import of each other."""
    texts = {name: (_HERE / f"{name}.py").read_text() for name in MODULES}
    use = _DOCSTRING.match(texts[MODULES[-1]])
    parts = ["#!/usr/bin/env python3\n", use[0] if use else ""]
    for name, text in texts.items():
        body = _OWN_IMPORT.sub("", _DOCSTRING.sub("", text))
        parts.append(f"\n# --- {name} " + "-" * (110 - len(name)) + f"\n{body.rstrip()}\n")
    return "".join(parts)
