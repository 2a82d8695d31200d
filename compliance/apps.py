from importlib import import_module

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """What is allowed, what is remembered, for how long."""

    name = "compliance"
    verbose_name = "Compliance"

    def ready(self) -> None:
        import_module("compliance.receivers")
        terms = import_module("compliance.processing.terms")
        for app in ("tenants", "compliance"):
            table = import_module(f"compliance.processing.of_{app}")
            terms.register(app, getattr(table, f"OF_{app.upper()}"))
        # Celery finds modules called `tasks` by itself; this one stands beside it.
        import_module("compliance.register_tasks")
        import_module("tenants.text_checks").register(import_module("compliance.ingest").refuse_sensitive)
        import_module("tenants.tasks_base").quieten_celery()
