from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tenants.keyring.router import KeysRouter
from tenants.keyring.scope import ALIAS
from tenants.operator_role import OWN_ALIASES
from tenants.signed_context import verifies

OTHER_VERSION: Final = (
    "The database {database} was made by another version of Hushdesk, from which this one cannot go on: the migrations "
    "of {apps} that it knows are not those that are here. Nothing has been changed. Run the version that made it, or "
    "begin with empty databases; the demo does by `manage.py demo --reset`, which forgets its data."
)


class Command(BaseCommand):
    """The migrate step: every database, as the owner role given by DATABASE_URL and KEYS_DATABASE_URL."""

    help = "Migrate the main database and the keys database, and let them verify the tenant context if that is set."
    # The system checks speak of pages and of the application's role, neither of which matters to the owner.
    requires_system_checks = ()

    def handle(self, *_: Any, **options: Any) -> None:
        for alias in OWN_ALIASES:
            if apps := parted(connections[alias]):
                database = connections[alias].settings_dict["NAME"]
                raise CommandError(OTHER_VERSION.format(database=database, apps=", ".join(apps)))
        quietly = {"interactive": False, "verbosity": options["verbosity"]}
        call_command("migrate", database="default", **quietly)
        # The other apps have nothing there, and to go through what they did takes as long as to do it.
        call_command("migrate", KeysRouter.app_label, database=ALIAS, **quietly)
        # Also for the tables that have just been made: what is switched on is switched on for all.
        if settings.TENANT_CONTEXT_KEY:
            call_command("sign_context", "on", verbosity=options["verbosity"])
        elif any(verifies(connections[alias]) for alias in OWN_ALIASES):
            call_command("sign_context", "off", verbosity=options["verbosity"])


def parted(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the apps of which the database knows a migration that is not here and lacks one that is.

    A database that is only ahead has nothing to be migrated, and serves the version before during a roll-out.
    """
    applied = MigrationRecorder(connection).applied_migrations().keys()
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    here = loader.disk_migrations.keys()
    return sorted({app for app, _ in applied - here} & {app for app, _ in here - applied})
