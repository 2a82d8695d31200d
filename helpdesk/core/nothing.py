"""No addresses: what a host answers that is not asked for its own."""

urlpatterns: list[object] = []
handler404 = "helpdesk.views.not_found"
