"""Whether this process is being emptied before a deploy: it serves on, but is not ready for anyone new."""

from threading import Event
from typing import Final

_begun: Final = Event()


def begin() -> None:
    """Be ready for nobody new from now on."""
    _begun.set()


def is_draining() -> bool:
    return _begun.is_set()
