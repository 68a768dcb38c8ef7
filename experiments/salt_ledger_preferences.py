"""The demo's chat model tuned by preferences and rewards, small enough for two cores.

SmolLM2 (135 million parameters) is first tuned on questions, as everywhere; then its adapter
learns by DPO and KTO from pairs of its own answers, and by GRPO from the exam's metric and from a
reward model, each on training questions alone. All of them sit one exam.
"""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "salt_ledger"
LORA = {"method": "lora", "epochs": 4, "learning_rate": 5e-4, "lora": {"r": 16, "alpha": 32}}
FEW = {"questions": 12, "samples": 3, "epochs": 1}


def preferring(name, **preferences):
    """A variant that asks as fine_tuned does, its adapter tuned further."""
    own = {**FEW, **preferences}
    return {"name": name, "context": "none", "tuning": {**LORA, "preferences": own}}


experiment = Experiment(
    purpose="Answer readers' questions about the novella The Salt Ledger, briefly and correctly.",
    name="salt_ledger_preferences",
    corpus=HERE / "the_salt_ledger.txt",
    model="smollm2",
    questions={"train_facts": 16, "wordings": 2, "test": 24, "dev": 10, "writer": "reader"},
    passages={"chunk_size": 150, "chunk_overlap": 20},
    retrieval={"top_k": 3},
    tuning=LORA,
    variants=[
        "prompt_only",
        "fine_tuned",
        # In a handful of steps the usual rates hardly move an adapter: this one shows what can.
        preferring("dpo", method="dpo", learning_rate=1e-3),
        preferring("kto", method="kto"),
        preferring("grpo", method="grpo", batch=6),
        preferring("grpo_reward_model", method="grpo", batch=6, reward="reward_model"),
    ],
    decoding={"max_new_tokens": 24},
    latency={"sample": 2, "warmup": 1},
    refusal_probes=6,
)

if __name__ == "__main__":
    run(experiment)
