import subprocess
import sys

import pytest

from genevolve.errors import ImageError, RunLockedError, StoreError, UsageError
from genevolve.records import Render, RendererInfo
from genevolve.store import ImageStore, RunDir, picture_stem
from support.pictures import make_png


def test_a_second_process_is_told_who_holds_the_folder(tmp_path):
    run = RunDir.create(tmp_path / "run")
    script = f"""
from pathlib import Path
from genevolve.errors import RunLockedError
from genevolve.store import RunDir
try:
    with RunDir(Path({str(run.root)!r})).lock():
        print("held")
except RunLockedError as error:
    print(error)
"""

    def other() -> str:
        return subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
        ).stdout

    with run.lock():
        assert "another process" in other()
    assert other() == "held\n"


def test_one_run_may_be_held_several_times_at_once_and_another_not(tmp_path):
    run = RunDir.create(tmp_path / "run")
    with run.lock(), run.lock(), pytest.raises(RunLockedError), RunDir(run.root).lock():
        pass
    with RunDir(run.root).lock():
        pass


def test_the_lock_is_free_again_when_its_holder_was_killed(tmp_path):
    run = RunDir.create(tmp_path / "run")
    script = f"""
import sys, time
from pathlib import Path
from genevolve.store import RunDir
with RunDir(Path({str(run.root)!r})).lock():
    print("held", flush=True)
    time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RunLockedError, match=str(holder.pid)), run.lock():
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()

    with run.lock():
        pass


def test_a_folder_with_other_things_in_it_is_not_taken_for_a_run(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match=r"thesis\.tex"):
        RunDir.create(tmp_path)
    with pytest.raises(UsageError, match="is no run folder"):
        RunDir.open(tmp_path)


@pytest.mark.parametrize("request_id", ["../../x", "a/b", "x" * 200, "", ".", "CON", "nul.png", "naïve", "a\nb", "-rf"])
def test_a_picture_of_any_id_has_a_name_that_stays_in_its_folder(request_id):
    stem = picture_stem(request_id or "?", attempt=0)

    assert len(stem) < 100
    assert "/" not in stem
    assert "\\" not in stem
    assert stem not in {"", ".", "..", "CON"}
    assert not stem.startswith((".", "-"))


def test_different_ids_and_attempts_have_different_picture_names():
    ids = ["a", "a.b", "a/b", "a:b", "A b", "../a", "../../a"]
    stems = {picture_stem(i, attempt=k) for i in ids for k in range(3)}

    assert len(stems) == 21
    assert picture_stem("ex01", attempt=0) == "ex01"
    assert picture_stem("ex01", attempt=1) == "ex01.2"


def test_another_renderers_picture_stands_beside_the_first_ones(tmp_path):
    run = RunDir.create(tmp_path / "run")

    def render(name: str, colour: tuple[int, int, int]) -> Render:
        image = run.images.add(make_png(colour))
        return Render(trajectory="t", renderer=RendererInfo(name=name), image=image, seconds=0)

    one, two = render("sketch", (1, 2, 3)), render("other", (4, 5, 6))

    first = run.show_picture(one, request_id="ex01", attempt=0)
    second = run.show_picture(two, request_id="ex01", attempt=0)

    assert first.name == "ex01.png"
    assert second.name == f"ex01.other-{two.id[:8]}.png"
    assert run.show_picture(one, request_id="ex01", attempt=0) == first
    assert run.show_picture(two, request_id="ex01", attempt=0) == second
    assert len(list(run.pictures.iterdir())) == 2


def test_a_picture_is_stored_once_and_found_by_its_digest(tmp_path, png):
    images = ImageStore(tmp_path)
    digest = images.add(png)

    assert images.add(png) == digest
    assert images.read(digest) == png
    assert images.path(digest).parent.name == digest[:2]
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [images.path(digest)]


def test_a_picture_that_is_gone_is_an_error_in_words(tmp_path, png):
    images = ImageStore(tmp_path)
    digest = images.add(png)
    images.path(digest).unlink()

    assert digest not in images
    with pytest.raises(StoreError, match="Copy it back"):
        images.read(digest)


@pytest.mark.parametrize(
    "spoil", [lambda b: b"", lambda b: b"<html>", lambda b: b[: len(b) // 2], lambda b: b[:30] + b"\0" * 9 + b[39:]]
)
def test_bytes_that_are_no_whole_picture_are_refused(tmp_path, png, spoil):
    with pytest.raises(ImageError):
        ImageStore(tmp_path).add(spoil(png))


def test_a_format_that_would_start_another_program_is_refused(tmp_path):
    with pytest.raises(ImageError, match="no picture of a format that can be read"):
        ImageStore(tmp_path).add(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")


def test_a_picture_past_the_limit_is_refused_before_it_is_decoded(tmp_path):
    # A 1-bit picture of 10,000 x 10,000 pixels packs into 20 kB.
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    with pytest.raises(ImageError, match="past the limit"):
        ImageStore(tmp_path).add(out.getvalue())


def test_an_animation_is_stored_as_its_first_frame(tmp_path):
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    frames = [Image.new("RGB", (8, 8), c) for c in ((255, 0, 0), (0, 255, 0))]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    images = ImageStore(tmp_path)
    path = images.path(images.add(out.getvalue()))

    assert path.suffix == ".png"
    assert Image.open(path).convert("RGB").getpixel((0, 0)) == (255, 0, 0)
