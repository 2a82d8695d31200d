"""`manage.py mask`: conversations in as JSON lines, masked ones out. No settings, no database."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from compliance.masking.entities import ENTITIES
from compliance.masking.jsonlines import MalformedLineError, masked_line
from compliance.masking.policy import POLICY_NAMES, MaskingPolicy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--policy", choices=sorted(POLICY_NAMES), default="default", help="what is masked")
    parser.add_argument("--entities", action="store_true", help="print the closed list of entities and stop")


def mask_lines(lines: Iterable[bytes], policy: MaskingPolicy, out: TextIO, err: TextIO) -> int:
    """Mask line by line as they come; bad lines go to `err` with their number. How many were bad."""
    bad = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            masked = masked_line(line, policy)
        except MalformedLineError as error:
            bad += 1
            err.write(f"line {number}: {error}\n")
            continue
        out.write(masked + "\n")
        out.flush()
    return bad


def run(*, policy: str, entities: bool) -> int:
    """The exit code."""
    if entities:
        sys.stdout.write("\n".join(ENTITIES) + "\n")
        return 0
    return 1 if mask_lines(sys.stdin.buffer, MaskingPolicy.named(policy), sys.stdout, sys.stderr) else 0


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="manage.py mask", description=__doc__)
    add_arguments(parser)
    options = parser.parse_args(argv)
    return run(policy=options.policy, entities=options.entities)
