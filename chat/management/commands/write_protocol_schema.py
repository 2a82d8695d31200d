from typing import Any

from django.core.management.base import BaseCommand

from chat.protocol import codec


class Command(BaseCommand):
    """Write `chat/protocol/schema.json` anew from the commands and events."""

    help = "Write the JSON Schema of the chat protocol."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        codec.SCHEMA_PATH.write_text(codec.schema(), encoding="utf-8")
        self.stdout.write(f"Wrote {codec.SCHEMA_PATH.name}.")
