"""How often is drift called where there is none, and found where there is?

    python benchmarks/drift.py [--logs 200]

The hand-written questions on the handbook are embedded; an exam and a log are drawn from them at
random, so that both are of one distribution, and `workbench drift`'s own function is asked. Then
questions on the novella take the place of some of the log. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from workbench.asked.drift import Side, drift
from workbench.asked.traits import traits
from workbench.io import jsonl
from workbench.retrieval.embeddings import encode_queries

ROOT = Path(__file__).resolve().parent.parent
EXAM, LOG = 60, 100
#: Shares of the log that are about another text.
SHARES = (0.0, 0.1, 0.2, 0.4)


def questions(*corpora: str) -> Side:
    """The hand-written questions of these corpora."""
    paths = [
        path for name in corpora for path in sorted((ROOT / "corpora" / name).rglob("*.jsonl"))
    ]
    texts = list(dict.fromkeys(
        record["text"] for path in paths for record in jsonl.stream(path) if "text" in record
    ))  # fmt: skip
    told = [traits(text) for text in texts]
    return Side(
        encode_queries(texts, "all-MiniLM-L6-v2"), [one.form for one in told],
        [one.words for one in told], [one.names for one in told], [one.numbers for one in told],
        facts=texts,
    )  # fmt: skip


def main() -> None:
    """Draw, ask, count."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--logs", type=int, default=200)
    logs = parser.parse_args().logs
    own, other = questions("handbook"), questions("salt_ledger")
    print(f"{len(own)} questions on the handbook, {len(other)} on the novella")
    rng, rows = np.random.default_rng(0), []
    for share in SHARES:
        began, moved, meaning, unlike = time.perf_counter(), 0, 0, 0.0
        for seed in range(logs):
            places = rng.integers(0, len(own), EXAM + LOG)
            strange = int(share * LOG)
            # Drawn with replacement, so that both sides are of one distribution.
            exam = own.at(places[:EXAM].tolist())
            exam = Side(exam.vectors, exam.forms, exam.words, exam.names, exam.numbers,
                        facts=[str(place) for place in range(EXAM)])  # fmt: skip
            log = _joined(own.at(places[EXAM : EXAM + LOG - strange].tolist()),
                          other.at(rng.integers(0, len(other), strange).tolist()))  # fmt: skip
            found = drift(exam, log, seed=seed)
            moved += found.state == "moved"
            meaning += next(item.moved for item in found.looked if item.what == "meaning")
            unlike += float(found.unlike or 0)
        row = {"strange": share, "moved": moved / logs, "meaning": meaning / logs,
               "unlike": unlike / logs}  # fmt: skip
        rows.append(row)
        spent = (time.perf_counter() - began) / logs
        print(f"{share:.0%} strange: moved in {row['moved']:.1%} of logs (meaning "
              f"{row['meaning']:.1%}), {row['unlike']:.1%} unlike; {spent:.2f} s each")  # fmt: skip
    print(json.dumps({"exam": EXAM, "log": LOG, "logs": logs, "rows": rows}))


def _joined(first: Side, second: Side) -> Side:
    return Side(
        np.concatenate([first.vectors, second.vectors]), [*first.forms, *second.forms],
        [*first.words, *second.words], [*first.names, *second.names],
        [*first.numbers, *second.numbers],
    )  # fmt: skip


if __name__ == "__main__":
    main()
