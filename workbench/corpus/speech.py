"""A recording -> what is said in it, by an endpoint that transcribes, or a model on this machine.

The endpoint is any that serves OpenAI's ``audio/transcriptions`` (OpenAI, vLLM, faster-whisper's
and whisper.cpp's servers); the local way is transformers' pipeline, which is handed samples that
soundfile read (extra ``audio``), so that no other program is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.types import ModelReference

EXTRA = "pip install 'rag-finetune-workbench[audio]'"
#: Bytes of a recording: some twenty hours of speech as MP3, three as WAV.
LARGEST_SOUND = 512 * 1024 * 1024
RATE, WINDOW_S = 16_000, 30
#: Sentences to a paragraph: speech has none, and sections are cut at their ends.
SENTENCES = 5


def read_speech(path: Path, transcriber: ModelReference | None) -> tuple[str, str, list[str]]:
    """What is said in a recording, in paragraphs, and a note on who wrote it down.

    Raises WorkbenchError where nobody is named to transcribe it, or that one cannot.
    """
    if transcriber is None:
        raise WorkbenchError(
            f"{path.name} is a recording, which somebody has to write down first.",
            "Name who does: corpus: {path: …, transcriber: {name: whisper-1, endpoint: …}}, or "
            "the folder of a speech model of transformers.",
        )
    if path.stat().st_size > LARGEST_SOUND:
        raise WorkbenchError(
            f"{path.name} has more than the {LARGEST_SOUND >> 20} MB that are transcribed.",
            "Save it compressed, or cut it into parts.",
        )
    way = _by_endpoint if transcriber.endpoint else _by_pipeline
    text = way(path, transcriber)
    return _paragraphs(text), "", [f"written down by {transcriber.name}, which mishears"]


def _paragraphs(text: str) -> str:
    from workbench.corpus.sentences import split_sentences

    sentences = [s.strip() for s in split_sentences(" ".join(text.split())) if s.strip()]
    return "\n\n".join(
        " ".join(sentences[at : at + SENTENCES]) for at in range(0, len(sentences), SENTENCES)
    )


def _by_endpoint(path: Path, transcriber: ModelReference) -> str:
    import openai

    from workbench.models.api_key import hider, key_of

    key = key_of(transcriber)
    client = openai.OpenAI(
        base_url=transcriber.endpoint, api_key=key, timeout=transcriber.timeout_s, max_retries=2
    )
    try:
        with path.open("rb") as stream:
            found: Any = client.audio.transcriptions.create(model=transcriber.name, file=stream)
    except openai.OpenAIError as error:
        raise WorkbenchError(
            f"{transcriber.endpoint} did not transcribe {path.name} ({hider(key)(str(error))}).",
            "Check the endpoint, its key and the model's name; some take 25 MB at most.",
        ) from error
    # A server may answer in plain text whatever is asked of it.
    return str(getattr(found, "text", found))


def _by_pipeline(path: Path, transcriber: ModelReference) -> str:
    pipeline = _pipeline(transcriber.name)
    samples = _samples(path)
    try:
        found = pipeline(
            {"raw": samples, "sampling_rate": RATE}, chunk_length_s=WINDOW_S, batch_size=4
        )
    except (ValueError, RuntimeError, TypeError) as error:
        raise WorkbenchError(
            f"{transcriber.name} cannot transcribe {path.name} ({str(error)[:200]}).",
            "Name a speech model, such as the folder of a Whisper or Wav2Vec2 one.",
        ) from error
    return str(found["text"])


@lru_cache(maxsize=1)
def _pipeline(name: str) -> Callable[..., Any]:
    from transformers import pipeline

    try:
        made: Callable[..., Any] = pipeline("automatic-speech-recognition", model=name)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise WorkbenchError(
            f"{name!r} cannot be loaded as a speech model ({reason}).",
            "Name the folder of one, a hub name while the hub is in reach, or an endpoint.",
        ) from error
    return made


def _samples(path: Path) -> Any:
    """The sound of one channel, 16,000 samples a second, as float32 between -1 and 1."""
    import numpy as np

    if find_spec("soundfile") is None:
        raise WorkbenchError(
            f"{path.name} cannot be opened without soundfile.",
            f"{EXTRA}, or let an endpoint transcribe it.",
        )
    import soundfile
    from scipy.signal import resample_poly

    try:
        sound, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise WorkbenchError(
            f"{path.name} cannot be read as a recording: damaged, or of another type.",
            "Save it as WAV, FLAC, OGG or MP3.",
        ) from error
    single = sound.mean(axis=1)
    return single if rate == RATE else np.asarray(resample_poly(single, RATE, rate), np.float32)
