"""Pictures that two stores have."""

import pytest

from genevolve.errors import StoreError
from genevolve.store import ImageStore
from support.pictures import make_png

PICTURE = make_png((200, 30, 20))


def test_a_shared_picture_is_the_same_file_and_outlives_either_name(tmp_path):
    one, other = ImageStore(tmp_path / "one"), ImageStore(tmp_path / "other")
    digest = one.add(PICTURE)
    other.share(digest, one)
    other.share(digest, one)

    assert one.path(digest).samefile(other.path(digest))
    one.discard(digest)
    assert digest not in one
    assert other.read(digest) == PICTURE


def test_a_picture_that_is_not_there_cannot_be_shared(tmp_path):
    with pytest.raises(StoreError, match="is not in"):
        ImageStore(tmp_path / "one").share("0" * 32, ImageStore(tmp_path / "other"))
