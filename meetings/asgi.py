"""The ASGI application: pages, uploads, sockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meetings.settings")

application = get_asgi_application()
