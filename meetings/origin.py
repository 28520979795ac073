"""Did a page of this very site ask? For everything that Django's own CSRF check does not see: uploads and sockets."""

from io import BytesIO

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest


def is_same_origin(scope: dict) -> bool:
    """True when `Origin` is there and names this site (scheme, host and port), or one of CSRF_TRUSTED_ORIGINS.

    The host must be one of ALLOWED_HOSTS. Cookies know no ports, so the port counts here: another program on the same machine is a stranger.
    """
    # Sockets have no method; only the headers are looked at.
    request = ASGIRequest({"method": "GET", **scope}, BytesIO())
    scheme = {"ws": "http", "wss": "https"}.get(request.scheme, request.scheme)
    try:
        host = request.get_host()
    except DisallowedHost:
        return False
    origin = request.headers.get("Origin", "")
    return origin == f"{scheme}://{host}" or origin in settings.CSRF_TRUSTED_ORIGINS
