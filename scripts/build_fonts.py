"""Builds the fonts that the sketch renderer ships, from npm's @fontsource packages.

A package there holds one face as several web fonts, one a script. This joins
the scripts of a face into one TrueType file, leaves out hinting and rarely used
typographic features, and writes beside the fonts: `faces.json` (what each file
is and which characters it covers), each licence, and `NOTICE.md`.

It needs npm on the path and, besides the package's own environment,
`pip install fonttools brotli`. Run it from anywhere:

    python scripts/build_fonts.py

Fonts whose licence reserves a name are not taken: a subset of one would have to
be renamed.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.merge import Merger, Options
from fontTools.subset import Options as SubsetOptions
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont

VERSION = "5.3.0"
LARGEST_TOTAL_BYTES = 2_660_000
FOLDER = Path(__file__).resolve().parent.parent / "src" / "genevolve" / "render" / "sketch" / "fonts"
EUROPEAN = ("latin", "latin-ext", "vietnamese", "greek", "cyrillic", "cyrillic-ext")
# Google's web fonts cut Chinese into numbered slices by how often a character is written; the last are the commonest.
COMMON_HAN = tuple(str(number) for number in range(119, 113, -1))
KEPT_FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl", "rlig", "init", "medi", "fina", "isol", "rclt")
INDIC_FEATURES = (
    "akhn",
    "rphf",
    "blwf",
    "half",
    "vatu",
    "cjct",
    "pres",
    "abvs",
    "blws",
    "psts",
    "haln",
    "nukt",
    "rkrf",
    "abvm",
    "blwm",
)
# What European typefaces keep: Latin of every living national language, Greek, Cyrillic, punctuation, simple signs.
KEPT_RANGES = (
    (0x20, 0x7E), (0xA0, 0x1B4), (0x1CD, 0x1DC), (0x1E6, 0x1E9), (0x1FA, 0x21B), (0x237, 0x237), (0x253, 0x28B),
    (0x2B9, 0x2DD), (0x300, 0x30C), (0x323, 0x331), (0x370, 0x3FF), (0x400, 0x45F), (0x490, 0x4F9), (0x1E00, 0x1EFF),
    (0x2010, 0x203E), (0x2044, 0x2044), (0x2070, 0x208E), (0x20A0, 0x20C0), (0x2113, 0x2126), (0x215B, 0x215E),
    (0x2190, 0x2199), (0x2202, 0x2265), (0x25A0, 0x25CF), (0x2605, 0x2606), (0x2660, 0x2666), (0x2713, 0x2717),
    (0xFB01, 0xFB02),
)  # fmt: skip
ARABIC_RANGES = ((0x20, 0x7E), (0x600, 0x6FF), (0x750, 0x77F), (0x200C, 0x200F), (0xFEFC, 0xFEFC), (0xFDF2, 0xFDF2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One file to build."""

    typeface: str
    package: str
    weight: int = 400
    italic: bool = False
    bold: bool = False
    scripts: tuple[str, ...] = EUROPEAN

    @property
    def file(self) -> str:
        """The name of the built file."""
        cut = ("-bold" if self.bold else "") + ("-italic" if self.italic else "")
        return f"{self.package}{cut or '-regular'}.ttf"


def family(typeface: str, package: str, *, italics: bool) -> list[Face]:
    """Regular and bold, with their italics where there are any."""
    slants = (False, True) if italics else (False,)
    return [
        Face(typeface=typeface, package=package, weight=700 if bold else 400, bold=bold, italic=italic)
        for italic in slants
        for bold in (False, True)
    ]


FACES = [
    *family("sans", "inter", italics=True),
    *family("serif", "literata", italics=True),
    *family("slab", "roboto-slab", italics=False),
    *family("monospace", "jetbrains-mono", italics=False),
    Face(typeface="script", package="great-vibes", scripts=("latin", "latin-ext", "vietnamese")),
    Face(typeface="handwritten", package="caveat", weight=600),
    Face(typeface="condensed", package="oswald", weight=500),
    Face(typeface="display", package="anton"),
    Face(typeface="blackletter", package="grenze-gotisch", weight=600),
    Face(typeface="rounded", package="baloo-2", weight=700),
    Face(typeface="arabic", package="noto-sans-arabic", weight=600, scripts=("arabic",)),
    Face(typeface="hebrew", package="noto-sans-hebrew", weight=600, scripts=("hebrew",)),
    Face(typeface="devanagari", package="noto-sans-devanagari", weight=600, scripts=("devanagari",)),
    Face(typeface="tamil", package="noto-sans-tamil", weight=600, scripts=("tamil",)),
    Face(typeface="thai", package="noto-sans-thai", weight=600, scripts=("thai",)),
    Face(typeface="georgian", package="noto-sans-georgian", weight=600, scripts=("georgian",)),
    Face(typeface="armenian", package="noto-sans-armenian", weight=600, scripts=("armenian",)),
    Face(typeface="han", package="noto-sans-sc", weight=500, scripts=COMMON_HAN),
    Face(typeface="kana", package="noto-sans-jp", weight=500, scripts=("119",)),
]


def main() -> int:
    """Build every face; the exit status is 0 when all is within the limit of size."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        packages = fetch(sorted({face.package for face in FACES}), Path(scratch))
        described = [build(face, packages / face.package, Path(scratch)) for face in FACES]
        for package in sorted({face.package for face in FACES}):
            licence = (packages / package / "LICENSE").read_text(encoding="utf-8")
            (FOLDER / f"LICENSE-{package}.txt").write_text(licence, encoding="utf-8")
        write_notice(packages)
    lines = ",\n  ".join(json.dumps(face) for face in described)
    (FOLDER / "faces.json").write_text(f"[\n  {lines}\n]\n", encoding="utf-8")
    total = sum(path.stat().st_size for path in FOLDER.glob("*.ttf"))
    print(f"{len(FACES)} faces, {total:,} bytes, in {FOLDER}")
    return 0 if total <= LARGEST_TOTAL_BYTES else 1


def fetch(packages: list[str], scratch: Path) -> Path:
    """The folder with the installed packages."""
    names = [f"@fontsource/{package}@{VERSION}" for package in packages]
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(scratch), *names]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return scratch / "node_modules" / "@fontsource"


def build(face: Face, package: Path, scratch: Path) -> dict[str, object]:
    """Write one face and describe it."""
    cut = f"{face.weight}-{'italic' if face.italic else 'normal'}"
    parts: list[str] = []
    for script in face.scripts:
        source = package / "files" / f"{face.package}-{script}-{cut}.woff2"
        if source.exists():
            parts.append(str(plain_copy(source, scratch)))
    if not parts:
        raise SystemExit(
            f"{package.name} has no files for {face.scripts} in {cut}; expected at least one. Change FACES."
        )
    font = TTFont(parts[0])
    if len(parts) > 1:
        options = Options()
        options.drop_tables = ["vmtx", "vhea", "VORG", "BASE", "STAT", "DSIG"]
        font = Merger(options).merge(parts)
    trim(
        font,
        ARABIC_RANGES if face.typeface == "arabic" else KEPT_RANGES if "latin" in face.scripts else ((0, 0x10FFFF),),
    )
    font.save(FOLDER / face.file)
    covered = sorted(font.getBestCmap())
    print(f"{face.file:34} {(FOLDER / face.file).stat().st_size:9,} bytes {len(covered):5} characters")
    return {
        "typeface": face.typeface,
        "file": face.file,
        "bold": face.bold,
        "italic": face.italic,
        "covers": ranges(covered),
    }


def plain_copy(source: Path, scratch: Path) -> Path:
    """A web font as an unhinted TrueType file."""
    font = TTFont(source)
    font.flavor = None
    for table in (
        "fpgm",
        "prep",
        "cvt ",
        "hdmx",
        "VDMX",
        "LTSH",
        "gasp",
        "vmtx",
        "vhea",
        "BASE",
        "STAT",
        "DSIG",
        "MATH",
    ):
        if table in font:
            del font[table]
    target = scratch / f"{source.stem}.ttf"
    font.save(target)
    return target


def trim(font: TTFont, ranges_kept: tuple[tuple[int, int], ...]) -> None:
    """Leave out what a layout draft does not use: rare characters, hinting, glyph names, optional features."""
    options = SubsetOptions()
    options.hinting = False
    options.glyph_names = False
    options.layout_features = [*KEPT_FEATURES, *INDIC_FEATURES]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(
        unicodes=[c for c in sorted(font.getBestCmap()) if any(first <= c <= last for first, last in ranges_kept)]
    )
    subsetter.subset(font)


def ranges(codes: list[int]) -> str:
    """Code points as hexadecimal ranges: "20-7e a0-ff"."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return " ".join(f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in runs)


def write_notice(packages: Path) -> None:
    """Say where each font is from and what was done to it."""
    rows = [
        "# Fonts of the sketch renderer",
        "",
        "Each is a subset, made by `scripts/build_fonts.py`, of a font with an open licence; none reserves its name.",
        "What was changed: the scripts of a face were joined, and hinting and optional features left out.",
        "",
        "| files | font | source | licence |",
        "|---|---|---|---|",
    ]
    for package in sorted({face.package for face in FACES}):
        about = json.loads((packages / package / "package.json").read_text(encoding="utf-8"))
        meta = json.loads((packages / package / "metadata.json").read_text(encoding="utf-8"))
        rows.append(
            f"| `{package}-*.ttf` | {meta['family']} | npm `{about['name']}` {about['version']} "
            f"| {about['license']}, `LICENSE-{package}.txt` |"
        )
    (FOLDER / "NOTICE.md").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
