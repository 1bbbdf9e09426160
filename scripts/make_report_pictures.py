"""Take the pictures of pages that README and guides show, in chromium: python scripts/make_report_pictures.py"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.browser import CHROMIUM, MISSING, open_browser  # noqa: E402 - tests are no package that is installed
from support.pages import make_pages  # noqa: E402
from support.scenes import SCENES, take  # noqa: E402

if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit(f"chromium is missing: {MISSING}")
    with TemporaryDirectory() as folder:
        pages = make_pages(Path(folder))
        with open_browser() as browser:
            for scene in SCENES:
                scene.path.write_bytes(take(scene, browser, pages))
                print(scene.path.relative_to(ROOT), scene.path.stat().st_size, "bytes")
