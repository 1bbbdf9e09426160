"""Builds the bundled atlas, `src/genevolve/search/atlas/`, from openly licensed packages.

    mkdir sources && cd sources
    for p in flag-icons countries-list world-atlas cldr-core cldr-localenames-full cldr-numbers-full; do
        mkdir $p && tar xzf "$(npm pack --silent $p)" -C $p --strip-components=1
    done
    cd .. && pip install resvg-py pillow && python scripts/build_atlas.py sources

What each gives: flag-icons (MIT) the flags; countries-list (MIT) capitals and
other names; CLDR (Unicode licence) languages, currencies and regions;
world-atlas (Natural Earth, public domain) which countries share a border. Common
and official names, demonyms and corrections are our own, in the two files
beside this one. It ends by checking what must hold of any such atlas; the
output is committed, and was looked at, flag by flag.
"""

import argparse
import json
import sys
import tomllib
import unicodedata
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from typing import Any

import resvg_py
from PIL import Image

HERE = Path(__file__).parent
ATLAS = HERE.parent / "src/genevolve/search/atlas"
FLAG_WIDTH_PX = 640
LOSSLESS_UP_TO_BYTES = 6_000
LOSSY_UP_TO_BYTES = 11_000
SPOKEN_BY_PERCENT = 40
ARTICLE = "the "

KINDS = {"": "country", "~": "partly recognised country", "?": "disputed territory"}
CONTINENTS = {"002": "Africa", "003": "North America", "005": "South America", "142": "Asia", "150": "Europe",
              "009": "Oceania"}  # fmt: skip
REGIONS = {
    "011": ("Western Africa", "002"), "014": ("Eastern Africa", "002"), "015": ("Northern Africa", "002"),
    "017": ("Middle Africa", "002"), "018": ("Southern Africa", "002"), "013": ("Central America", "003"),
    "021": ("Northern America", "003"), "029": ("the Caribbean", "003"), "030": ("Eastern Asia", "142"),
    "034": ("Southern Asia", "142"), "035": ("Southeast Asia", "142"), "143": ("Central Asia", "142"),
    "145": ("Western Asia", "142"), "039": ("Southern Europe", "150"), "151": ("Eastern Europe", "150"),
    "154": ("Northern Europe", "150"), "155": ("Western Europe", "150"), "053": ("Australasia", "009"),
    "054": ("Melanesia", "009"), "057": ("Micronesia", "009"), "061": ("Polynesia", "009"),
    "southern-ocean": ("the Southern Ocean", None),
}  # fmt: skip
# Places that the map draws apart and that belong to a country of the atlas, by the map's name.
MAP_PARTS = {"Somaliland": "SO", "N. Cyprus": "CY", "Cyprus U.N. Buffer Zone": "CY", "Baikonur": "KZ", "Kosovo": "XK"}


class Sources:
    """The files that are read, opened once."""

    def __init__(self, folder: Path) -> None:
        self.flags = folder / "flag-icons/flags/4x3"
        self.countries = _json(folder / "countries-list/countries.min.json")
        self.map = _json(folder / "world-atlas/countries-10m.json")
        core, names = folder / "cldr-core/supplemental", folder / "cldr-localenames-full/main/en"
        self.numeric = _json(core / "codeMappings.json")["supplemental"]["codeMappings"]
        self.territories = _json(core / "territoryInfo.json")["supplemental"]["territoryInfo"]
        self.tender = _json(core / "currencyData.json")["supplemental"]["currencyData"]["region"]
        self.containment = _json(core / "territoryContainment.json")["supplemental"]["territoryContainment"]
        self.languages = _json(names / "languages.json")["main"]["en"]["localeDisplayNames"]["languages"]
        money = _json(folder / "cldr-numbers-full/main/en/currencies.json")
        self.money = money["main"]["en"]["numbers"]["currencies"]
        self.corrections = tomllib.loads((HERE / "build_atlas_corrections.toml").read_text("utf-8"))


def main() -> None:
    """Build everything, check it, and say what it weighs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, help="the folder with the unpacked packages")
    parser.add_argument("--keep-flags", action="store_true", help="write the facts alone; drawing takes minutes")
    arguments = parser.parse_args()
    sources = Sources(arguments.sources)

    rows = name_rows()
    neighbours = shared_borders(sources, known={row["code"] for row in rows})
    countries = [country(row, sources, neighbours) for row in rows]
    check(countries)
    lines = [json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in countries]
    (ATLAS / "countries.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    names = other_names(countries, sources)
    (ATLAS / "names.json").write_text(json.dumps(names, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{len(countries)} countries and territories in {ATLAS}")
    if not arguments.keep_flags:
        codes = [*(c["code"].lower() for c in countries), *names["organisations"], "aq"]
        print(f"{len(codes)} flags of {draw_flags(codes, sources.flags):,} bytes")


def name_rows() -> list[dict[str, Any]]:
    """The rows of our own table of names."""
    rows: list[dict[str, Any]] = []
    for line in (HERE / "build_atlas_names.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, kind, name, official, demonyms, also = line.split("|")
        rows.append(
            {"code": code, "kind": kind, "name": name, "official": "" if official == "-" else official,
             "demonyms": _split(demonyms), "also": _split(also)}
        )  # fmt: skip
    return rows


def country(row: dict[str, Any], sources: Sources, neighbours: dict[str, set[str]]) -> dict[str, Any]:
    """One line of countries.jsonl; facts that are absent are left out."""
    code, fixes = row["code"], sources.corrections
    name = row["name"]
    listed = sources.countries.get(code, {})
    official = languages(code, sources)
    facts: dict[str, Any] = {
        "code": code,
        "name": name.removeprefix(ARTICLE),
        "article": name.startswith(ARTICLE),
        "kind": KINDS.get(row["kind"]) or {">": "territory", "<": "part"}[row["kind"][0]],
        "of": row["kind"][1:],
        "official": row["official"],
        "also": _without_repeats(name, row["also"], listed.get("alias", [])),
        "demonyms": row["demonyms"],
        "capitals": fixes["capitals"].get(code, [listed["capital"]] if listed.get("capital") else []),
        "currencies": fixes["currencies"].get(code) or tender(code, sources),
        "languages": official,
        "spoken": spoken(code, official, sources),
        "region": region(code, sources),
        "neighbours": sorted(neighbours.get(code, ())),
        "landlocked": code in fixes["landlocked"],
        "note": fixes["notes"].get(code, ""),
    }
    return {key: value for key, value in facts.items() if value or key == "code"}


def tender(code: str, sources: Sources) -> list[str]:
    """Codes of the currencies that are legal tender there today."""
    entries = [item for entry in sources.tender.get(code, []) for item in entry.items()]
    return [money for money, dates in entries if "_to" not in dates and dates.get("_tender") != "false"]


def languages(code: str, sources: Sources) -> list[str]:
    """Official languages: the nation's, and regional ones that both sources call official."""
    if code in sources.corrections["languages"]:
        return sources.corrections["languages"][code]
    listed = set(sources.countries.get(code, {}).get("languages", []))
    people = sources.territories.get(code, {}).get("languagePopulation", {})
    codes = [
        tag.split("_")[0]
        for tag, facts in sorted(people.items(), key=lambda item: -float(item[1]["_populationPercent"]))
        if facts.get("_officialStatus") in {"official", "de_facto_official"}
        or (facts.get("_officialStatus") == "official_regional" and tag.split("_")[0] in listed)
    ]
    return list(dict.fromkeys(_language(tag, sources) for tag in codes))


def spoken(code: str, official: list[str], sources: Sources) -> list[str]:
    """Other languages that at least `SPOKEN_BY_PERCENT` of the people speak."""
    if code in sources.corrections["spoken"]:
        return sources.corrections["spoken"][code]
    people = sources.territories.get(code, {}).get("languagePopulation", {})
    tags = [tag.split("_")[0] for tag, x in people.items() if float(x["_populationPercent"]) >= SPOKEN_BY_PERCENT]
    names = [_language(tag, sources) for tag in tags if tag in sources.languages and tag != "und"]
    # Dialects of an official language ("Tunisian Arabic" beside "Arabic") go without saying.
    return sorted({name for name in names if not any(known in name for known in official)})


def region(code: str, sources: Sources) -> str:
    """The code of the UN subregion; South America has no finer one."""
    if code in sources.corrections["regions"]:
        return sources.corrections["regions"][code]
    for number in (*REGIONS, "005"):
        if code in sources.containment.get(number, {}).get("_contains", []):
            return number
    raise SystemExit(f"{code} lies in no region; add it to [regions]")


def shared_borders(sources: Sources, *, known: set[str]) -> dict[str, set[str]]:
    """Pairs of countries whose outlines have an arc in common; a coast has only one owner."""
    # Withdrawn codes (ZR, TP) share their number with the code of today.
    by_number = {facts["_numeric"]: code for code, facts in sources.numeric.items() if code in known}
    owners: defaultdict[int, set[str]] = defaultdict(set)
    for shape in sources.map["objects"]["countries"]["geometries"]:
        code = by_number.get(shape.get("id", "")) or MAP_PARTS.get(shape["properties"]["name"])
        for arc in _flat(shape["arcs"]) if code else ():
            owners[arc if arc >= 0 else ~arc].add(str(code))
    pairs = {(a, b) for found in owners.values() for a in found for b in found if a != b}
    fixes = sources.corrections["neighbours"]
    pairs -= _both_ways(fixes["remove"])
    pairs |= _both_ways(fixes["add"])
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        neighbours[a].add(b)
    return neighbours


def other_names(countries: list[dict[str, Any]], sources: Sources) -> dict[str, Any]:
    """Names that are not of countries: currencies, regions, organisations, and other names of cities and languages."""
    fixes = sources.corrections
    used = sorted({money for c in countries for money in c.get("currencies", [])})
    regions = {code: {"name": name, "of": of} for code, (name, of) in REGIONS.items()}
    regions |= {code: {"name": name, "of": None} for code, name in (CONTINENTS | {"AQ": "Antarctica"}).items()}
    for code, names in fixes["region_names"].items():
        regions[code]["also"] = names
    return {
        "currencies": {money: _currency(money, sources) for money in used},
        "regions": regions,
        "cities": fixes["city_names"],
        "languages": fixes["language_aliases"],
        "organisations": {code: {"name": n[0], "also": n[1:]} for code, n in fixes["organisations"].items()},
    }


def draw_flags(codes: list[str], svgs: Path) -> int:
    """Draw each flag as WebP: lossless where that is small, else at the best quality that fits."""
    folder = ATLAS / "flags"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    total = 0
    for code in codes:
        svg = svgs / ("sh-hl.svg" if code == "sh" else f"{code}.svg")
        image = _drawn(svg, width_px=FLAG_WIDTH_PX)
        if _see_through(image) > 0.05:
            # A flag that is no rectangle (Nepal's) does not fill its canvas: drawn larger, and cut to its outline.
            image = _drawn(svg, width_px=FLAG_WIDTH_PX * 3 // 2)
            image = image.crop(image.getchannel("A").getbbox())
        else:
            image = _without_seams(image)
        data = _webp(image)
        (folder / f"{code}.webp").write_bytes(data)
        total += len(data)
    return total


def check(countries: list[dict[str, Any]]) -> None:
    """Stop on what cannot be: one-sided borders, names that break a sentence, a country without a currency."""
    faults: list[str] = []
    by_code = {c["code"]: c for c in countries}
    for c in countries:
        faults += [f"{c['code']} borders {n}, not the other way" for n in c.get("neighbours", [])
                   if n not in by_code or c["code"] not in by_code[n].get("neighbours", [])]  # fmt: skip
        words = [c["name"], *c.get("also", []), *c.get("capitals", []), *c.get("languages", []), *c.get("spoken", [])]
        broken = [word for word in words if set(word) & set(".,;()")]
        faults += [f"{c['code']}: {word!r} holds a mark that ends a sentence or a list" for word in broken]
        if c["kind"] in {"country", "partly recognised country"}:
            faults += [f"{c['code']} has no {key}" for key in ("capitals", "currencies", "languages") if not c.get(key)]
    if faults:
        sys.exit("\n".join(faults))


def _drawn(svg: Path, *, width_px: int) -> Image.Image:
    png = bytes(resvg_py.svg_to_bytes(svg_path=str(svg), width=width_px))
    return Image.open(BytesIO(png)).convert("RGBA")


def _see_through(image: Image.Image) -> float:
    return sum(image.getchannel("A").histogram()[:255]) / (image.width * image.height)


def _without_seams(image: Image.Image) -> Image.Image:
    """Hairlines between stripes, where two edges share a pixel, take the colour beside them."""
    canvas = Image.new("RGBA", image.size)
    for step in (3, 1):
        for offset in ((step, 0), (-step, 0), (0, step), (0, -step)):
            shifted = Image.new("RGBA", image.size)
            shifted.paste(image, offset)
            canvas = Image.alpha_composite(canvas, shifted)
    return Image.alpha_composite(canvas, image).convert("RGB")


def _webp(image: Image.Image) -> bytes:
    lossless = _encoded(image, lossless=True, quality=100)
    if len(lossless) <= LOSSLESS_UP_TO_BYTES:
        return lossless
    for quality in range(92, 30, -6):
        lossy = _encoded(image, quality=quality)
        if len(lossy) <= LOSSY_UP_TO_BYTES:
            break
    return min(lossless, lossy, key=len)


def _encoded(image: Image.Image, **settings: Any) -> bytes:
    out = BytesIO()
    image.save(out, "WEBP", method=6, **settings)
    return out.getvalue()


def _language(tag: str, sources: Sources) -> str:
    name = sources.corrections["language_names"].get(tag) or sources.languages[tag]
    return name.replace("’", "'")


def _currency(code: str, sources: Sources) -> dict[str, Any]:
    fixes = sources.corrections
    name = fixes["currency_names"].get(code) or sources.money[code]["displayName-count-one"]
    also = fixes["currency_aliases"].get(code, [])
    return {"name": name.replace("’", "'").replace("ʻ", "'"), "also": also}


def _without_repeats(name: str, *lists: list[str]) -> list[str]:
    taken, kept = {_plain(name.removeprefix(ARTICLE))}, list[str]()
    for other in (other for group in lists for other in group if not set(other) & set("().")):
        if _plain(other) not in taken:
            taken.add(_plain(other))
            kept.append(other)
    return kept


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _both_ways(pairs: list[str]) -> set[tuple[str, str]]:
    split = [tuple(pair.split()) for pair in pairs]
    return {(a, b) for a, b in split} | {(b, a) for a, b in split}


def _flat(arcs: Any) -> list[int]:
    return [arcs] if isinstance(arcs, int) else [arc for part in arcs for arc in _flat(part)]


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


if __name__ == "__main__":
    main()
