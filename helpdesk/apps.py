from django.apps import AppConfig

# Here, so that `shared_task` binds to it wherever Django is set up, and what needs no Django starts without Celery.
from helpdesk import celery  # noqa: F401


class HelpdeskConfig(AppConfig):
    """The composition root: its commands and the pages that belong to no app."""

    name = "helpdesk"
