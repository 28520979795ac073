"""A person without a browser: logs in and sends a recording over HTTP, by the same doors as the pages."""

import base64
import re
import time
from pathlib import Path

import httpx

from tests.factories import PASSWORD
from tests.installation import Installation

TUS = {"Tus-Resumable": "1.0.0"}
PIECE_BYTES = 256 * 1024


class Person:
    """Somebody with an account on a running installation."""

    def __init__(self, installation: Installation, email: str) -> None:
        self.http = httpx.Client(base_url=installation.url, headers={"Origin": installation.url}, timeout=30)
        code = f"from tests.factories import make_user; make_user({email!r})"
        installation.manage("shell", "--no-imports", "-c", code)
        self._log_in(email)

    def _log_in(self, email: str) -> None:
        page = self.http.get("/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        form = {"csrfmiddlewaretoken": token, "login": email, "password": PASSWORD}
        answer = self.http.post("/accounts/login/", data=form)
        assert answer.status_code == 302, answer.text

    def upload(self, path: Path, *, patience_s: float = 60) -> str:
        """Send a file in small pieces, going on after any break as tus says; the id of its meeting."""
        content = path.read_bytes()
        name = base64.b64encode(path.name.encode()).decode()
        headers = TUS | {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"}
        created = self.http.post("/uploads/", headers=headers)
        assert created.status_code == 201, created.text
        deadline = time.monotonic() + patience_s
        while True:
            try:
                if meeting := self._send_rest(created.headers["Location"], content):
                    return meeting
            except httpx.TransportError:
                assert time.monotonic() < deadline, "the upload could not go on"
                time.sleep(0.2)

    def _send_rest(self, url: str, content: bytes) -> str | None:
        answer = self.http.head(url, headers=TUS)
        if answer.status_code != 200:
            return None  # not back yet
        offset = int(answer.headers["Upload-Offset"])
        while offset < len(content):
            headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            answer = self.http.patch(url, headers=headers, content=content[offset : offset + PIECE_BYTES])
            if answer.status_code != 204:
                return None
            offset = int(answer.headers["Upload-Offset"])
        return re.search(r"/meetings/([0-9a-f-]{36})/", answer.headers["X-Meeting"])[1]
