"""Support access, on the operators' site: behind its door, and by its role of the database."""

from typing import Final

from django.contrib import admin
from django.urls import include, path

from chat.views import support
from tenants.tenancy import operator, route

OPERATOR: Final = operator()

support_patterns = [
    route("", admin.site.admin_view(support.conversations), OPERATOR, name="support_conversations"),
    route(
        "conversations/<uuid:conversation_id>/",
        admin.site.admin_view(support.conversation),
        OPERATOR,
        name="support_conversation",
    ),
    route("settings/", admin.site.admin_view(support.settings_page), OPERATOR, name="support_settings"),
    route("still/", admin.site.admin_view(support.still), OPERATOR, name="support_still"),
    route("end/", admin.site.admin_view(support.end), OPERATOR, name="support_end"),
]

urlpatterns = [
    route("admin/support/", admin.site.admin_view(support.desk), OPERATOR, name="support_desk"),
    path("admin/support/<uuid:grant_id>/", include(support_patterns)),
]
