"""Two people who make the same requests get the same requests."""

import os
import subprocess
import sys

SCRIPT = """
import sys
from pathlib import Path
from genevolve.curate.recipes import make_requests
from genevolve.records import digest_of
from genevolve.store import ImageStore
print(digest_of(make_requests("test", images=ImageStore(Path(sys.argv[1])))))
"""


def test_requests_do_not_follow_the_order_in_which_a_process_hashes(tmp_path):
    digests = set()
    for seed in "123":
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / seed)],
            env=environment, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        digests.add(done.stdout)

    assert len(digests) == 1
