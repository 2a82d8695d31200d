"""The name of a file as it is kept, shown and handed over: a printable line that tells the truth of its kind."""

import unicodedata
from typing import Final

from chat.files.kinds import Kind

#: Looked at of what a sender gives; what is kept is shorter (`compliance.ingest.MAX_FILE_NAME`).
MAX_GIVEN: Final = 4096
MAX_SHOWN: Final = 120
NAMELESS: Final = "file"
#: Other, control, format (which turn the direction of writing), private and unpaired signs; line and paragraph ends.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def clean_name(given: str, kind: Kind) -> str:
    """Return a name without folders, line breaks and signs that are not seen, with an ending that its kind has."""
    bare = given[:MAX_GIVEN].replace("\\", "/").rpartition("/")[2]
    seen = "".join(sign for sign in unicodedata.normalize("NFC", bare) if unicodedata.category(sign) not in _HIDDEN)
    name = " ".join(seen.translate(_NOT_IN_NAMES).split()).rstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    if not dot or suffix.lower() not in kind.suffixes:
        stem, suffix = name, kind.suffixes[0]
    return f"{_cut(stem) or NAMELESS}.{suffix.lower()}"


def _cut(stem: str) -> str:
    return stem[:MAX_SHOWN].strip(". ")
