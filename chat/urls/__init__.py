"""Addresses of the chat: visitors', operators', and those inside an organisation."""

from django.urls import include, path

from chat.urls import duties, operators, settings, visitors, workspace

app_name = "chat"

urlpatterns = [
    *operators.urlpatterns,
    *visitors.urlpatterns,
    path("o/<slug:slug>/", include([*workspace.urlpatterns, *settings.urlpatterns, *duties.urlpatterns])),
]
