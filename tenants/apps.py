from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Who: organisations, people, keys."""

    name = "tenants"
    verbose_name = "Organisations and people"
