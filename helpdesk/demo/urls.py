"""Pages that only the demo has."""

from helpdesk.demo import views
from tenants.tenancy import public, route

app_name = "demo"
urlpatterns = [
    route("mail/", views.mail, public(), name="mail"),
    route("shop/token/", views.shop_token, public(), name="shop_token"),
]
