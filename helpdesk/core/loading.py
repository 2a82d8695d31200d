"""Loading the program without looking through it for garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """What is made in the block stays: modules, classes, patterns.

    Python would look through all of it again and again, for a sixth of the whole start. It is left out of later looks
    too, which would hold up who waits for an answer, and copy it to each process that is forked.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
