"""Every table with rows of organisations, and every one with their keys."""

from typing import Any, Final

from django.apps import apps

from tenants.models import TenantModel

TENANT_MODELS: Final[tuple[type[TenantModel], ...]] = tuple(
    model for model in apps.get_models() if issubclass(model, TenantModel)
)
KEY_MODELS: Final[tuple[Any, ...]] = tuple(apps.get_app_config("keyring").get_models())
