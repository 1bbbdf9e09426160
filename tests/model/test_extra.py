"""Where the packages that train are not installed, each door says in words how to get them."""

import subprocess
import sys

import pytest

DOORS = ("learn.trainer", "learn.sft", "model.tiny", "model.load", "policy.local")


@pytest.mark.parametrize("door", DOORS)
def test_a_module_that_needs_torch_says_how_to_install_it(door):
    hidden = "import sys; sys.modules['torch'] = None\n"
    code = f"{hidden}import genevolve.{door}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "MissingExtraError: torch is not installed; pip install 'genevolve[train]'" in done.stderr


def test_embedding_in_this_process_says_how_to_install_what_it_needs():
    code = (
        "import asyncio, sys; sys.modules['sentence_transformers'] = None\n"
        "from genevolve.embed import EmbedSettings, LocalEmbedder\n"
        "asyncio.run(LocalEmbedder(EmbedSettings(model='a-folder')).embed(['a hen']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "MissingExtraError: sentence-transformers is not installed; pip install 'genevolve[embed]'" in done.stderr
