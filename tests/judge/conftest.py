"""What tests of judges are given."""

from pathlib import Path

import pytest

from genevolve.store.images import ImageStore


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    """An empty store of pictures."""
    return ImageStore(tmp_path / "images")
