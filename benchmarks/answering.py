"""Answering in batches against the straightforward way: one query-engine call per question.

    python benchmarks/answering.py [QUESTIONS SECTIONS] [--limit N] [--model NAME] [--top-k K …]

QUESTIONS and SECTIONS are JSON lines: {"title", "sections": [ids], "question"} and {"title",
"section", "text"}. All sections, cut into passages, are one corpus and one index. The
straightforward side is a llama-index query engine (compact mode) over that index with
HuggingFaceLLM; ours is what a run does: retrieve for all, then answer in batches of like length.
Same model object, same passages and prompts, float32, same threads and token limit, both warm and
both with the key-value cache; in float32 every answer must be equal. Beside them stands what the
bare forward passes of our batches take, each batch whole, without retrieval, prompts, picking of
tokens or text. The workbench may be faster than that: it reads long prompts in smaller pieces. The
last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.experiment.passages import PassageSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.models import load
from workbench.retrieval import build_index, open_index
from workbench.types import Decoding, Message, ModelReference, Passage, Prompt

FORMS = {
    "reader": ("context: {context_str} question: {query_str} answer:", " passage: "),
    "chat": ("{context_str}\n\nQuestion: {query_str}\nAnswer in a few words.", "\n\n"),
}


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON-lines file."""
    with path.open(encoding="utf-8") as source:
        return [json.loads(line) for line in source if line.strip()]


def as_passages(sections: list[dict[str, Any]], tokens: int, model: Any) -> list[Passage]:
    """The sections cut at sentence ends into passages of at most ``tokens`` tokens."""
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(chunk_size=tokens, chunk_overlap=0, tokenizer=model.tokenize)
    result = []
    for section in sections:
        for number, text in enumerate(splitter.split_text(section["text"])):
            name = f"{section['title']}#{section['section']}"
            result.append(Passage(f"{name}.{number}", 0, len(text), text, name))
    return result


def straightforward(
    model: Any, retriever: Any, form: tuple[str, str], k: int, limit: int
) -> Callable[[str], str]:
    """A llama-index query engine as its documentation builds it, on the same prompt text."""
    from llama_index.core import PromptHelper, PromptTemplate, get_response_synthesizer
    from llama_index.core.query_engine import RetrieverQueryEngine
    from llama_index.llms.huggingface import HuggingFaceLLM

    from workbench.retrieval.llama import LlamaRetriever

    template, between = form

    class Marked(LlamaRetriever):
        """Passages after the first carry the reader's marker, since the engine joins by lines."""

        def _retrieve(self, query: Any) -> Any:
            nodes = super()._retrieve(query)
            for number, matches in enumerate(nodes):
                matches.node.metadata = {}  # it would be written into the prompt
                if number:
                    matches.node.set_content(f"{between.strip()} {matches.node.text}".strip())
            return nodes

    llm = HuggingFaceLLM(
        model=model.model,
        tokenizer=model.tokenizer,
        context_window=model.context_window,
        max_new_tokens=limit,
        generate_kwargs={"do_sample": False, "pad_token_id": model.pad_id},
        completion_to_prompt=lambda text: model.encoder.render(Prompt((Message("user", text),))),
    )
    synthesizer = get_response_synthesizer(
        llm=llm,
        response_mode="compact",
        text_qa_template=PromptTemplate(template),
        prompt_helper=PromptHelper(context_window=100_000, num_output=limit),  # never two calls
    )
    engine = RetrieverQueryEngine(retriever=Marked(retriever, k), response_synthesizer=synthesizer)
    return lambda question: str(engine.query(question))


def in_batches(
    model: Any, retriever: Any, form: tuple[str, str], k: int, limit: int
) -> Callable[[Sequence[str]], list[str]]:
    """The workbench's way: retrieval for all questions at once, then sorted batches."""

    def answer(questions: Sequence[str]) -> list[str]:
        asked = prompts(retriever, form, k, questions)
        return [item.text for item in model.complete(asked, Decoding(max_new_tokens=limit))]

    return answer


def prompts(
    retriever: Any, form: tuple[str, str], k: int, questions: Sequence[str]
) -> list[Prompt]:
    """What the model is given for each question."""
    template, between = form
    result = []
    for question, hits in zip(questions, retriever.retrieve(questions, k), strict=True):
        context = between.join(hit.passage.text for hit in hits)
        text = template.format(context_str=context, query_str=question)
        result.append(Prompt((Message("user", text),)))
    return result


def bound(
    model: Any, retriever: Any, form: tuple[str, str], k: int, limit: int, questions: Sequence[str]
) -> Callable[[], None]:
    """The forward passes that answering takes, and nothing else: one per batch for the prompts,
    then one per further token while any answer of the batch goes on."""
    import torch

    from workbench.models.batching import batches_by_length

    asked = prompts(retriever, form, k, questions)
    rows = model.encoder.prompts(asked)
    done = model.complete(asked, Decoding(max_new_tokens=limit))
    lengths = [item.output_tokens for item in done]
    batches = batches_by_length([len(row) + limit for row in rows], model.batch_tokens)
    plans = [([rows[i] for i in batch], [lengths[i] for i in batch]) for batch in batches]

    @torch.inference_mode()
    def run() -> None:
        for listed, steps in plans:
            width = max(map(len, listed))
            ids = torch.tensor([[model.pad_id] * (width - len(r)) + list(r) for r in listed])
            mask = (torch.arange(width) >= torch.tensor([[width - len(r)] for r in listed])).long()
            seen = model.model(
                input_ids=ids, attention_mask=mask, use_cache=True, logits_to_keep=1
            ).past_key_values
            for step in range(1, max(steps)):
                # Rows whose answer has ended leave the batch, as they do in the workbench.
                left = [place for place, count in enumerate(steps) if count > step]
                if len(left) < len(mask):
                    seen.batch_select_indices(torch.tensor(left))
                    mask, steps = mask[left], [steps[place] for place in left]
                mask = torch.nn.functional.pad(mask, (0, 1), value=1)
                seen = model.model(
                    input_ids=ids[: len(mask), :1], attention_mask=mask, past_key_values=seen,
                    use_cache=True,
                ).past_key_values  # fmt: skip

    return run


def plain(text: str) -> str:
    """Letters and digits alone: the workbench restores spelling, the other side does not."""
    return "".join(character for character in text.lower() if character.isalnum())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    shared = Path(os.environ.get("WORKBENCH_DATA", "data")) / "fairytaleqa"
    parser.add_argument("questions", type=Path, nargs="?", default=shared / "validation.jsonl")
    parser.add_argument(
        "sections", type=Path, nargs="?", default=shared / "validation_sections.jsonl"
    )
    parser.add_argument("--limit", type=int, default=128, help="only the first N questions")
    parser.add_argument("--model", default="reader")
    parser.add_argument("--top-k", type=int, nargs="+", default=[1, RetrievalSpec().top_k])
    parser.add_argument("--chunk-size", type=int, default=PassageSpec().chunk_size)
    parser.add_argument("--new-tokens", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="float32")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)

    import torch

    model: Any = load(ModelReference(arguments.model, precision=arguments.precision))
    form = FORMS[model.prompt_format]
    questions = [q["question"] for q in read(arguments.questions)[: arguments.limit]]
    passages = as_passages(read(arguments.sections), arguments.chunk_size, model)
    print(
        f"{len(questions)} questions, {len(passages)} passages, {arguments.model} in "
        f"{arguments.precision}, {torch.get_num_threads()} threads, at most "
        f"{arguments.new_tokens} tokens"
    )
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        spec = RetrievalSpec()
        build_index(passages, spec, Path(folder) / "index", cache=Path(folder) / "cache")
        retriever = open_index(Path(folder) / "index", spec)
        for k in arguments.top_k:
            settings = (model, retriever, form, k, arguments.new_tokens)
            bare = bound(model, retriever, form, k, arguments.new_tokens, questions)
            found = compare(
                questions, straightforward(*settings), in_batches(*settings), arguments.rounds, bare
            )
            results[f"top_k={k}"] = found | {
                "reading_ms": reading(questions, in_batches(*settings[:-1], 1))
            }
            print(f"top_k={k}: " + describe(results[f"top_k={k}"]), flush=True)
    print(json.dumps(results))


def compare(
    questions: Sequence[str],
    ask: Callable[[str], str],
    answer: Callable[[Sequence[str]], list[str]],
    rounds: int,
    bare: Callable[[], None],
) -> dict[str, Any]:
    """Questions per second of all sides (median of the rounds), and how many answers agree.

    The sides take turns, so that a busy machine hits both alike.
    """
    for question in questions[:3]:
        ask(question)
    answer(questions[:16])
    clocks: dict[str, list[float]] = {"straightforward": [], "workbench": [], "bare": []}
    share = -(-len(questions) // rounds)
    one_by_one: list[str] = []
    batched: list[str] = []
    for start in range(0, len(questions), share):
        started = time.perf_counter()
        batched = answer(questions)
        clocks["workbench"].append((time.perf_counter() - started) / len(questions))
        started = time.perf_counter()
        bare()
        clocks["bare"].append((time.perf_counter() - started) / len(questions))
        part = questions[start : start + share]
        started = time.perf_counter()
        one_by_one += [ask(question) for question in part]
        clocks["straightforward"].append((time.perf_counter() - started) / len(part))
    pairs = list(zip(one_by_one, batched, strict=True))
    for a, b in pairs:
        if plain(a) != plain(b):
            print(f"  differs: {a!r} / {b!r}")
    rates = {name: 1 / statistics.median(each) for name, each in clocks.items()}
    return {
        **{name: round(rate, 2) for name, rate in rates.items()},
        "ratio": round(rates["workbench"] / rates["straightforward"], 2),
        "of_the_bound": round(rates["workbench"] / rates["bare"], 2),
        "equal": sum(plain(a) == plain(b) for a, b in pairs),
        "questions": len(questions),
    }


def reading(questions: Sequence[str], answer: Callable[[Sequence[str]], list[str]]) -> float:
    """Milliseconds per question that retrieving and reading take, when one token is written."""
    clocks = []
    for _ in range(3):
        started = time.perf_counter()
        answer(questions)
        clocks.append((time.perf_counter() - started) / len(questions))
    return round(1000 * statistics.median(clocks), 1)


def describe(result: dict[str, Any]) -> str:
    """Both sides in one line."""
    return (
        f"straightforward {result['straightforward']:.1f} questions/s, workbench "
        f"{result['workbench']:.1f}, ratio {result['ratio']:.1f}, "
        f"{result['of_the_bound']:.2f} of what the bare forward passes allow "
        f"({result['bare']:.1f}); "
        f"{result['equal']} of {result['questions']} answers equal; reading alone takes "
        f"{result['reading_ms']:.0f} of {1000 / result['workbench']:.0f} ms"
    )


if __name__ == "__main__":
    main()
