from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction

from tenants.operator_role import OWN_ALIASES
from tenants.signed_context import WeakKeyError, switch_off, switch_on


class Command(BaseCommand):
    """Switch every floor of both databases, as the owner role given by DATABASE_URL and KEYS_DATABASE_URL."""

    help = "Let row security verify a MAC on the tenant context (on), or read the plain setting again (off)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("state", choices=("on", "off"))

    def handle(self, *args: Any, **options: Any) -> None:
        for alias in OWN_ALIASES:
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:

                def execute(statement: str, parameters: Any = None, cursor: Any = cursor) -> Any:
                    cursor.execute(statement, parameters)
                    return cursor

                try:
                    key = settings.TENANT_CONTEXT_KEY
                    tables = switch_on(execute, key) if options["state"] == "on" else switch_off(execute)
                except WeakKeyError:
                    raise CommandError("TENANT_CONTEXT_KEY has to be 32 characters or more.") from None
            self.stdout.write(f"{alias}: {tables} tables.")
