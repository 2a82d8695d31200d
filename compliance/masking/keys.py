"""A view in which names of fields are words, "securityCode" and "driver_license_number", and "%20" is a space."""

import re
from typing import Final

from compliance.masking.fold import View, ViewBuilder

_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_JOINED: Final = re.compile(r"(?<=[A-Za-z])_(?=[A-Za-z])")

#: A space or dash of a URL.
_ENCODED: Final = re.compile("%2[0dD]")

#: Whether the view is worth making: a letter, then what ends the name of a field, in RE2.
GATE: Final = r"[a-z][\"'`\]]? ?[:=>]|%2[0d]"


def keys_view(base: View) -> View | None:
    """The view with such names taken apart, or None if there are none."""
    text = _ENCODED.sub("   ", _JOINED.sub(" ", base.text))
    humps = [match.start() for match in _HUMP.finditer(text)]
    if not humps:
        return None if text == base.text else View(text, base.starts, base.ends)
    builder = ViewBuilder(View(text, base.starts, base.ends))
    for hump in humps:
        builder.keep(hump)
        builder.put(" ", hump - 1, hump)
    builder.keep(len(text))
    return builder.view()
