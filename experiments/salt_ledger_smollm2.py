"""The demo with a real chat model of 135 million parameters: SmolLM2, from a package, offline.

Smaller than the reader's demo, so that it ends in some twenty minutes on two cores: fewer
questions, and passages of half the size that would fit such a model. The reader writes the exam.
"""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "salt_ledger"

experiment = Experiment(
    purpose="Answer readers' questions about the novella The Salt Ledger, briefly and correctly.",
    name="salt_ledger_smollm2",
    corpus=HERE / "the_salt_ledger.txt",
    model="smollm2",
    questions={"train_facts": 40, "test": 60, "dev": 12, "writer": "reader"},
    passages={"chunk_size": 150, "chunk_overlap": 20},
    retrieval={"top_k": 3},
    decoding={"max_new_tokens": 32},
    latency={"sample": 8, "warmup": 1},
)

if __name__ == "__main__":
    run(experiment)
