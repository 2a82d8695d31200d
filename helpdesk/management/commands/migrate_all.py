from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from tenants.keyring.router import KeysRouter
from tenants.keyring.scope import ALIAS
from tenants.operator_role import OWN_ALIASES
from tenants.signed_context import verifies


class Command(BaseCommand):
    """The migrate step: every database, as the owner role given by DATABASE_URL and KEYS_DATABASE_URL."""

    help = "Migrate the main database and the keys database, and let them verify the tenant context if that is set."
    # The system checks speak of pages and of the application's role, neither of which matters to the owner.
    requires_system_checks = ()

    def handle(self, *_: Any, **options: Any) -> None:
        quietly = {"interactive": False, "verbosity": options["verbosity"]}
        call_command("migrate", database="default", **quietly)
        # The other apps have nothing there, and to go through what they did takes as long as to do it.
        call_command("migrate", KeysRouter.app_label, database=ALIAS, **quietly)
        # Also for the tables that have just been made: what is switched on is switched on for all.
        if settings.TENANT_CONTEXT_KEY:
            call_command("sign_context", "on", verbosity=options["verbosity"])
        elif any(verifies(connections[alias]) for alias in OWN_ALIASES):
            call_command("sign_context", "off", verbosity=options["verbosity"])
