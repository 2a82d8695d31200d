"""WebSocket routes of every app. Who is at the other end is settled by each app's own middleware."""

from channels.routing import URLRouter

from chat.routing import websocket_urlpatterns

websocket_application = URLRouter(websocket_urlpatterns)
