"""The privacy page and the page of keys of an organisation."""

from django.urls import path

from compliance import key_views, views

app_name = "compliance"
urlpatterns = [
    path("o/<slug:slug>/settings/privacy/", views.privacy, name="privacy"),
    path("o/<slug:slug>/settings/privacy/retention/", views.set_retention, name="retention"),
    path("o/<slug:slug>/settings/privacy/export/", views.export, name="export"),
    path("o/<slug:slug>/settings/keys/", key_views.key_page, name="keys"),
    path("o/<slug:slug>/settings/keys/rotate/", key_views.rotate, name="rotate_key"),
    path("o/<slug:slug>/settings/keys/own/", key_views.connect, name="own_key"),
    path("o/<slug:slug>/settings/keys/own/revoke/", key_views.change_own_key, {"change": "revoke"}, name="revoke_key"),
    path(
        "o/<slug:slug>/settings/keys/own/restore/", key_views.change_own_key, {"change": "restore"}, name="restore_key"
    ),
    path(
        "o/<slug:slug>/settings/keys/own/disconnect/",
        key_views.change_own_key,
        {"change": "disconnect"},
        name="disconnect_key",
    ),
    path("o/<slug:slug>/settings/keys/close/", key_views.close, name="close"),
    path("o/<slug:slug>/settings/keys/close/stop/", key_views.cancel_close, name="cancel_close"),
]
