"""How long the search takes: the atlas's load and queries, and a personal index of many small documents.

    python benchmarks/corpus.py --documents 10000 --out corpus.json

Prints a table; `--out` writes the same numbers as JSON. Times are of one
process; the documents are made of the atlas's own words, about 90 each.
"""

import argparse
import asyncio
import json
import platform
import random
import sqlite3
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from genevolve.search import Provider, open_provider
from genevolve.search.atlas.articles import Facts, write_documents
from genevolve.search.indexing import INDEX_NAME, index_folder

ROUNDS = 7


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()

    rows = measure_atlas() | measure_index(arguments.documents, random.Random(arguments.seed))
    for name, value in rows.items():
        print(f"{name:<48}{value:>12,.2f}")
    machine = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}"
    print(machine)
    if arguments.out:
        arguments.out.write_text(json.dumps({"machine": machine, **rows}, indent=2) + "\n", encoding="utf-8")


def measure_atlas() -> dict[str, float]:
    """Loading the atlas, and asking it."""
    open_provider("atlas")  # the first one also imports
    loads = [timed(lambda: open_provider("atlas")) for _ in range(ROUNDS)]
    atlas = open_provider("atlas")
    questions = [
        f"the currency of the country whose capital is {city}"
        for country in Facts.load().countries
        for city in country.capitals
    ]
    texts, images = asyncio.run(ask(atlas, questions))
    return {
        "atlas: load, ms": 1e3 * statistics.median(loads),
        "atlas: text query, median ms": 1e3 * statistics.median(texts),
        "atlas: text query, slowest ms": 1e3 * max(texts),
        "atlas: image query, median ms": 1e3 * statistics.median(images),
    }


def measure_index(documents: int, rng: random.Random) -> dict[str, float]:
    """Indexing a folder of small text files for the first and the second time, and asking it."""
    words = [word for article in write_documents(Facts.load()) for word in article.body.split()]
    with TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(documents):
            file = folder / f"{number % 100:02}" / f"note {number}.txt"
            file.parent.mkdir(exist_ok=True)
            file.write_text(" ".join(rng.choices(words, k=90)), encoding="utf-8")
        first = timed(lambda: index_folder(folder))
        again = timed(lambda: index_folder(folder))
        local = open_provider("local", index=folder)
        questions = [" ".join(rng.choices(words, k=rng.randint(1, 8))) for _ in range(200)]
        texts, _ = asyncio.run(ask(local, questions))
        size = (folder / INDEX_NAME).stat().st_size
    name = f"{documents:,} documents"
    return {
        f"{name}: first index, s": first,
        f"{name}: index again, nothing changed, s": again,
        f"{name}: index file, MB": size / 1e6,
        f"{name}: text query, median ms": 1e3 * statistics.median(texts),
        f"{name}: text query, slowest ms": 1e3 * max(texts),
    }


async def ask(provider: Provider, questions: list[str]) -> tuple[list[float], list[float]]:
    """Seconds of each text query and of each image query."""
    texts: list[float] = []
    images: list[float] = []
    for question in questions:
        start = time.perf_counter()
        await provider.search(question, top_k=5)
        between = time.perf_counter()
        await provider.image_search(question, top_k=5)
        texts.append(between - start)
        images.append(time.perf_counter() - between)
    return texts, images


def timed(action) -> float:
    """Seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
