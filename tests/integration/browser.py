"""A real headless Chromium: the machine's own, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE = (1600, 1000)


@contextmanager
def chromium_page(size: tuple[int, int] = WIDE) -> Iterator[Page]:
    """An empty page of that many pixels; the test skips where no browser is installed."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("Chromium (Debian's chromium) is not installed")
    width, height = size
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        try:
            yield browser.new_page(viewport={"width": width, "height": height})
        finally:
            browser.close()
