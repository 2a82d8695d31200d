"""Lists the launchers among Django's commands, for `manage.py help` and `django-admin`."""

import sys
from importlib import import_module

from django.core.management.base import BaseCommand


class LauncherCommand(BaseCommand):
    """Hands the whole command line to a module's `main`, which parses it by itself."""

    module: str
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(import_module(self.module).main(argv[2:]))
