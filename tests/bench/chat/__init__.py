"""`bench chat`: what a core delivers, and what of it is the chat's own, against baselines measured in the same run."""

from tests.bench.chat.run import main

__all__ = ("main",)
