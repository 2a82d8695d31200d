"""What `manage.py` runs: a few commands that need no settings, and all of Django's.

These few begin before there is a database or a secret key; the processes they start have both.
"""

import os
import sys
from importlib import import_module
from typing import Final

from helpdesk.env import BadSettingError

LAUNCHERS: Final = {
    "demo": "helpdesk.launch.demo",
    "test": "helpdesk.launch.testing",
    "check_all": "helpdesk.launch.check_all",
    "make_secrets": "helpdesk.launch.make_secrets",
    "bench": "tests.bench.run",
    "prove": "helpdesk.launch.prove",
    "mask": "compliance.masking.command",
}


def run(argv: list[str]) -> None:
    """Run `manage.py COMMAND …` and exit with its code."""
    if argv[1:2] and (module := LAUNCHERS.get(argv[1])):
        sys.exit(import_module(module).main(argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    import django
    from django.core.management import execute_from_command_line

    from helpdesk.core.loading import loading

    try:
        # Django itself reads which settings are asked for, and sets up after that.
        if not any(argument.startswith("--settings") for argument in argv):
            with loading():
                django.setup()
        execute_from_command_line(argv)
    except BadSettingError as error:
        # Said, not traced: whoever starts a command in a fresh place meets this first.
        sys.exit(f"{error}. Set it, or run this beside a running demo (HUSHDESK_DATA_DIR says where its data lies).")
