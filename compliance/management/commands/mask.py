"""`manage.py mask` as Django knows it; `manage.py` itself runs it without settings."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from compliance.masking import command


class Command(BaseCommand):
    """Masks conversations given as JSON lines on standard input."""

    help = "Mask conversations given as JSON lines on standard input."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        command.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        code = command.run(policy=options["policy"], entities=options["entities"])
        if code:
            sys.exit(code)
