"""A view of a pasted conversation without who wrote each line and when.

"[3/4, 10:02] Ann: and cvv?" and "[3/4, 10:03] Bob: 123" then read as question and answer.
"""

import re
from typing import Final

from compliance.masking.fold import View, ViewBuilder

_DAY: Final = r"[0-9]{1,4}[-/.][0-9]{1,2}(?:[-/.][0-9]{2,4})?,?[ ]"
_TIME: Final = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[ ]?[ap]\.?m\.?)?"
_HEAD: Final = re.compile(rf"(?:(?<=\n)|\A)[> ]{{0,4}}[\[(]?(?:{_DAY})?{_TIME}[\])]?[ ]?(?:-[ ])?[^:\n\[]{{1,30}}:[ ]")

#: Whether the view is worth making: a time of day with a name behind it, in RE2.
GATE: Final = r"[0-9]:[0-9]{2}(?::[0-9]{2})?(?: ?[ap]\.?m\.?)?[\])]? ?(?:- )?[a-z][^:\n\[]{0,29}: "


def transcript_view(base: View) -> View | None:
    """The view without the heads of lines, or None if there are none."""
    builder = ViewBuilder(base)
    for match in _HEAD.finditer(base.text.lower()):
        builder.keep(match.start())
        builder.at = match.end()
    if not builder.at:
        return None
    builder.keep(len(base.text))
    return builder.view()
