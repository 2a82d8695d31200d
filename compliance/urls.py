"""The privacy page of an organisation."""

from django.urls import path

from compliance import views

app_name = "compliance"
urlpatterns = [
    path("o/<slug:slug>/settings/privacy/", views.privacy, name="privacy"),
    path("o/<slug:slug>/settings/privacy/retention/", views.set_retention, name="retention"),
    path("o/<slug:slug>/settings/privacy/export/", views.export, name="export"),
]
