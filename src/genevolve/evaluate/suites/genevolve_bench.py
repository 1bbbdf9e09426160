"""GenEvolve-Bench: 594 requests on two tracks, each with a target picture, judged by KScore.

The predecessor's rows (`id`, `prompt`, `gt_image`) are read too; they have no track.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...curate.benchmark_rows import Columns, Labels, label_of, rows_as_requests
from ...records import Request, Track
from ...store import ImageStore
from .base import Reading, no_data
from .kscore import kscore_suite

REQUESTS_BY_TRACK = {Track.KNOWLEDGE_ANCHORED: 335, Track.QUALITY_ANCHORED: 259}
"""Published numbers; 594 in all."""


def labels(fields: Mapping[str, Any]) -> Labels:
    """How a row is sorted, by its own fields or those of its `meta`."""
    return Labels(
        track=_track(label_of(fields, "eval_type")),
        category=label_of(fields, "category"),
        difficulty=label_of(fields, "difficulty"),
    )


def _track(label: str | None) -> Track | None:
    """The track that "Knowledge-Anchored" and other spellings of it name."""
    name = (label or "").lower().replace("-", "_").replace(" ", "_")
    return Track(name) if name in set(Track) else None


_COLUMNS = Columns(text=("question", "prompt"), target="gt_image", labels=labels)


def _read(data: Path | None, images: ImageStore) -> Reading:
    if data is None:
        raise no_data("genevolve-bench")
    rows = rows_as_requests(data, images, columns=_COLUMNS)
    return Reading(requests=rows.requests, bad=rows.bad, told=(*_tell_numbers(rows.requests), *rows.told))


def _tell_numbers(requests: Sequence[Request]) -> list[str]:
    """What differs from the published numbers."""
    told: list[str] = []
    have = Counter(request.track for request in requests)
    wanted = sum(REQUESTS_BY_TRACK.values())
    if have != REQUESTS_BY_TRACK:
        by_track = ", ".join(f"{have[track]} {_plain(track)}" for track in REQUESTS_BY_TRACK)
        published = ", ".join(f"{number} {_plain(track)}" for track, number in REQUESTS_BY_TRACK.items())
        told.append(
            f"the data has {len(requests)} requests ({by_track}); GenEvolve-Bench has {wanted} ({published}), "
            "so published numbers are of another set"
        )
    if strays := [request for request in requests if request.track is None]:
        labels = sorted({str(label_of(request.extra, "eval_type")) for request in strays})
        told.append(
            f"{len(strays)} requests belong to no track: their eval_type is {', '.join(labels[:5])}; "
            "expected Knowledge-Anchored or Quality-Anchored. They count in the whole set only."
        )
    return told


def _plain(track: Track) -> str:
    return track.replace("_", "-")


GENEVOLVE_BENCH = kscore_suite(name="genevolve-bench", title="GenEvolve-Bench", read=_read)
