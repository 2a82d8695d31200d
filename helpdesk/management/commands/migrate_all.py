from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from tenants.operator_role import OWN_ALIASES


class Command(BaseCommand):
    """The migrate step: every database, as the owner role given by DATABASE_URL and KEYS_DATABASE_URL."""

    help = "Migrate the main database and the keys database."
    # The system checks speak of pages and of the application's role, neither of which matters to the owner.
    requires_system_checks = ()

    def handle(self, *_: Any, **options: Any) -> None:
        for alias in OWN_ALIASES:
            call_command("migrate", database=alias, interactive=False, verbosity=options["verbosity"])
