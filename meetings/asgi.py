"""The ASGI application: pages, uploads, sockets, in one process.

Uploads are answered before Django, so that a body is a stream; see `views/uploads.py`.
"""

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meetings.settings")

# First: what follows imports models.
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from .routing import websocket_urlpatterns  # noqa: E402
from .views.uploads import uploads_app  # noqa: E402

upload_application = AuthMiddlewareStack(uploads_app)

application = ProtocolTypeRouter(
    {
        "http": URLRouter(
            [
                path("uploads/", upload_application),
                path("uploads/<uuid:upload_id>", upload_application),
                re_path("", django_application),
            ]
        ),
        "websocket": AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
    }
)

# What start-up has loaded is never garbage. Left in the collector's care it is looked through every dozen pages, for some 80 ms each time.
gc.collect()
gc.freeze()
