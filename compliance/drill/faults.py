"""What a drill may find, and why one is not begun."""

from compliance.models import DrillFault


class DrillRefusedError(Exception):
    """The drill was not begun: something is missing, or in its way. The message says what to do."""


class DrillFaultError(Exception):
    """A step of the drill has failed, so that those after it make no sense. `why` holds no data."""

    def __init__(self, fault: DrillFault, why: str) -> None:
        super().__init__(why)
        self.fault = fault
