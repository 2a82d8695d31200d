from django.apps import AppConfig


class CoreConfig(AppConfig):
    """What lies below every app: cipher, ids, clock, checks."""

    name = "helpdesk.core"
    label = "core"

    def ready(self) -> None:
        from django.conf import settings

        from helpdesk.core import checks, error_tracker  # noqa: F401 (registers the system checks)

        error_tracker.start(settings.SENTRY_DSN)
