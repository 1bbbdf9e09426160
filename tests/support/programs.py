"""Programs and references that tests of renderers draw."""

from io import BytesIO

from PIL import Image

from genevolve.records import Program, Reference

WORDS = Program(prompt="A red bird on a white wall.")


def program_with(count: int) -> Program:
    """A program that names so many references."""
    references = tuple(Reference(ref=f"IMG_{n:03d}", digest=f"{n:032x}") for n in range(1, count + 1))
    return Program(prompt="The bird of the first reference image.", references=references)


def jpeg(size: tuple[int, int], *, turned: bool = False) -> bytes:
    """A JPEG that is red on its left half and blue on its right; `turned` says in EXIF to turn it by a quarter."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    tags = Image.Exif()
    tags[0x0112] = 6
    out = BytesIO()
    image.save(out, "JPEG", quality=95, **({"exif": tags} if turned else {}))
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """The decoded picture."""
    image = Image.open(BytesIO(data))
    image.load()
    return image
