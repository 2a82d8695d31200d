"""Pages that only the demo has."""

from django.urls import path

from helpdesk.demo import views

app_name = "demo"
urlpatterns = [path("mail/", views.mail, name="mail")]
