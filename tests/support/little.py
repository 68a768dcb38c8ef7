"""Texts that give too little for an exam, and questions written by hand on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.tale import section_text
from workbench.questions.dataset.plan import MIN_SECTIONS

#: Prose that no way of writing finds a fact in.
VAGUE = "It rained. It was grey. It stayed so for a while. Nobody minded. " * 12


def few_sections(folder: Path) -> Path:
    """Facts enough, but in so few sections that none can be kept out of training."""
    parts = [f"# Part {n + 1}\n\n{section_text(n)}\n\n{VAGUE}" for n in range(MIN_SECTIONS - 1)]
    return _written(folder / "tale.md", parts)


def vague_sections(folder: Path, sections: int = 6) -> Path:
    """One section of facts among sections that tell nothing."""
    parts = [f"# Part 1\n\n{section_text(0)}"]
    parts += [f"# Part {n + 2}\n\n{VAGUE}" for n in range(sections - 1)]
    return _written(folder / "tale.md", parts)


def _written(path: Path, parts: list[str]) -> Path:
    path.write_text("\n\n".join(parts) + "\n", "utf-8")
    return path


def gold_records(sections: int, count: int = 5) -> list[dict[str, Any]]:
    """Questions on the tale's sections as a person would write them: question, answer, quote."""
    result = []
    for number in range(sections):
        sentences = section_text(number).split(". ")
        words = sentences[0].split()
        buyer, thing = f"{words[5]} {words[6]}", " ".join(words[9 : words.index("from")])
        seller = " ".join(words[words.index("from") + 1 : words.index("for")])
        ship, port = sentences[2].split(" sailed from ")
        far = sentences[5].split(" a map of ")[1].split(",")[0]
        asked = [
            (f"Who bought the {thing}?", buyer, sentences[0]),
            (f"Who sold the {thing}?", seller, sentences[0]),
            (f"From where did {ship} sail in part {number + 1}?", port.split(" on ")[0],
             sentences[2]),
            (f"What is the map that {buyer} was given a map of?", far, sentences[5]),
            (f"How high had the river risen when {buyer} locked the door?", f"{number + 3} feet",
             sentences[3]),
        ]  # fmt: skip
        result += [
            {"question": text, "answer": answer, "evidence": quote}
            for text, answer, quote in asked[:count]
        ]
    return result


def write_gold(folder: Path, records: list[dict[str, Any]]) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def write_little(folder: Path, corpus: Path, gold: Path | None = None, **changes: Any) -> Path:
    """A YAML experiment on such a text; ``changes`` replace top-level keys."""
    import yaml

    questions = {"train_facts": 12, "test": 18, "dev": 6, **changes.pop("questions", {})}
    if gold is not None:
        questions["gold"] = gold.name
    specification = {
        "purpose": "Answer questions about the tale, briefly.",
        "name": "little",
        "corpus": corpus.name,
        "questions": questions,
        "tuning": {"epochs": 1, "lora": {"r": 4, "alpha": 8}},
        "latency": {"sample": 2, "warmup": 1},
        "decoding": {"max_new_tokens": 12},
        **changes,
    }
    path = folder / "little.yaml"
    path.write_text(yaml.safe_dump(specification, sort_keys=False), "utf-8")
    return path
