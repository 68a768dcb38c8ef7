"""Defaults that fit the model: the one place that decides them. A user's own value always wins.

The embedded reader's stand with each key; any other model is taken for a chat model of the present
day. Sources: Schulman et al. 2025 (Thinking Machines, "LoRA Without Regret": all linear layers, ten
times the rate of full tuning, rank for the size of the data), LLaMA-Factory and Unsloth (rank 8 to
16, 1e-4 to 2e-4, 1 to 3 epochs for models of some billion parameters; smaller ones take more).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from workbench import wording
from workbench.experiment.fairness import Mending
from workbench.experiment.searching import set_aside
from workbench.experiment.tuning import METHODS, default_rate, without_auto
from workbench.experiment.weights import PACKAGED
from workbench.presets import PRESETS

READER = "reader"
#: Assumed where nobody says it: what today's small chat models have at least.
USUAL_WINDOW = 8192
#: A window below which the reader's own sizes fit better.
SMALL_WINDOW = 2048
#: Tokens of a window kept for instruction, examples and question.
KEPT_FREE = 600
#: Parameters from which tuning on a GPU works activations out anew.
CHECKPOINTING_FROM = 1_000_000_000
#: Billions of parameters up to which a model counts as small, with rate and epochs.
RATES = ((0.2, 5e-4, 4), (1.0, 3e-4, 3), (15.0, 2e-4, 3), (float("inf"), 1e-4, 2))


@dataclass(frozen=True, slots=True)
class Form:
    """What a form of answer asks of everybody: the instruction, the reply's length, the metric."""

    instruction: str
    max_new_tokens: int
    metric: str


#: Forms of answer beside the short one. A long answer differs from its reference in most words, so
#: that token F1 says little of it: a judge counts its claims, and without one the meaning is taken.
FORMS = {
    "sentence": Form("Answer in one complete sentence, without explanation.", 96, "f1_extracted"),
    "long": Form(
        "Answer in one paragraph that says what the text says about it. If passages are given, "
        "name after each claim the passages that it rests on, such as [1] or [2][3].",
        400,
        "similarity",
    ),
}
JUDGED_CLAIMS = "factual_correctness"
#: A reply that names one of a closed set of labels, scored as right or wrong.
LABEL = Form("Reply with the name of one label, as it is written here, and nothing else.", 16,
             "accuracy")  # fmt: skip
#: What learns from labelled messages, or needs none of a text to be asked about them.
LABEL_VARIANTS = ("prompt_only", "few_shot_nearest", "fine_tuned", "encoder")
#: The encoder of the variant of that name, where retrieval.embedding names no other.
EMBEDDING = "all-MiniLM-L6-v2"
#: Rates of an encoder with a fresh head, some ten times as high for LoRA (Schulman et al. 2025).
#: BERT's own of 5e-5 (Devlin et al. 2019) is for a model five times as large and thousands of
#: examples; a few hundred give a small one too few steps at it.
ENCODER_RATES = {"full": 2e-4, "lora": 2e-3}

VARIANTS = (
    "prompt_only", "few_shot", "rag", "few_shot_rag", "fine_tuned", "fine_tuned_rag", "oracle",
)  # fmt: skip


def fitted(values: Mapping[str, Any]) -> dict[str, Any]:
    """The given values of an experiment with what fits its model where nothing is given."""
    result = dict(values)
    if isinstance(result.get("tuning"), Mapping):
        result["tuning"] = set_aside(result["tuning"])
    if isinstance(result.get("variants"), list | tuple):
        result["variants"] = [_with_precision(variant) for variant in result["variants"]]
    labelled = (given(result.get("questions"), None) or {}).get("labels") is not None
    if labelled:
        result = _labelled(result)
    for part, settings in (_of_labels(result) if labelled else _of_form(result)).items():
        own = given(result.get(part), None)
        if own is not None:
            result[part] = _joined(settings, own)
    model = given(result.get("model"), "name")
    if isinstance(result.get("variants"), list | tuple):
        common = given(result.get("tuning"), None) or {}
        result["variants"] = [_mended(variant, common) for variant in result["variants"]]
        encoder = _embedding(result)
        result["variants"] = [
            _with_tuning(_as_encoder(variant, encoder), model) for variant in result["variants"]
        ]
    if model is None or model.get("name", READER) == READER:
        return result
    result |= _plainly_tuned(result)
    for part, settings in defaults(model, result.get("tuning")).items():
        if part == "variants":
            result.setdefault(part, settings)
            continue
        if part == "decoding" and labelled:
            continue  # the length of a label, whatever the model
        own = given(result.get(part), "name" if part == "model" else None)
        if own is not None:
            result[part] = _joined(settings, own)
    return result


def _mended(variant: Any, common: Mapping[str, Any]) -> Any:
    """A variant of which only the mending is said: else it is tuned as the experiment says.

    So what it is held against differs in nothing else.
    """
    own = variant.get("tuning") if isinstance(variant, Mapping) else None
    if not isinstance(own, Mapping) or not own or not set(own) <= set(Mending.model_fields):
        return variant
    return {**variant, "tuning": {**common, **own}}


def defaults(model: Mapping[str, Any], tuning: Any = None) -> dict[str, Any]:
    """Values by part of the experiment for a model other than the reader.

    ``tuning`` is what is given of that part: the rate follows its method.
    """
    window = int(model.get("context_window") or _declared_window(str(model.get("name"))))
    chunk, top_k = 300, 5
    if window < SMALL_WINDOW:
        chunk, top_k = 110, 3
    elif window < USUAL_WINDOW // 2:
        chunk = min(chunk, (window - KEPT_FREE) // top_k)
    hosted = model.get("endpoint") is not None and not _tuned_there(tuning)
    variants = [{"name": name} for name in VARIANTS if not (hosted and name.startswith("fine"))]
    return {
        "model": {"precision": "auto"},
        "passages": {"chunk_size": chunk, "chunk_overlap": chunk // 6},
        "retrieval": {"top_k": top_k},
        "decoding": {"max_new_tokens": 64},
        "tuning": _tuning(str(model.get("name")), given(tuning, None) or {}),
        "variants": variants,
    }  # fmt: skip


def _tuned_there(tuning: Any) -> bool:
    """Whether the provider of an endpoint tunes its model."""
    return (given(tuning, None) or {}).get("hosted") is not None


def _tuning(model: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """What fits a chat model of a tuning of which ``own`` is given."""
    rate, epochs = _pace(billions(model))
    method, optimizer = str(own.get("method", "lora")), str(own.get("optimizer", "adamw"))
    return {
        "lora": {"r": 16, "alpha": 32}, "learning_rate": default_rate(method, optimizer, rate),
        "epochs": epochs, "batch_tokens": 4096, "replay_share": 0.1,
    }  # fmt: skip


def rate_of(model: str, method: str, optimizer: str) -> float:
    """The learning rate that is taken for a method on a model where none is given."""
    lora = None if model == READER else _pace(billions(model))[0]
    return default_rate(method, optimizer, lora)


def _plainly_tuned(values: Mapping[str, Any]) -> dict[str, Any]:
    """The tuning without a learning rate that is to be chosen, where there is one."""
    own = given(values.get("tuning"), None)
    return {"tuning": without_auto(own)} if own else {}


def _with_tuning(variant: Any, model: Mapping[str, Any] | None) -> Any:
    """A variant whose own tuning fits the model that it tunes, as the experiment's does."""
    own = given(variant, "name") or {}
    tuning = set_aside(given(own.get("tuning"), None) or {})
    chosen = given(own.get("model"), "name") or model or {}
    name = str(chosen.get("name", READER))
    if chosen.get("task") == "classify":
        return {**own, "tuning": _joined(_encoder_tuning(tuning), without_auto(tuning))}
    if not tuning or name == READER:
        return variant
    return {**own, "tuning": _joined(_tuning(name, tuning), without_auto(tuning))}


def _encoder_tuning(own: Mapping[str, Any]) -> dict[str, Any]:
    """What fits an encoder of a tuning of which ``own`` is given."""
    method = str(own.get("method", "full"))
    return {
        "method": method, "learning_rate": ENCODER_RATES.get(method, ENCODER_RATES["full"]),
        "epochs": 20, "batch_tokens": 512, "patience": 4, "replay_share": 0.0,
        "lora": {"r": 16, "alpha": 32},
    }  # fmt: skip


def _as_encoder(variant: Any, name: str) -> Any:
    """The variant ``encoder`` with the model that it is known for, the experiment's embedding."""
    own = given(variant, "name")
    if own is None or own.get("name") != "encoder":
        return variant
    return {**own, "model": {"name": name, "task": "classify",
                             **(given(own.get("model"), "name") or {})}}  # fmt: skip


def _embedding(values: Mapping[str, Any]) -> str:
    """The experiment's embedding model, or the default one."""
    own = (given(values.get("retrieval"), None) or {}).get("embedding", EMBEDDING)
    return str(own.get("name", EMBEDDING) if isinstance(own, Mapping) else own)


def _labelled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an experiment on labelled messages: these are its text where it names none."""
    questions = dict(given(values.get("questions"), None) or {})
    labels = given(questions["labels"], "file") or {}
    hosted = (given(values.get("model"), "name") or {}).get("endpoint") is not None
    variants = [{"name": n} for n in LABEL_VARIANTS if not (hosted and n == "fine_tuned")]
    result = {"corpus": {"path": labels.get("file")}, "variants": variants, **values}
    if isinstance(result["variants"], list | tuple):
        result["variants"] = [_without_replay(variant) for variant in result["variants"]]
    return result


def _without_replay(variant: Any) -> Any:
    """A variant whose own tuning replays no text: there is none beside the messages."""
    own = given(variant, "name") or {}
    tuning = given(own.get("tuning"), None)
    return {**own, "tuning": {"replay_share": 0.0, **tuning}} if tuning else variant


def _of_labels(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by part where the answer is one of a closed set of labels."""
    return {
        "prompts": {"form": LABEL.instruction},
        "decoding": {"max_new_tokens": LABEL.max_new_tokens},
        "decision": {"metric": LABEL.metric},
        "tuning": {"replay_share": 0.0},
    }


def told(experiment: Any) -> str:
    """The settings that follow the model, in a sentence; empty for the embedded reader."""
    if experiment.model.name == READER and experiment.model.endpoint is None:
        return ""
    tuning, passages = experiment.tuning, experiment.passages
    parts = [
        f"{passages.told}, {experiment.retrieval.top_k} to a question",
        f"answers of {experiment.decoding.max_new_tokens} tokens at the most",
    ]
    if any(_is_tuned(item) for item in experiment.variants):
        lora = METHODS[tuning.method].part == "lora"
        rank = f" of rank {tuning.lora.r}" if lora else ""
        label = wording.method_label(tuning.method)
        text = f"{label}{rank} at {tuning.learning_rate:g} for {tuning.epochs} epochs"
        if tuning.hosted is not None:
            text = f"{tuning.epochs} epochs of tuning by {tuning.hosted.provider}"
        if tuning.search is not None:
            text += f", and other values of {', '.join(tuning.search.over)}"
        parts.append(text)
    return f"Settings for {experiment.model.name}: {'; '.join(parts)}."


def _is_tuned(variant: Any) -> bool:
    """Whether a variant has an adapter trained here."""
    known = PRESETS.get(variant.name)
    trained = variant.tuning is not None or (
        known is not None and known.training_format is not None
    )
    return trained and (variant.model is None or variant.model.endpoint is None)


def _of_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by part for a form of answer other than the short one."""
    form = FORMS.get(str((given(values.get("prompts"), None) or {}).get("answer")))
    if form is None:
        return {}
    judge = given(values.get("judge"), "model") or {}
    claims = JUDGED_CLAIMS in judge.get("metrics", (JUDGED_CLAIMS,)) and bool(judge)
    long = form is FORMS["long"]
    return {
        "prompts": {"form": form.instruction},
        "decoding": {"max_new_tokens": form.max_new_tokens},
        "decision": {"metric": f"ragas:{JUDGED_CLAIMS}" if claims and long else form.metric},
        "questions": {"answers": "long" if long else "sentence"},
    }


def _with_precision(variant: Any) -> Any:
    """A variant whose own model is held in what its device has, as the experiment's is."""
    own = given(variant, "name")
    model = given((own or {}).get("model"), "name")
    if not own or not model or model.get("name", READER) == READER:
        return variant
    if model.get("task") == "classify":
        return variant  # so small that narrow weights would save nothing
    return {**own, "model": {"precision": "auto", **model}}


def given(part: Any, short: str | None) -> dict[str, Any] | None:
    """What was set of a part; None where it is written in a way that says nothing of its keys."""
    if part is None:
        return {}
    if isinstance(part, BaseModel):
        return {key: getattr(part, key) for key in part.model_fields_set}
    if isinstance(part, Mapping):
        return dict(part)
    return {short: str(part)} if short is not None else None


def _joined(settings: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``settings``, parts of parts likewise."""
    result = {**settings, **own}
    for key, value in settings.items():
        inner = given(own.get(key), None)
        if isinstance(value, Mapping) and inner is not None:
            result[key] = {**value, **inner}
    return result


def _pace(billions: float | None) -> tuple[float, int]:
    size = 7.0 if billions is None else billions
    return next((rate, epochs) for most, rate, epochs in RATES if size <= most)


def billions(name: str) -> float | None:
    """Parameters by the model's name: Qwen2.5-0.5B, SmolLM2-135M; None where it does not say."""
    if name in PACKAGED:
        return PACKAGED[name].billions
    sizes = r"(?<![\w.])(\d+(?:\.\d+)?)\s?([bBmM])(?![a-zA-Z])"
    matches = re.findall(sizes, name.replace("_", "-"))
    if not matches:
        return None
    number, unit = matches[-1]
    return float(number) / (1000 if unit in "mM" else 1)


def _declared_window(name: str) -> int:
    """The window that a model folder declares; elsewhere the usual one."""
    try:
        config = json.loads((Path(name).expanduser() / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return USUAL_WINDOW
    for part in (config, config.get("text_config") or {}):
        for key in ("max_position_embeddings", "n_positions", "max_sequence_length"):
            if isinstance(part.get(key), int) and part[key] > 0:
                return int(part[key])
    return USUAL_WINDOW
