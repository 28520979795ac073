"""A real browser, and the whole product for it to look at."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.installation import Installation
from tests.tiers import PROJECT_DIR, find_browser, require_tier

# Chromium's own sandbox refuses to run as root.
ARGUMENTS = ["--no-sandbox"] if os.geteuid() == 0 else []


@dataclass(frozen=True)
class Account:
    """What the owner types to log in."""

    email: str
    password: str


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
def account(browser: Browser, installation: Installation) -> Account:
    """The owner, made on the set-up page with the printed code, as on the first day."""
    account = Account(email="ann@example.org", password="correct horse battery")
    code = installation.manage("setup_code").strip()
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(installation.url)
    page.get_by_label("Set-up code").fill(code)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail").fill(account.email)
    page.get_by_label("Password", exact=True).fill(account.password)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("heading", name="Bring a recording")).to_be_visible()
    context.close()
    return account


@pytest.fixture
def home(page: Page, installation: Installation, account: Account) -> Page:
    """The owner, logged in, on the list of meetings."""
    page.goto(installation.url)
    page.get_by_label("E-mail").fill(account.email)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#meetings")).to_be_visible()
    return page
