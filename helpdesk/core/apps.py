from django.apps import AppConfig


class CoreConfig(AppConfig):
    """What lies below every app: cipher, ids, clock, checks."""

    name = "helpdesk.core"
    label = "core"

    def ready(self) -> None:
        from helpdesk.core import checks  # noqa: F401 (registers the system checks)
