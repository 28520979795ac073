"""The page about models, with the server away, loading and ready."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

pytestmark = pytest.mark.django_db

MODEL = {
    "id": "whisper-base",
    "role": "asr",
    "title": "Whisper <base>",
    "size_bytes": 150_218_479,
    "licence": "MIT",
    "device": "gpu",
    "sha256": "90" * 32,
}
HEALTH = {"status": "ok", "profile": "compact", "choice": "It is the largest that can run <here>."}
REPORT = {
    "measured_at": "2026-11-24T05:00:00+00:00", "profile": "compact", "choice": "INFERENCE_PROFILE names it.", "minutes_per_hour": 9.4, "memory_mb": 2100,
    "machine": {"processor": "A processor", "cores": 2, "memory_mb": 8000, "gpus": []},
    "speeds": {"asr_rtf": 0.09, "diarization_rtf": 0.02, "prefill_tps": 110.0, "decode_tps": 18.0, "embeddings_per_s": 90.0},
    "larger_profiles": [{"name": "standard", "title": "Gemma 4", "needs": "16 GB of memory", "why_not": "too little memory"}],
}  # fmt: skip


class Server(BaseHTTPRequestHandler):
    is_ready = True

    def do_GET(self) -> None:
        is_health = self.path == "/health"
        body = json.dumps(HEALTH if is_health else {"object": "list", "data": [MODEL]}).encode()
        self.send_response(503 if is_health and not self.is_ready else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Server) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


@pytest.fixture
def get(client_of, owner, settings):
    def ask(url: str) -> str:
        settings.INFERENCE_URL = url
        answer = client_of(owner).get("/models/")
        assert answer.status_code == 200
        return answer.content.decode()

    return ask


@pytest.fixture
def report(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "hardware.json").write_text(json.dumps(REPORT))


def test_away(get, free_port):
    page = get(f"http://127.0.0.1:{free_port}")
    assert "does not answer" in page and "was not measured yet" in page


def test_loading_and_ready(get, server, monkeypatch):
    page = get(server)
    assert "Profile <b>compact</b>" in page and "largest that can run &lt;here&gt;" in page
    assert (
        "is ready" in page
        and "Whisper &lt;base&gt;" in page
        and "150 MB" in page
        and "on the graphics card" in page
    )
    monkeypatch.setattr(Server, "is_ready", False)
    assert "is loading its models" in get(server)


def test_what_was_measured(get, report, free_port):
    page = get(f"http://127.0.0.1:{free_port}")
    for text in (
        "About 9 minutes of work",
        "INFERENCE_PROFILE names it",
        "5.4 s per minute",
        "A processor, 2 cores",
        "too little memory",
    ):
        assert text in page


@pytest.mark.parametrize("content", ["", "[]", "{", '{"minutes_per_hour": "soon"}'])
def test_a_broken_report_is_no_report(get, report, settings, free_port, content):
    (settings.DATA_DIR / "hardware.json").write_text(content)
    assert "was not measured yet" in get(f"http://127.0.0.1:{free_port}")


def test_the_prediction_stands_on_every_page(report, client_of, owner):
    page = client_of(owner).get("/").content.decode()
    assert "About 9 min per hour of meeting" in page and "about 9 minutes of work" in page


def test_wrong_method(client_of, owner):
    assert client_of(owner).post("/models/").status_code == 405
