"""Addresses of the sockets."""

from django.urls import path, re_path

from .consumers import CaptionConsumer, HintConsumer, HomeConsumer, MeetingConsumer
from .live.socket import live_app

websocket_urlpatterns = [
    path("ws/home/", HomeConsumer.as_asgi()),
    path("ws/meetings/<uuid:meeting_id>/", MeetingConsumer.as_asgi()),
    path("ws/meetings/<uuid:meeting_id>/captions/", CaptionConsumer.as_asgi()),
    path("ws/live/<uuid:take_id>/", live_app),
    # Anything else: refused like a meeting that is not there.
    re_path("", HintConsumer.as_asgi()),
]
