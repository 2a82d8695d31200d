"""`manage.py rotate_anchor_key [--show]`: a new key that signs anchors of the audit trail, named by the one before."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from compliance.anchoring import keys
from helpdesk.core import clock


class Command(BaseCommand):
    help = (
        "Make a new key for anchors of the audit trail and print its public half, which auditors pin. The next anchor, "
        "signed by the former key, names it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", action="store_true", help="make none; print the one that signs now")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        key = keys.newest(now=now) if options["show"] else keys.rotate(now=now)
        self.stdout.write(key.public)
