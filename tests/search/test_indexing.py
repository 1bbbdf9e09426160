"""Indexing a folder: what is read, what is skipped and why, and that a second run reads only what changed."""

import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from genevolve.errors import UsageError
from genevolve.search.indexing import INDEX_NAME, index_folder
from genevolve.search.local import LocalProvider


def picture(colour: str = "red", kind: str = "JPEG", **settings: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", (32, 24), colour).save(out, kind, **settings)
    return out.getvalue()


def pdf(*pages: str) -> bytes:
    """A small real PDF, one line of Helvetica on each page."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    parts = [
        "1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj",
        f"2 0 obj <</Type /Pages /Kids [{kids}] /Count {len(pages)}>> endobj",
        "3 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj",
    ]
    for n, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET"
        parts.append(
            f"{4 + 2 * n} 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] "
            f"/Resources <</Font <</F1 3 0 R>>>> /Contents {5 + 2 * n} 0 R>> endobj"
        )
        parts.append(f"{5 + 2 * n} 0 obj <</Length {len(stream)}>> stream\n{stream}\nendstream endobj")
    body, offsets = "%PDF-1.4\n", []
    for part in parts:
        offsets.append(len(body))
        body += part + "\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(parts) + 1
    end = f"trailer <</Size {size} /Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + f"xref\n0 {size}\n0000000000 65535 f \n{table}" + end).encode("latin-1")


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


async def texts(folder: Path, query: str) -> list[tuple[str, str, str]]:
    return [(h.title, h.url, h.snippet) for h in await LocalProvider(folder).search(query, top_k=5)]


async def images(folder: Path, query: str) -> list[str]:
    return [hit.image_url for hit in await LocalProvider(folder).image_search(query, top_k=5)]


async def test_text_markdown_html_and_pdf_are_documents(tmp_path):
    page = (
        "<html><head><title>Owl &amp; mouse</title><script>var owl;</script></head>"
        "<body><nav>menu</nav><p>The owl is <b>awake</b>.</p><p>So.</p></body></html>"
    )
    write(
        tmp_path,
        {
            "a/field-notes_2024.txt": "The badger digs a sett.",
            "heron.md": "# Grey heron\n\nIt waits in *shallow* water.",
            "owl.html": page,
            "otter.pdf": pdf("Otters swim well.", "Their holts lie by the river."),
        },
    )  # fmt: skip
    report = index_folder(tmp_path)

    assert (report.documents, report.passages, report.images, report.skipped) == (4, 5, 0, ())
    assert await texts(tmp_path, "badger") == [
        ("field notes 2024", "a/field-notes_2024.txt", "The badger digs a sett.")
    ]
    assert (await texts(tmp_path, "heron"))[0][0] == "Grey heron"
    assert await texts(tmp_path, "owl awake") == [("Owl & mouse", "owl.html", "The owl is awake. So.")]
    assert (await texts(tmp_path, "holt"))[0][:2] == ("otter", "otter.pdf#page=2")
    assert await texts(tmp_path, "menu") == []


@pytest.mark.parametrize(
    "data",
    ["Größe".encode(), "Größe".encode("utf-8-sig"), "Größe".encode("utf-16"), "Größe".encode("cp1252")],
    ids=["utf-8", "utf-8 with a mark", "utf-16", "windows-1252"],
)
async def test_the_encoding_of_a_text_is_found_out(tmp_path, data):
    index_folder(write(tmp_path, {"masse.txt": data}))
    assert (await texts(tmp_path, "grosse größe"))[0][2] == "Größe"


async def test_a_page_is_read_in_the_encoding_that_it_declares(tmp_path):
    page = '<meta charset="iso-8859-2"><p>Łódź'.encode("iso-8859-2")
    index_folder(write(tmp_path, {"city.html": page}))
    assert (await texts(tmp_path, "Łódź"))[0][2] == "Łódź"


async def test_a_long_document_is_found_by_its_passages(tmp_path):
    chapters = [f"Chapter {n}. " + f"Talk of animal number {n} goes on. " * 30 for n in range(20)]
    chapters[13] += "Here a pangolin sleeps."
    report = index_folder(write(tmp_path, {"book.txt": "\n\n".join(chapters)}))

    assert report.passages >= 20
    ((title, url, snippet),) = await texts(tmp_path, "pangolin")
    assert (title, url) == ("book", "book.txt")
    assert snippet.endswith("Here a pangolin sleeps.")
    assert len(snippet) <= 650


async def test_images_are_found_by_their_file_names_and_folders(tmp_path):
    index_folder(write(tmp_path, {"animals/red-fox_winter.jpg": picture(), "town.PNG": picture(kind="PNG")}))
    (hit,) = await LocalProvider(tmp_path).image_search("a red fox", top_k=5)

    assert (hit.title, hit.image_url, hit.licence) == ("red fox winter", "animals/red-fox_winter.jpg", None)
    assert await images(tmp_path, "animal") == ["animals/red-fox_winter.jpg"]
    assert await LocalProvider(tmp_path).fetch(hit) == (tmp_path / hit.image_url).read_bytes()


async def test_sidecars_and_caption_lists_speak_about_images_and_are_no_documents(tmp_path):
    facts = {
        "title": "Vixen at dusk",
        "caption": "A fox on snow",
        "license": "CC BY 4.0",
        "author": "Ada",
        "source": "https://x.example/1",
    }
    listed = {"file_name": "b.jpg", "text": "A kingfisher diving"}
    files = {
        "a.jpg": picture(), "a.json": json.dumps(facts),
        "b.jpg": picture("blue"), "metadata.jsonl": json.dumps(listed) + "\nnot json\n",
        "c.jpg": picture("green"), "c.txt": "A lizard in the sun",
    }  # fmt: skip
    report = index_folder(write(tmp_path, files))

    assert (report.documents, report.images) == (0, 3)
    (hit,) = await LocalProvider(tmp_path).image_search("snow fox", top_k=5)
    assert (hit.title, hit.licence, hit.author, hit.page_url) == (
        "Vixen at dusk",
        "CC BY 4.0",
        "Ada",
        "https://x.example/1",
    )
    assert await images(tmp_path, "kingfisher") == ["b.jpg"]
    assert await images(tmp_path, "lizard") == ["c.jpg"]


async def test_an_image_is_found_by_the_description_that_it_carries(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "A hoopoe on a fence"
    exif[0x013B] = "Ben"
    index_folder(write(tmp_path, {"IMG_2041.jpg": picture(exif=exif)}))
    (hit,) = await LocalProvider(tmp_path).image_search("hoopoe", top_k=5)
    assert (hit.title, hit.author) == ("IMG 2041", "Ben")


async def test_what_cannot_be_read_is_skipped_and_named(tmp_path):
    writer = PdfWriter()
    writer.append(PdfReader(BytesIO(pdf("secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    locked = BytesIO()
    writer.write(locked)
    bomb = picture(kind="PNG").replace((32).to_bytes(4, "big") + (24).to_bytes(4, "big"), b"\x00\x00\xff\xff" * 2)
    files = {
        "good.txt": "A wren sings.", "empty.txt": "", "blank.md": " \n ", "binary.txt": b"\x7fELF\x00\x00",
        "cut.jpg": picture()[:200], "words.png": "no picture", "none.gif": b"", "bomb.png": bomb,
        "broken.pdf": b"%PDF-1.4 nothing follows", "locked.pdf": locked.getvalue(),
    }  # fmt: skip
    report = index_folder(write(tmp_path, files))

    assert (report.documents, report.images) == (1, 0)
    assert {s.path for s in report.skipped} == files.keys() - {"good.txt"}
    reasons = {s.path: s.reason for s in report.skipped}
    assert reasons["locked.pdf"] == "it is encrypted"
    assert reasons["empty.txt"] == "it holds no text"
    assert "damaged" in reasons["cut.jpg"]
    assert "zero bytes" in reasons["binary.txt"]
    assert await texts(tmp_path, "wren") == [("good", "good.txt", "A wren sings.")]


def test_hidden_files_and_links_that_lead_out_are_left_alone(tmp_path):
    outside = write(tmp_path / "outside", {"secret.txt": "A password."})
    inside = write(tmp_path / "inside", {".hidden.txt": "x", ".git/config.txt": "x", "seen.txt": "A robin."})
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "same.txt").symlink_to(inside / "seen.txt")
    os.mkfifo(inside / "pipe.txt")
    report = index_folder(inside)

    assert report.documents == 2
    assert {s.path: s.reason for s in report.skipped} == {
        "link.txt": "it is a link that leads out of the folder",
        "pipe.txt": "it is no ordinary file",
    }


async def test_a_second_run_reads_only_what_changed(tmp_path):
    write(tmp_path, {"a.txt": "ant", "b.txt": "bee", "bad.txt": "", "c.jpg": picture(), "d.jpg": picture()})
    first = index_folder(tmp_path)
    again = index_folder(tmp_path)
    assert (first.read, first.unchanged, again.read, again.unchanged) == (5, 0, 0, 5)
    assert again.skipped == first.skipped

    write(tmp_path, {"a.txt": "a cicada", "c.txt": "A caption that came later"})
    (tmp_path / "b.txt").unlink()
    third = index_folder(tmp_path)
    assert (third.read, third.unchanged, third.removed) == (2, 2, 1)
    assert await texts(tmp_path, "bee ant") == []
    assert (await texts(tmp_path, "cicada"))[0][1] == "a.txt"
    assert await images(tmp_path, "caption later") == ["c.jpg"]


def test_the_name_changes_with_the_contents_and_with_nothing_else(tmp_path):
    index_folder(write(tmp_path, {"a.txt": "ant"}))
    first = LocalProvider(tmp_path).name
    index_folder(tmp_path)
    assert LocalProvider(tmp_path).name == first
    index_folder(write(tmp_path, {"b.txt": "bee"}))
    assert LocalProvider(tmp_path).name != first
    assert first.startswith("local:")


async def test_an_index_inside_the_folder_moves_with_it_and_one_elsewhere_finds_it(tmp_path):
    write(tmp_path / "one", {"a.jpg": picture()})
    elsewhere = tmp_path / "indexes" / "one.sqlite"
    index_folder(tmp_path / "one")
    index_folder(tmp_path / "one", into=elsewhere)
    (hit,) = await LocalProvider(elsewhere).image_search("a", top_k=1)
    assert await LocalProvider(elsewhere).fetch(hit) == picture()

    (tmp_path / "one").rename(tmp_path / "two")
    assert await LocalProvider(tmp_path / "two").fetch(hit) == picture()


def test_progress_names_each_file(tmp_path):
    told: list[tuple[int, str]] = []
    index_folder(write(tmp_path, {"b/x.txt": "x", "a.txt": "a"}), progress=lambda n, name: told.append((n, name)))
    assert told == [(1, "a.txt"), (2, "b/x.txt")]


def test_a_file_in_the_place_of_the_index_is_left_as_it_is(tmp_path):
    write(tmp_path, {"a.txt": "ant", "thesis.sqlite": "my life's work"})
    with pytest.raises(UsageError, match="no index of genevolve"):
        index_folder(tmp_path, into=tmp_path / "thesis.sqlite")
    assert (tmp_path / "thesis.sqlite").read_text() == "my life's work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "thesis.sqlite"]


def test_a_folder_that_is_none_is_a_mistake_of_the_call(tmp_path):
    with pytest.raises(UsageError, match="is no folder"):
        index_folder(tmp_path / "nowhere")


def test_an_index_that_cannot_be_written_is_told(tmp_path):
    write(tmp_path, {"docs/a.txt": "ant", "file": "x"})
    with pytest.raises(UsageError, match="cannot write the index"):
        index_folder(tmp_path / "docs", into=tmp_path / "file" / "index.sqlite")


def test_an_interrupted_run_leaves_the_last_index_as_it_was(tmp_path):
    index_folder(write(tmp_path, {"a.txt": "ant"}))
    before = (tmp_path / INDEX_NAME).read_bytes()

    def stop(seen: int, name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_folder(write(tmp_path, {"b.txt": "bee"}), progress=stop)
    assert (tmp_path / INDEX_NAME).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [INDEX_NAME, "a.txt", "b.txt"]
