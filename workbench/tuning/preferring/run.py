"""From a supervised adapter to one that was tuned by preferences or rewards, step by step.

What was drawn, the pairs and the reward model are files of the training's folder: a killed run
goes on behind the last that is whole, and anybody can read what it learned from.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.experiment.preferences import PreferenceSpec
from workbench.experiment.tuning import TuningSpec
from workbench.io import jsonl
from workbench.io.files import read_json, write_json
from workbench.tuning.preferring import pairs as pairing
from workbench.tuning.preferring.pairs import Asked, Pair, Word
from workbench.tuning.training import ADAPTER, SUMMARY
from workbench.types import Decoding, Progress, silent

if TYPE_CHECKING:
    from workbench.models.local import LocalModel

log = logging.getLogger(__name__)

DRAWN, DRAWN_DEV = "drawn.jsonl", "drawn_dev.jsonl"
PAIRS, PAIRS_DEV = "pairs.jsonl", "pairs_dev.jsonl"
REWARD = "reward"
FEWEST = 2


@dataclass(frozen=True)
class Preferring:
    """What is learned from, and by what it is judged.

    ``train`` and ``dev`` are the questions as the variant asks them; ``value`` is the metric of a
    reply to one of them (None where there is none). ``decoding`` is that of the exam. ``prefers``
    is a judge's word on two replies; ``labelled`` and ``labelled_dev`` are people's pairs, of
    which some are on questions in ``further``.
    """

    spec: TuningSpec
    train: Sequence[Asked]
    dev: Sequence[Asked]
    value: Callable[[str, str], float | None]
    decoding: Decoding
    prefers: Callable[[Asked, str, str], Word] | None = None
    labelled: Sequence[Pair] = ()
    labelled_dev: Sequence[Pair] = ()
    further: Sequence[Asked] = ()

    @property
    def own(self) -> PreferenceSpec:
        """The part of the tuning that is about preferences."""
        assert self.spec.preferences is not None, "whoever prefers says how"
        return self.spec.preferences


def prefer(
    job: Preferring,
    model: LocalModel,
    start: Path | None,
    out: Path,
    seed: int,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Tune into ``out/adapter`` from the adapter in ``start`` (None: an untrained one).

    Returns and records a summary. Raises WorkbenchError where there is nothing to learn from.
    """
    summary = out / SUMMARY
    if summary.is_file() and (out / ADAPTER / "adapter_config.json").is_file():
        return dict(read_json(summary))
    out.mkdir(parents=True, exist_ok=True)
    own = job.own
    asked = pairing.sampled(job.train, own.questions, seed)
    if not asked:
        raise WorkbenchError(
            "There is no training question to draw answers to.",
            "Write more questions, or leave tuning.preferences out.",
        )
    facts: dict[str, Any] = {}
    pairs: list[Pair] = []
    if own.pairs_wanted:
        answering = model if start is None else model.with_adapter(str(start))
        pairs = _pairs(job, asked, answering, out, progress)
        facts["pairs"] = pairing.sources(pairs)
    known = {item.question: item for item in (*asked, *job.further)}
    facts |= _trained(job, model, start, asked, pairs, known, out, seed, progress)
    facts |= {
        "method": job.spec.method, "train_on": job.spec.train_on, "examples": len(asked),
        "learning_rate": own.learning_rate, "batch_tokens": job.spec.batch_tokens,
        "r": job.spec.lora.r, "preferences": own.method, "beta": own.beta,
        "dev_questions": len(job.dev),
        "rewarded_by": own.reward if own.rewarded else None,
    }  # fmt: skip
    write_json(summary, facts)
    log.info("preferred %s: %s", out / ADAPTER, facts)
    return facts


def _pairs(
    job: Preferring, asked: Sequence[Asked], model: LocalModel, out: Path, progress: Progress
) -> list[Pair]:
    """The pairs to learn from, as they were made or made now; those on dev beside them."""
    if (out / PAIRS).is_file() and (out / PAIRS_DEV).is_file():
        return [_pair(row) for row in jsonl.stream(out / PAIRS)]
    made = _made(job, asked, model, out / DRAWN, progress)
    pairs = pairing.clean([*made, *job.labelled])
    if len(pairs) < FEWEST:
        raise WorkbenchError(_too_few(job, len(pairs), len(asked)), _WAY_OUT[job.own.pairs[0]])
    judged = list(job.labelled_dev)
    if job.own.reward == "reward_model":
        # What a reward model is worth is seen on questions that it was not trained on.
        judged = pairing.clean([*judged, *_made(job, job.dev, model, out / DRAWN_DEV, progress)])
    jsonl.write(out / PAIRS_DEV, (_readable(pair, job) for pair in judged))
    jsonl.write(out / PAIRS, (_readable(pair, job) for pair in pairs))
    return pairs


def _made(
    job: Preferring, asked: Sequence[Asked], model: LocalModel, path: Path, progress: Progress
) -> list[Pair]:
    """Pairs of drawn answers, by the references, a judge, or both."""
    own = job.own
    if not {"references", "judge"} & set(own.pairs):
        return []
    from workbench.tuning.preferring.drawing import draw_answers

    decoding = replace(job.decoding, temperature=own.temperature)
    drawn = draw_answers(model, asked, decoding, own.samples, job.value, path, progress)
    pairs = pairing.by_references(drawn) if "references" in own.pairs else []
    if "judge" in own.pairs:
        assert job.prefers is not None, "an experiment whose pairs a judge makes has one"
        pairs += pairing.by_judge(drawn, job.prefers)
    return pairs


_WAY_OUT = {
    "references": "Draw more (preferences.samples), warmer (preferences.temperature) or to more "
    "questions, start from base, or take method: grpo, which needs no pairs.",
    "judge": "Draw more (preferences.samples), or let pairs come from references too.",
    "labels": "Label more answers, or let pairs come from references too.",
}


def _too_few(job: Preferring, made: int, asked: int) -> str:
    where = " and ".join(job.own.pairs)
    return (
        f"{made or 'No'} pair{'' if made == 1 else 's'} came of {where} on {asked} training "
        f"questions, and {job.own.method} needs {FEWEST} at least."
    )


def _readable(pair: Pair, job: Preferring) -> dict[str, Any]:
    """A pair with the question's text, as the file of a training shows it."""
    texts = {item.question: item.text for item in (*job.train, *job.dev, *job.further)}
    return {**pair.record(), "prompt": texts.get(pair.question, "")}


def _pair(row: Mapping[str, Any]) -> Pair:
    return Pair(row["question"], row["chosen"], row["rejected"], row["source"])


def _trained(
    job: Preferring,
    model: LocalModel,
    start: Path | None,
    asked: Sequence[Asked],
    pairs: Sequence[Pair],
    known: Mapping[str, Asked],
    out: Path,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """The training itself, by TRL."""
    from workbench.tuning.preferring.training import PreferenceTraining

    own, facts = job.own, {}
    rows: list[dict[str, Any]]
    more: dict[str, Any] = {}
    if own.rewarded:
        encoded = dict(zip(
            (item.question for item in asked),
            model.encoder.prompts([item.prompt for item in asked]), strict=True,
        ))  # fmt: skip
        rows = [{"prompt": item.question} for item in asked]
        more = {"ids_of": encoded}
        if own.reward == "metric":
            more["rewards"] = _metric_rewards(job, model, known)
        else:
            from workbench.tuning.preferring.reward import RewardModel

            judge = RewardModel(job.spec, model, seed)
            dev = [_pair(row) for row in jsonl.stream(out / PAIRS_DEV)]
            known_dev = {item.question: item for item in job.dev}
            facts = judge.train(
                pair_rows(pairs, known, model), pair_rows(dev, known_dev, model), out / REWARD
            )
            more["rewards"] = _model_rewards(judge, encoded)
    elif own.method == "kto":
        rows = label_rows(pairs, known, model, seed)
    else:
        rows = pair_rows(pairs, known, model)
    training = PreferenceTraining(
        job.spec, model, start, rows, asked, job.dev, job.value, job.decoding, out, seed, **more
    )
    return {**facts, **training.run(progress)}


def pair_rows(
    pairs: Sequence[Pair], known: Mapping[str, Asked], model: LocalModel
) -> list[dict[str, Any]]:
    """Pairs as ids: the prompt as the variant gives it, each reply with its end."""
    prompts = model.encoder.prompts([known[pair.question].prompt for pair in pairs])
    return [
        {
            # Of the texts TRL's ORPO asks for it reads no word.
            "prompt": "", "chosen": "", "rejected": "", "prompt_ids": prompt,
            "chosen_ids": model.encoder.completion(pair.chosen),
            "rejected_ids": model.encoder.completion(pair.rejected),
        }
        for pair, prompt in zip(pairs, prompts, strict=True)
    ]  # fmt: skip


def label_rows(
    pairs: Sequence[Pair], known: Mapping[str, Asked], model: LocalModel, seed: int
) -> list[dict[str, Any]]:
    """Replies with whether they are wanted, mixed: KTO goes through them in this order."""
    sided = pairing.one_sided(pairs)
    prompts = model.encoder.prompts([known[question].prompt for question, _, _ in sided])
    rows = [
        {"prompt_ids": prompt, "completion_ids": model.encoder.completion(text), "label": wanted}
        for (_, text, wanted), prompt in zip(sided, prompts, strict=True)
    ]
    random.Random(seed).shuffle(rows)
    return rows


def _metric_rewards(
    job: Preferring, model: LocalModel, known: Mapping[str, Asked]
) -> Callable[..., list[float | None]]:
    def exam_metric(
        prompts: Sequence[str], completion_ids: Sequence[Sequence[int]], **_: Any
    ) -> list[float | None]:
        texts = [
            model.encoder.decode(list(ids), known[name].prompt).strip()
            for name, ids in zip(prompts, completion_ids, strict=True)
        ]
        # An empty answer is worth nothing, here as in the exam.
        return [job.value(n, text) or 0.0 for n, text in zip(prompts, texts, strict=True)]

    return exam_metric


def _model_rewards(
    judge: Any, encoded: Mapping[str, Sequence[int]]
) -> Callable[..., list[float | None]]:
    def reward_model(
        prompts: Sequence[str], completion_ids: Sequence[Sequence[int]], **_: Any
    ) -> list[float | None]:
        scores: list[float | None] = judge.scores(
            [[*encoded[n], *ids] for n, ids in zip(prompts, completion_ids, strict=True)]
        )
        return scores

    return reward_model
