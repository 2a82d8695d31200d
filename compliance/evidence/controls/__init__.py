"""The controls there are: one registry for the page, the daily observation and evidence packs.

A new one is a `Control` in a tuple that is named here. Its key is for ever: by it packs find what was observed.
"""

from typing import Final

from compliance.evidence.controls import access, data, running, signed
from compliance.evidence.controls.control import Control

CONTROLS: Final[tuple[Control, ...]] = tuple(
    sorted((*access.CONTROLS, *data.CONTROLS, *running.CONTROLS, *signed.CONTROLS), key=lambda control: control.key)
)
