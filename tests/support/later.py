"""Another time, for a while."""

from datetime import timedelta
from typing import Any

import time_machine

from helpdesk.core import clock


def later(**span: float) -> Any:
    """Travel so far from now; time stands still there."""
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)
