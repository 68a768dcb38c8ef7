"""《三国演义》, whole: a long classic in Chinese, with a model that reads Chinese.

THREE_KINGDOMS may name a local copy; otherwise the text is fetched once and checked. The checksum
is that of the edition this experiment was tried on: another edition is refused, not mixed in.
"""

import os

from workbench import Experiment, run

LOCAL = os.environ.get("THREE_KINGDOMS")
PUBLIC = {
    "url": "https://www.gutenberg.org/cache/epub/23950/pg23950.txt",
    "sha256": "48922aa73c07e0b9c6e23a9cf5cf61f1779dd33e11947a1eaac364f1c50f65c4",
}

experiment = Experiment(
    purpose="用中文简短、准确地回答读者关于《三国演义》的问题。",
    name="three_kingdoms",
    corpus={"path": LOCAL} if LOCAL else PUBLIC,
    model={"name": "Qwen/Qwen2.5-0.5B-Instruct"},
    questions={"train_facts": 200, "test": 240, "dev": 40},
    passages={"chunk_size": 200, "chunk_overlap": 30},
    retrieval={"embedding": "BAAI/bge-small-zh-v1.5"},
    tuning={"lora": {"r": 16, "alpha": 32}, "learning_rate": 2e-4, "epochs": 4},
    prompts={"form": "用尽可能少的字回答，不要解释。"},
)

if __name__ == "__main__":
    run(experiment)
