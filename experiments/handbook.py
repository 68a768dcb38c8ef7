"""A company handbook: facts that clerks ask for, and a house style that replies must keep."""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "handbook"

experiment = Experiment(
    purpose="Answer staff and customers from the Pellworth Handbook, in the house style.",
    name="handbook",
    corpus=HERE / "handbook.md",
    questions={"gold": str(HERE / "gold.jsonl"), "train_facts": 80, "test": 100, "dev": 24},
    planted_instructions=24,
    fairness={"groups": ["gender", "section"], "least": 5, "twins": 24},
    harm={"wrong": 1, "invented": 5, "refused": 0.2},
    workload={
        "strata": {"reworded": 0.5, "same_section": 0.25, "unseen": 0.25},
        "queries_per_month": 4_000,
        "updates_per_month": 2,
    },
)

if __name__ == "__main__":
    run(experiment)
