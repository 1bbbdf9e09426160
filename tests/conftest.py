"""What tests of several folders are given."""

import pytest

from support.pictures import make_png


@pytest.fixture
def png() -> bytes:
    """A real PNG of 24x16 pixels."""
    return make_png((200, 30, 30))
