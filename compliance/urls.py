"""The privacy page and the page of keys of an organisation."""

from compliance import key_views, views
from tenants.roles import Capability
from tenants.tenancy import organisation, route

KEYS = organisation(Capability.MANAGE_KEYS)

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
    route("o/<slug:slug>/settings/keys/", key_views.key_page, KEYS, name="keys"),
    route("o/<slug:slug>/settings/keys/rotate/", key_views.rotate, KEYS, name="rotate_key"),
    route("o/<slug:slug>/settings/keys/own/", key_views.connect, KEYS, name="own_key"),
    *(
        route(
            f"o/<slug:slug>/settings/keys/own/{change}/",
            key_views.change_own_key,
            KEYS,
            {"change": change},
            name=f"{change}_key",
        )
        for change in ("revoke", "restore", "disconnect")
    ),
    route("o/<slug:slug>/settings/keys/close/", key_views.close, KEYS, name="close"),
    route("o/<slug:slug>/settings/keys/close/stop/", key_views.cancel_close, KEYS, name="cancel_close"),
]
