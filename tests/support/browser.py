"""Owns the browser of the browser tests, as fixtures: one Chromium per test file, one context per test.

One per file and not per session, because Playwright keeps an event loop running in the thread that started it, which
would forbid `asyncio.run` to every later test of the process.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.chromium import ARGUMENTS, NOT_RUN, find_chromium, obstacle


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is; where it cannot be driven the test is skipped, or fails with TOCSIN_REQUIRE_BROWSER=1."""
    reason = obstacle()
    if reason is not None and os.environ.get("TOCSIN_REQUIRE_BROWSER") == "1":
        pytest.fail(NOT_RUN + reason)
    path = find_chromium()
    if path is None or reason is not None:
        pytest.skip(f"{NOT_RUN}{reason}")
    return path


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of 1280 by 800 with cookies and storage of its own; a script's error on it fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context.new_page()
    context.close()
    assert errors == [], "scripts failed on the page"
