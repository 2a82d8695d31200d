from importlib import import_module

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """What is allowed, what is remembered, for how long."""

    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        import_module("compliance.receivers")
        # Celery finds modules called `tasks` by itself; this one stands beside it.
        import_module("compliance.register_tasks")
        import_module("tenants.text_checks").register(import_module("compliance.ingest").refuse_sensitive)
        import_module("tenants.tasks_base").quieten_celery()
