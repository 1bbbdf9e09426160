"""Records on disk: append-only files, images by content, one folder a run, one runner for every stage."""

from .images import ImageStore, write_whole
from .jsonl import Journal, read_records
from .proof import open_picture, proven_picture
from .requests import bring_pictures, read_request_file
from .rows import BadRow
from .run_dir import RunDir, copy_whole, picture_stem
from .stages import Stage, Tally, run_stage

__all__ = [
    "BadRow",
    "ImageStore",
    "Journal",
    "RunDir",
    "Stage",
    "Tally",
    "bring_pictures",
    "copy_whole",
    "open_picture",
    "picture_stem",
    "proven_picture",
    "read_records",
    "read_request_file",
    "run_stage",
    "write_whole",
]
