"""Every page of the service; the demo adds its own."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from helpdesk import views
from tenants.tenancy import public, route

urlpatterns = [
    route("", views.landing, public(), name="landing"),
    route("healthz", views.healthz, public(), name="healthz"),
    route("readyz", views.readyz, public(), name="readyz"),
    path("", include("tenants.urls")),
    path("", include("compliance.urls")),
    path("", include("chat.urls")),
    path("admin/", admin.site.urls),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("helpdesk.demo.urls")))

handler400 = "helpdesk.views.bad_request"
handler403 = "helpdesk.views.forbidden"
handler404 = "helpdesk.views.not_found"
handler500 = "helpdesk.views.failed"
