"""The novella searched in many ways that sit one exam: larger passages to read, other words to
search with, a graph of who does what, and retrievers that learned from the training questions."""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "salt_ledger"


def searching(name: str, label: str, **own: object) -> dict[str, object]:
    """A variant that searches in its own way."""
    return {"name": name, "label": label, "context": "retrieval", **own}


experiment = Experiment(
    purpose="Answer readers' questions about the novella The Salt Ledger, briefly and correctly.",
    name="salt_ledger_retrieval",
    corpus=HERE / "the_salt_ledger.txt",
    questions={"gold": str(HERE / "gold.jsonl"), "train_facts": 85, "test": 120, "dev": 30},
    variants=[
        "prompt_only",
        "rag",
        searching("words", "BM25 alone", retrieval={"mode": "bm25"}),
        searching("meaning", "Dense alone", retrieval={"mode": "dense"}),
        searching(
            "read_more",
            "Read with neighbours",
            passages={"chunk_size": 60, "read": {"sentences": 2}},
        ),
        searching(
            "structure", "Cut by structure", passages={"split": "structure", "headings": True}
        ),
        searching("several", "Several queries", retrieval={"query": "several"}),
        searching("diverse", "MMR", retrieval={"mmr": 0.7}),
        searching("graph", "With a graph", retrieval={"graph_weight": 0.3}),
        searching("tuned_map", "Query map tuned", retrieval={"tuned": "query_map"}),
        searching("tuned_embedding", "Embedding tuned", retrieval={"tuned": "embedding"}),
    ],
)

if __name__ == "__main__":
    run(experiment)
