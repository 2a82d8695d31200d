"""Puts the operators' site (`helpdesk.operators`) in the place of Django's."""

from typing import Final

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig

OUR_APPS: Final = frozenset({"tenants", "keyring", "compliance", "chat"})


class HushdeskAdminConfig(AdminConfig):
    """Takes from the site what others registered by themselves."""

    default_site = "helpdesk.operators.HushdeskAdminSite"

    def ready(self) -> None:
        super().ready()
        # Failed sign-ins hold addresses of people; groups are not used. Neither is for operators to browse.
        foreign = [model for model in admin.site._registry if model._meta.app_label not in OUR_APPS]
        admin.site.unregister(foreign)
