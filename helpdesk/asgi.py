"""The ASGI application: HTTP by Django, sockets by Channels."""

import os
import sys

from django.core.asgi import get_asgi_application

from helpdesk.core.loading import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
with loading():
    # Django must be set up before anything that imports models.
    http_application = get_asgi_application()

    from channels.routing import ProtocolTypeRouter

    from helpdesk.core.bodies import BodyLimits
    from helpdesk.core.staticfiles import StaticFiles
    from helpdesk.lifespan import Lifespan
    from helpdesk.routing import websocket_application

application = Lifespan(
    ProtocolTypeRouter({"http": BodyLimits(StaticFiles(http_application)), "websocket": websocket_application}),
)
# A thread that asks the database keeps the loop from its sockets for so long at most. With Python's own 5 ms one in
# twenty frames waits twice as long as with this, beside two threads at work.
sys.setswitchinterval(0.001)
