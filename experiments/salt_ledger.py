"""The demo: four ways to build an assistant for readers of a novella that no model has seen."""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "salt_ledger"

experiment = Experiment(
    purpose="Answer readers' questions about the novella The Salt Ledger, briefly and correctly.",
    name="salt_ledger",
    corpus=HERE / "the_salt_ledger.txt",
    questions={"gold": str(HERE / "gold.jsonl"), "train_facts": 85, "test": 120, "dev": 30},
)

if __name__ == "__main__":
    run(experiment)
