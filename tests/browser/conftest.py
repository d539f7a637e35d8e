"""A page in headless Chromium that may neither complain nor ask for anything."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAMS = ("chromium-headless-shell", "chromium")
"""The first draws the same pages without a desktop browser's parts, for half the processor time."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        reason = f"expected Chromium, found none: apt-get install {PROGRAMS[0]}"
        if os.environ.get("HEADWAY_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium) -> Callable:
    """`with opened(file, width, scheme) as page`: fails on a console error or any request."""

    @contextmanager
    def opens(file: Path, width: int, scheme: str, fragment: str = "") -> Iterator[Page]:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        page, wrong = context.new_page(), []
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: _note(asked.url, file, wrong))
        page.goto(file.as_uri() + fragment)
        yield page
        context.close()
        assert not wrong

    return opens


def _note(url: str, file: Path, wrong: list[str]) -> None:
    if url.split("#")[0] != file.as_uri() and not url.startswith("data:"):
        wrong.append(url)
