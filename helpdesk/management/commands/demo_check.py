import io
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from websockets.exceptions import WebSocketException

from helpdesk.demo.check import CheckError, hold_conversation


class Command(BaseCommand):
    """Hold one conversation with a running demo and print what came of it, as one JSON line."""

    help = "Talk as a visitor and as an agent through real sockets, and look at what was stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL, help="where to dial (default: %(default)s)")
        parser.add_argument("--facts", type=Path, help="what `seed_demo --json` printed; it is asked again otherwise")

    def handle(self, *args: Any, **options: Any) -> None:
        result = self._held(options["url"], options["facts"])
        self.stdout.write(json.dumps(result))
        if not result["ok"]:
            raise CommandError("The conversation did not go as it should.")

    def _held(self, url: str, facts: Path | None) -> dict[str, Any]:
        try:
            return hold_conversation(url, json.loads(facts.read_text() if facts else _seeded()))
        except (CheckError, WebSocketException, OSError, StopIteration, KeyError) as error:
            told = str(error) if isinstance(error, CheckError) else type(error).__name__
            return {"ok": False, "delivered_ms": None, "masked": False, "sealed": False, "error": told}


def _seeded() -> str:
    printed = io.StringIO()
    call_command("seed_demo", json=True, stdout=printed)
    return printed.getvalue().splitlines()[-1]
