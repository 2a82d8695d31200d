"""`manage.py move_files`: what was sent in chats goes from FILES_DIR into FILES_BUCKET."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.files.moving import move_into
from chat.files.store import StoreAwayError, bucket


class Command(BaseCommand):
    help = (
        "Move files from FILES_DIR into FILES_BUCKET. Safe while the service runs, which finds them in either; "
        "what was cut short goes on when it is run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if (place := bucket()) is None:
                raise CommandError("Name the bucket in FILES_BUCKET first.")
            moved = move_into(place, Path(settings.FILES_DIR))
        except (StoreAwayError, OSError) as error:
            raise CommandError(f"Not all were moved ({type(error).__name__}: {error}). Run it again.") from None
        self.stdout.write(f"Moved {moved}.")
