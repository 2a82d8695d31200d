"""`manage.py check_controls [--json]`: whether what runs for all organisations by the clock does.

For a monitor beside the service: where beat or every worker is gone, nothing inside can raise an alarm.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from compliance.controls import selectors
from helpdesk.core import clock


class Command(BaseCommand):
    help = "Tell when each control of the service last did its work. Exits with 1 if one was missed or fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one line for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        states = selectors.of_service(now=clock.now())
        bad = selectors.amiss(states)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not bad, "amiss": [one.control.key for one in bad]}))
        else:
            for one in states:
                last = "never" if one.last_ok_at is None else f"{one.last_ok_at:%Y-%m-%d %H:%M:%S} UTC"
                self.stdout.write(f"{'ok  ' if one.works else 'BAD '} {one.control.title}: last {last} {one.why}")
        if bad:
            raise CommandError(f"{len(bad)} controls were missed or fail.", returncode=1)
