"""Pride and Prejudice, whole: a text that every large model has read, so recall is no surprise.

The text is fetched once and checked; PRIDE_AND_PREJUDICE may name a local copy instead.
"""

import os

from workbench import Experiment, run

LOCAL = os.environ.get("PRIDE_AND_PREJUDICE")
PUBLIC = {
    "url": "https://raw.githubusercontent.com/dbamman/litbank/"
    "31fd441acdc487cc9ad59102f7c76c60b86951e7/original/1342_pride_and_prejudice.txt",
    "sha256": "aeab3887797bed30eecf8abd37bc45072a4289caa43df160cf96de0b037c62ad",
}

experiment = Experiment(
    purpose="Answer readers' questions about Pride and Prejudice, briefly and correctly.",
    name="pride_and_prejudice",
    corpus={"path": LOCAL} if LOCAL else PUBLIC,
    questions={"train_facts": 200, "test": 240, "dev": 40},
)

if __name__ == "__main__":
    run(experiment)
