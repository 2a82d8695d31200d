"""Addresses of the chat: operators', visitors', and those inside an organisation."""

from django.urls import include, path

app_name = "chat"

urlpatterns = [
    path("", include("chat.urls.operators")),
    path("", include("chat.urls.visitors")),
    path("o/<slug:slug>/", include("chat.urls.workspace")),
    path("o/<slug:slug>/", include("chat.urls.settings")),
    path("o/<slug:slug>/", include("chat.urls.duties")),
]
