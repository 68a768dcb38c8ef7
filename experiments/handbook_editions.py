"""The handbook a year on: what a text that changes costs a search, and what it costs an adapter.

Both editions ship. The exam is on the later one: what is as it was, what has another answer, what
is new, and what the text no longer tells. The index is brought up to date; the adapter is left as
it was, trained anew, or trained further on what changed.
"""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "handbook"


def adapter(name: str, label: str, edition: str) -> dict[str, str]:
    """The tuned model without a search, and what became of it with the later edition."""
    return {"name": name, "label": label, "context": "none", "edition": edition}


experiment = Experiment(
    purpose="Answer staff and customers from the Pellworth Handbook, in the house style.",
    name="handbook_editions",
    corpus={"editions": [HERE / "handbook.md", HERE / "second_edition" / "handbook.md"]},
    questions={
        "gold": str(HERE / "second_edition" / "gold.jsonl"),
        "train_facts": 60, "test": 100, "dev": 24,
    },
    variants=[
        "prompt_only",
        "rag",
        adapter("left_stale", "Adapter left stale", "stale"),
        adapter("retrained", "Adapter retrained", "retrained"),
        adapter("tuned_on", "Adapter tuned on", "tuned_on"),
        {"name": "hybrid_stale", "label": "RAG with the stale adapter", "context": "retrieval",
         "edition": "stale"},
    ],
    workload={
        "strata": {"reworded": 0.5, "same_section": 0.25, "unseen": 0.25},
        "queries_per_month": 4_000,
        "updates_per_month": 2,
    },
)  # fmt: skip

if __name__ == "__main__":
    run(experiment)
