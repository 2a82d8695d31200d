"""The ASGI application: HTTP by Django, sockets by Channels."""

import gc
import os
import sys

# Nearly all that is made from here on stays: looking through it again and again would take a tenth of the start.
gc.disable()

from django.core.asgi import get_asgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
# Django must be set up before anything that imports models.
http_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402

from helpdesk.core.bodies import BodyLimits  # noqa: E402
from helpdesk.lifespan import Lifespan  # noqa: E402
from helpdesk.routing import websocket_application  # noqa: E402

application = Lifespan(
    ProtocolTypeRouter({"http": BodyLimits(http_application), "websocket": websocket_application}),
)
gc.enable()
# A thread that asks the database keeps the loop from its sockets for so long at most. With Python's own 5 ms one in
# twenty frames waits twice as long as with this, beside two threads at work.
sys.setswitchinterval(0.001)
