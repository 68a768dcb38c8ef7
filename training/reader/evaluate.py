"""Scores of a reader on human questions; greedy, each prompt cut to the window.

Token F1 and ROUGE-L are against the nearest of a question's reference answers, after lower-casing
and without punctuation; F1 also without articles (SQuAD's rule).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.reader.data import passages
from training.reader.data.tasks import PASSAGE_WORDS, answering
from workbench.models.reader import WEIGHTS, register
from workbench.models.reader.modeling import ReaderForCausalLM
from workbench.models.reader.tokenization import ReaderTokenizer
from workbench.refusals import refuses
from workbench.text import ARTICLES, token_f1

MAX_NEW_TOKENS = 48


@dataclass(frozen=True)
class Loaded:
    """A reader with its tokenizer."""

    model: ReaderForCausalLM
    tokenizer: ReaderTokenizer


def load(folder: Path = WEIGHTS) -> Loaded:
    """The reader of a folder, in float32, ready to generate."""
    register()
    model = ReaderForCausalLM.from_pretrained(folder).eval()
    return Loaded(model, ReaderTokenizer.from_pretrained(folder))


def words(text: str) -> list[str]:
    """Lower-case words of a text, punctuation as blanks."""
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


def answer_f1(answer: str, references: Sequence[str]) -> float:
    """Best harmonic mean of word precision and recall over the references, 0 to 1."""
    given, *wanted = (
        [word for word in words(text) if word not in ARTICLES] for text in (answer, *references)
    )
    return max((token_f1(given, reference) for reference in wanted), default=0.0)


def rouge_l(answer: str, references: Sequence[str]) -> float:
    """Best F-measure of the longest common subsequence of words (Lin 2004), 0 to 1."""

    def item(sentences: list[str], wanted: list[str]) -> float:
        # One row of the table of longest common subsequences, overwritten word by word.
        row = [0] * (len(wanted) + 1)
        for word in sentences:
            diagonal = 0
            for j, other in enumerate(wanted, start=1):
                above = row[j]
                row[j] = diagonal + 1 if word == other else max(above, row[j - 1])
                diagonal = above
        return 2 * row[-1] / (len(sentences) + len(wanted)) if row[-1] else 0.0

    return max((item(words(answer), words(r)) for r in references), default=0.0)


def loops(text: str) -> bool:
    """Whether a word occurs three times in a row."""
    sentences = words(text)
    return any(
        a == b == c for a, b, c in zip(sentences, sentences[1:], sentences[2:], strict=False)
    )


def fitted(loaded: Loaded, contexts: Sequence[str], question: str) -> str:
    """The answering prompt, the passages shortened at their ends until it fits the window."""
    room = loaded.model.config.max_position_embeddings - MAX_NEW_TOKENS
    share = 1.0
    while True:
        prompt = answering([_head(c, share) for c in contexts], question)
        size = len(loaded.tokenizer(prompt)["input_ids"])
        if size <= room or share < 0.05:
            return prompt
        # A little below the exact ratio: words differ in tokens, and the loop must end.
        share *= 0.97 * room / size


def _head(text: str, share: float) -> str:
    parts = text.split()
    return text if share >= 1 else " ".join(parts[: int(len(parts) * share)])


@torch.inference_mode()
def complete(loaded: Loaded, prompts: Sequence[str], tokens: int = 6144) -> list[str]:
    """Greedy completions as text, in batches of similar length of at most ``tokens`` positions."""
    rows = loaded.tokenizer(list(prompts))["input_ids"]
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
    result = [""] * len(rows)
    while order:
        size = max(1, tokens // (len(rows[order[0]]) + 16))
        chosen, order = order[:size], order[size:]
        padded = loaded.tokenizer.pad(
            {"input_ids": [rows[i] for i in chosen]}, padding_side="left", return_tensors="pt"
        ).to(loaded.model.device)
        output = loaded.model.generate(
            input_ids=padded["input_ids"],
            attention_mask=padded["attention_mask"],
            max_new_tokens=MAX_NEW_TOKENS,
            do_sample=False,
        )
        for i, sentences in zip(chosen, output[:, padded["input_ids"].shape[1] :], strict=True):
            result[i] = loaded.tokenizer.decode_completion(sentences.tolist(), prompts[i])
    return result


def _means(answers: Sequence[str], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    pairs = list(zip(answers, (row["answers"] for row in rows), strict=True))
    count = max(len(pairs), 1)
    return {
        "n": len(pairs),
        "f1": sum(answer_f1(a, r) for a, r in pairs) / count,
        "rouge_l": sum(rouge_l(a, r) for a, r in pairs) / count,
        "refused": sum(refuses(a) for a, _ in pairs) / count,
        "looping": sum(loops(a) for a, _ in pairs) / count,
    }


def evaluate(
    loaded: Loaded,
    questions: Sequence[dict[str, Any]],
    sections: Sequence[dict[str, Any]],
    seed: int = 0,
    report: Callable[[str, dict[str, Any]], None] = lambda name, figures: None,
) -> dict[str, dict[str, Any]]:
    """All figures, each group passed to ``report`` once known.

    Those that need other sections come only where ``sections`` are given.
    """
    rng = random.Random(seed)
    began = time.perf_counter()
    sentences = complete(loaded, [fitted(loaded, [q["context"]], q["question"]) for q in questions])
    seconds = time.perf_counter() - began
    explicit = [i for i, q in enumerate(questions) if q.get("explicit", True)]
    figures: dict[str, dict[str, Any]] = {}

    def add(name: str, values: dict[str, Any]) -> None:
        figures[name] = values
        report(name, values)

    add("answer", _means(sentences, questions) | {"seconds": seconds})
    add("explicit", _means([sentences[i] for i in explicit], [questions[i] for i in explicit]))
    if sections:
        add("unanswerable", _refusals(loaded, questions, sections, rng))
        add("question", _written(loaded, questions))
        add("three_passages", _among(loaded, questions, sections, rng))
    return figures


def _written(loaded: Loaded, questions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """ROUGE-L of questions written from evidence and first answer, against the human's."""
    room = int(0.72 * loaded.model.config.max_position_embeddings)
    prompts = [
        f"context: {' '.join(q['context'].split()[:room])} answer: {q['answers'][0]} question:"
        for q in questions
    ]
    limit = loaded.model.config.max_position_embeddings - MAX_NEW_TOKENS
    for i, (prompt, q) in enumerate(zip(prompts, questions, strict=True)):
        kept = room
        while len(loaded.tokenizer(prompt)["input_ids"]) > limit:
            kept = int(kept * 0.95)
            context = " ".join(q["context"].split()[:kept])
            prompt = f"context: {context} answer: {q['answers'][0]} question:"
        prompts[i] = prompt
    sentences = complete(loaded, prompts)
    scores = [rouge_l(s, [q["question"]]) for s, q in zip(sentences, questions, strict=True)]
    return {
        "n": len(scores),
        "rouge_l": sum(scores) / max(len(scores), 1),
        "looping": sum(map(loops, sentences)) / max(len(sentences), 1),
    }


def _refusals(
    loaded: Loaded,
    questions: Sequence[dict[str, Any]],
    sections: Sequence[dict[str, Any]],
    rng: random.Random,
) -> dict[str, Any]:
    """Share of refusals given one other section of the same tale, or one of another."""
    prompts: dict[str, list[str]] = {"same_tale": [], "unrelated": []}
    for q in questions:
        near = [s for s in sections if s["title"] == q["title"] and s["text"] not in q["context"]]
        far = [s for s in sections if s["title"] != q["title"]]
        if near:
            prompts["same_tale"].append(fitted(loaded, [rng.choice(near)["text"]], q["question"]))
        prompts["unrelated"].append(fitted(loaded, [rng.choice(far)["text"]], q["question"]))
    figures: dict[str, Any] = {}
    for name, asked in prompts.items():
        sentences = complete(loaded, asked)
        figures[name] = sum(map(refuses, sentences)) / max(len(sentences), 1)
    return figures


def _among(
    loaded: Loaded,
    questions: Sequence[dict[str, Any]],
    sections: Sequence[dict[str, Any]],
    rng: random.Random,
) -> dict[str, Any]:
    """F1 with the evidence passage alone, and among two more of about 120 tokens each."""
    alone, among = [], []
    for q in questions:
        parts = passages.sentences(q["context"])
        anchor = passages.evidence_sentence(parts, q["question"], q["answers"][0])
        chosen = [passages.cut(parts, anchor, PASSAGE_WORDS, rng)]
        alone.append(fitted(loaded, chosen, q["question"]))
        near = [s for s in sections if s["title"] == q["title"] and s["text"] not in q["context"]]
        far = [s for s in sections if s["title"] != q["title"]]
        for other in rng.sample(near if len(near) > 1 else [*near, *far], 2):
            pieces = passages.sentences(other["text"])
            chosen.append(passages.cut(pieces, rng.randrange(len(pieces)), PASSAGE_WORDS, rng))
        rng.shuffle(chosen)
        among.append(fitted(loaded, chosen, q["question"]))
    single, three = (_means(complete(loaded, prompts), questions) for prompts in (alone, among))
    return {"f1": three["f1"], "single_f1": single["f1"], "refused": three["refused"]}
