"""A real browser, and the whole product for it to look at."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.installation import Installation
from tests.tiers import PROJECT_DIR, find_browser, require_tier

# Chromium's own sandbox refuses to run as root.
ARGUMENTS = ["--no-sandbox"] if os.geteuid() == 0 else []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window. Playwright's loop lives in this thread, so Django is told that its use is meant."""
    require_tier("e2e")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new window without cookies. After a failed test its picture and trace lie in `test-results/`."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.tracing.start(screenshots=True, snapshots=True)
    page = context.new_page()
    yield page
    failed = getattr(request.node, "failed", False)
    if failed:
        folder = PROJECT_DIR / "test-results"
        folder.mkdir(exist_ok=True)
        page.screenshot(path=folder / f"{request.node.name}.png")
        context.tracing.stop(path=folder / f"{request.node.name}.zip")
    context.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Web, worker, beat, model server and Redis with the compact models, and nobody's account yet."""
    require_tier("models")
    require_tier("redis")
    installation = Installation(Path(tmp_path_factory.mktemp("installation")))
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()
