"""Recordings are written down by an endpoint or by a local model; nobody named is said."""

from __future__ import annotations

import io
import json
import math
import struct
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import pytest

from workbench import corpus as corpora
from workbench.corpus.kinds import Settings
from workbench.corpus.reading import read
from workbench.errors import WorkbenchError
from workbench.experiment.corpus import CorpusSpec
from workbench.types import ModelReference

SAID = "The lamps of Brannock are lit at dusk. Nobody may touch them. " * 30


def tone(path: Path, seconds: float = 0.5, rate: int = 8000) -> Path:
    """A real WAV file of 16 bits: a tone."""
    samples = [round(8000 * math.sin(n / 5)) for n in range(int(seconds * rate))]
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


class Transcriptions(BaseHTTPRequestHandler):
    """What a Whisper-compatible server does with a recording: here, say how long it is."""

    def do_POST(self) -> None:
        import email
        import email.policy

        raw = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + raw, policy=email.policy.default)
        parts = {part.get_param("name", header="content-disposition"): part
                 for part in form.iter_parts()}  # fmt: skip
        allowed = self.headers["Authorization"] == "Bearer opensesame"
        if self.path != "/v1/audio/transcriptions" or not allowed:
            self._reply(401, {"error": {"message": f"no {self.headers['Authorization']}"}})
            return
        with wave.open(io.BytesIO(parts["file"].get_payload(decode=True))) as sound:
            length = sound.getnframes() / sound.getframerate()
        model = parts["model"].get_content().strip()
        self._reply(200, {"text": f"By {model}, {length:g} seconds. {SAID}"})

    def _reply(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Transcriptions)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_an_endpoint_writes_a_recording_down(tmp_path, endpoint, monkeypatch) -> None:
    monkeypatch.setenv("EAR_KEY", "opensesame")
    spec = CorpusSpec(
        path="x", transcriber={"name": "whisper-1", "endpoint": endpoint, "key_env": "EAR_KEY"}
    )
    assert spec.transcriber is not None
    loaded = corpora.load(tone(tmp_path / "talk.wav"), transcriber=spec.transcriber.reference)
    text = loaded.documents[0].text
    assert text.startswith("By whisper-1, 0.5 seconds. The lamps")
    assert text.count("\n\n") == 12
    assert any("written down by whisper-1" in note for note in loaded.notes)


def test_a_refused_key_is_a_sentence_that_does_not_hold_it(tmp_path, endpoint, monkeypatch):
    monkeypatch.setenv("EAR_KEY", "open-barley")
    ear = ModelReference("whisper-1", endpoint=endpoint, key_env="EAR_KEY")
    with pytest.raises(WorkbenchError, match=r"did not transcribe talk\.wav") as caught:
        read(tone(tmp_path / "talk.wav"), Settings(transcriber=ear))
    assert "barley" not in caught.value.message


def test_a_recording_without_a_transcriber_says_how_to_name_one(tmp_path) -> None:
    with pytest.raises(WorkbenchError, match="somebody has to write down") as caught:
        corpora.load(tone(tmp_path / "talk.wav"))
    assert "transcriber" in caught.value.hint


def ear(folder: Path) -> Path:
    """A speech model of a few thousand weights that hears AB in everything."""
    import torch
    from transformers import (
        Wav2Vec2Config,
        Wav2Vec2CTCTokenizer,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForCTC,
    )

    folder.mkdir()
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", "A", "B"]
    (folder / "vocab.json").write_text(json.dumps({c: n for n, c in enumerate(letters)}))
    Wav2Vec2CTCTokenizer(str(folder / "vocab.json")).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    model = Wav2Vec2ForCTC(
        Wav2Vec2Config(
            vocab_size=len(letters), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, conv_dim=(8, 8), conv_stride=(5, 4), conv_kernel=(10, 8),
            num_feat_extract_layers=2, num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2,
        )
    )  # fmt: skip
    with torch.no_grad():
        model.lm_head.weight.zero_()
        model.lm_head.bias.copy_(torch.tensor([0.0, 0, 0, 0, 0, 9, 0]))
    model.save_pretrained(folder)
    return folder


@pytest.mark.skipif(find_spec("soundfile") is None, reason="needs the extra audio")
def test_a_local_model_writes_a_recording_down(tmp_path) -> None:
    local = ModelReference(str(ear(tmp_path / "ear")))
    found = read(tone(tmp_path / "talk.wav"), Settings(transcriber=local))
    assert found.text.strip() == "A"
    (tmp_path / "broken.wav").write_bytes(b"RIFF nonsense")
    with pytest.raises(WorkbenchError, match="cannot be read as a recording"):
        read(tmp_path / "broken.wav", Settings(transcriber=local))
    with pytest.raises(WorkbenchError, match="cannot be loaded as a speech model"):
        nobody = ModelReference(str(tmp_path / "nobody"))
        read(tone(tmp_path / "talk.wav"), Settings(transcriber=nobody))
