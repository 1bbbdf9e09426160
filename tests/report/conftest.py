"""Pages of real runs, and a browser to open them in."""

from collections.abc import Iterator

import pytest

from support.browser import CHROMIUM, MISSING, Browser, open_browser
from support.pages import Pages, make_pages


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return make_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """One chromium for a file's tests; the pages are made before it, as its event loop holds the thread."""
    if CHROMIUM is None:
        pytest.skip(MISSING)
    request.getfixturevalue("pages")
    with open_browser() as opened:
        yield opened
