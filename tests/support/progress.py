"""How far a proof or a bench has come, on standard error: standard output is for what it found."""

import sys


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
