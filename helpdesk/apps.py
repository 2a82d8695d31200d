from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    """The composition root: its commands and the pages that belong to no app."""

    name = "helpdesk"
