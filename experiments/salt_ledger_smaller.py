"""The novella with smaller models beside the whole ones: fewer bits, fewer blocks, and a variant
that learned what RAG says. Needs torchao: pip install 'rag-finetune-workbench[quantized]'."""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "salt_ledger"

experiment = Experiment(
    purpose="Answer readers' questions about the novella The Salt Ledger, briefly and correctly.",
    name="salt_ledger_smaller",
    corpus=HERE / "the_salt_ledger.txt",
    questions={"train_facts": 30, "test": 30, "dev": 12},
    tuning={"epochs": 4},
    variants=[
        "prompt_only",
        "rag",
        "fine_tuned",
        {"name": "rag_int8", "context": "retrieval", "compress": {"weights": "int8"}},
        {"name": "rag_short", "context": "retrieval", "compress": {"blocks": 0.2}},
        {"name": "tuned_int8", "context": "none", "tuning": {"epochs": 4},
         "compress": {"weights": "int8"}},
        {"name": "tuned_short", "context": "none", "tuning": {"epochs": 4},
         "compress": {"blocks": 0.2}},
        {"name": "taught", "context": "none", "tuning": {"epochs": 4, "teacher": "rag"}},
    ],
)  # fmt: skip

if __name__ == "__main__":
    run(experiment)
