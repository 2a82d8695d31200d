import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from helpdesk.core import clock


class Command(BaseCommand):
    """Make the demo's organisations, people and conversations, or find them, and say how to sign in."""

    help = "Fill the demo with organisations, people and a few conversations; again, it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print everything as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            # Its passwords follow from the secret key: fine for a demo, not for people's data.
            raise CommandError("Only a demo is seeded: set DEMO=true.")
        from helpdesk.demo.seeding import seed

        facts = seed(now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(f"Seeded {', '.join(each['name'] for each in facts['organisations'])}.")
        for person in [*facts["people"], facts["operator"]]:
            self.stdout.write(f"{person['email']}  {person['password']}  {person['totp_secret']}")
