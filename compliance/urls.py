"""The privacy page of an organisation."""

from compliance import views
from tenants.roles import Capability
from tenants.tenancy import organisation, route

app_name = "compliance"
urlpatterns = [
    route("o/<slug:slug>/settings/privacy/", views.privacy, organisation(), name="privacy"),
    route(
        "o/<slug:slug>/settings/privacy/retention/",
        views.set_retention,
        organisation(Capability.MANAGE_RETENTION),
        name="retention",
    ),
    route(
        "o/<slug:slug>/settings/privacy/export/",
        views.export,
        organisation(Capability.EXPORT_CONVERSATIONS),
        name="export",
    ),
]
