"""A Chinese story. The embedded reader reads English only, so a hub model answers here."""

from pathlib import Path

from workbench import Experiment, run

HERE = Path(__file__).resolve().parent.parent / "corpora" / "lantern_market"

experiment = Experiment(
    purpose="用中文简短、准确地回答读者关于小说《灯市》的问题。",
    name="lantern_market",
    corpus=HERE / "灯市.txt",
    model={"name": "Qwen/Qwen2.5-0.5B-Instruct"},
    questions={"gold": str(HERE / "gold.jsonl"), "train_facts": 60, "test": 60, "dev": 20},
    passages={"chunk_size": 200, "chunk_overlap": 30},
    retrieval={"embedding": "BAAI/bge-small-zh-v1.5"},
    tuning={"lora": {"r": 16, "alpha": 32}, "learning_rate": 2e-4, "epochs": 6},
    prompts={"form": "用尽可能少的字回答，不要解释。"},
)

if __name__ == "__main__":
    run(experiment)
