from pathlib import Path

import pytest
import torch

from workbench.errors import WorkbenchError
from workbench.models import available, leaves_machine, load, loading
from workbench.types import ModelReference


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("./no/such/folder", "There is no model folder"),
        ("not a name!", "is no model name"),
        ("nobody/no-such-model-here", "is not on this machine"),
    ],
)
def test_an_unknown_model_is_one_sentence_and_no_hub_is_asked(name, sentence, monkeypatch) -> None:
    from huggingface_hub import HfApi, constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(HfApi, "model_info", lambda *_, **__: pytest.fail("asked the hub"))
    with pytest.raises(WorkbenchError, match=sentence) as caught:
        load(ModelReference(name))
    assert caught.value.hint


def test_an_unreachable_hub_does_not_hang(monkeypatch) -> None:
    import socket

    from huggingface_hub import HfApi, constants

    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen()  # accepts, never answers
    address = f"http://127.0.0.1:{silent.getsockname()[1]}"
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(loading, "HUB_TIMEOUT_S", 0.5)
    waits: list[float] = []
    monkeypatch.setattr(HfApi, "model_info", _asking(address, HfApi.model_info, waits))
    with pytest.raises(WorkbenchError, match="hub cannot be reached"):
        load(ModelReference("nobody/no-such-model-here"))
    assert waits == [0.5], "asked once, and for no longer than that"
    silent.close()


def _asking(address, method, waits):
    def asked(self, *args, **kwargs):
        self.endpoint = address
        waits.append(kwargs["timeout"])
        return method(self, *args, **kwargs)

    return asked


def test_a_folder_without_a_model(tmp_path) -> None:
    with pytest.raises(WorkbenchError, match="holds no config"):
        load(ModelReference(str(tmp_path)))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WorkbenchError, match=r"cannot be (read|loaded)"):
        load(ModelReference(str(tmp_path)))


def test_a_torn_weights_file(tiny_folder, tmp_path) -> None:
    for file in tiny_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(WorkbenchError, match=r"cannot be (read|loaded)"):
        load(ModelReference(str(tmp_path)))


def test_a_full_disk_is_named(tiny_folder, monkeypatch) -> None:
    from transformers import AutoTokenizer

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", full)
    with pytest.raises(WorkbenchError, match="No space is left"):
        load(ModelReference(str(tiny_folder)))


def test_devices_and_precisions() -> None:
    cpu = torch.device("cpu")
    assert loading.dtype_for("float32", cpu) is torch.float32
    native = loading.bf16_is_native(cpu)
    assert loading.dtype_for("auto", cpu) is (torch.bfloat16 if native else torch.float32)
    with pytest.raises(WorkbenchError, match="precision"):
        loading.dtype_for("int3", cpu)
    if not torch.cuda.is_available():
        with pytest.raises(WorkbenchError, match="cuda"):
            loading.device_for("cuda")


@pytest.mark.parametrize(
    ("endpoint", "leaves"),
    [
        (None, False),
        ("http://localhost:11434/v1", False),
        ("http://127.0.0.1/v1", False),
        ("http://[::1]:8000/v1", False),
        ("https://api.openai.com/v1", True),
        ("http://localhost.example.com/v1", True),
        ("http://192.168.1.9:8000/v1", True),
        ("http://0x7f.evil.example/v1", True),
    ],
)
def test_what_leaves_the_machine(endpoint, leaves) -> None:
    assert leaves_machine(ModelReference("m", endpoint=endpoint)) is leaves


def test_facts_for_the_doctor() -> None:
    facts = available()
    assert {"torch", "peft", "device", "embedded reader"} <= {fact["name"] for fact in facts}
    assert all(fact["fix"] for fact in facts if not fact["ok"])


def test_the_face_is_light() -> None:
    import subprocess
    import sys

    code = "import sys, workbench.models; print('torch' in sys.modules, 'openai' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]


def test_pickled_weights_are_not_read(tiny_folder: Path, tmp_path: Path) -> None:
    import shutil

    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "pickled"
    shutil.copytree(tiny_folder, folder)
    (weights,) = folder.glob("*.safetensors")
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(WorkbenchError, match="cannot be read") as error:
        load(ModelReference(str(folder)))
    assert "pickle" in error.value.hint
