"""The service's settings with the migration linter's app, for `manage.py check_all`."""

from helpdesk.settings import *  # noqa: F403
from helpdesk.settings import INSTALLED_APPS as SERVICE_APPS

INSTALLED_APPS = [*SERVICE_APPS, "django_migration_linter"]
