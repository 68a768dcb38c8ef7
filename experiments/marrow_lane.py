"""400 messages to a company that delivers vegetable boxes: which of six labels fits each?"""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "marrow_lane"

experiment = Experiment(
    purpose="Sort the messages to Marrow & Lane, a company that delivers boxes of vegetables.",
    name="marrow_lane",
    questions={
        "labels": {"file": str(HERE / "messages.jsonl"), "group": "sender"},
        "train_facts": 210,
        "dev": 40,
        "test": 150,
    },
    variants=[
        "prompt_only",
        "few_shot",
        "few_shot_nearest",
        "fine_tuned",
        "encoder",
        {
            "name": "encoder_lora",
            "label": "Encoder, LoRA",
            "context": "none",
            "model": {"name": "all-MiniLM-L6-v2", "task": "classify"},
            "tuning": {"method": "lora"},
        },
    ],
    workload={"queries_per_month": 6_000},
)

if __name__ == "__main__":
    run(experiment)
