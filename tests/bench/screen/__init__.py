"""`bench screen`: how soon what was sent is on the screen, and a long conversation with it, measured in Chromium."""

from tests.bench.screen.run import main

__all__ = ("main",)
