"""Generated hostile inputs: files, experiments, question files, imported answers, prompts."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from benchmarks.soak.cases import Outcome, finished, workbench
from tests.support.small_run import write_experiment

#: What has harmed programs like this one: markup, templates, formulas, escapes, paths, numbers.
WORDS = (
    "[/b]", "{{ cycler.__init__.__globals__.os.popen('touch PWNED') }}", "=HYPERLINK(1)",
    "\x1b[2J", "../../PWNED", "/etc/passwd", "\x00", "\ud800", "<script>alert(1)</script>",
    "$(touch PWNED)", "`touch PWNED`", "'; DROP TABLE scores; --", "NaN", "1e999", "-1", "null",
    "", " ", "\u202e", "🧂" * 40, "x" * 20_000, "%s%n", "{0.__class__}",
    "!!python/object:os.system",
    "&a [*a]", "字" * 3000, "\r\n\r\n", "---\n---", "\ufeff", "[" * 2000,
)  # fmt: skip


def corpus_file(rng: random.Random, folder: Path) -> tuple[str, ...]:
    """A file of some type that holds anything but what its name says."""
    kind = rng.choice(("txt", "md", "html", "epub", "pdf", "docx", "json", "weird"))
    path = folder / f"{rng.choice(('text', 'a b', '[red]', '-rf', 'ü'))}.{kind}"
    text = "".join(
        rng.choice(
            (*WORDS, "The ferryman kept nine lamps. ", "<div>", "<td>", "\n| a | b |\n", "# ")
        )
        for _ in range(rng.randint(0, 300))
    ).encode("utf-8", "surrogatepass")
    way = rng.randrange(4)
    if way == 0:
        content = rng.randbytes(rng.randint(0, 4000))
    elif way == 1:
        content = text
    elif way == 2:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in (
                "word/document.xml",
                "[Content_Types].xml",
                "META-INF/container.xml",
                "../PWNED",
            ):
                archive.writestr(name, text)
        content = packed.getvalue()
    else:
        content = rng.choice((b"%PDF-1.4\n", b"PK\x03\x04", b"\xff\xfe", b"{\\rtf")) + text
    path.write_bytes(content)
    return ("corpus", "inspect", f"./{path.name}")


def experiment_file(rng: random.Random, folder: Path) -> tuple[str, ...]:
    """A real experiment with some values replaced."""
    path = write_experiment(folder)
    record = yaml.safe_load(path.read_text("utf-8"))
    for _ in range(rng.randint(1, 3)):
        _spoil(rng, record)
    try:
        path.write_text(yaml.safe_dump(record, allow_unicode=True), "utf-8")
    except (UnicodeEncodeError, yaml.YAMLError):
        path.write_bytes(json.dumps(record).encode())
    if rng.random() < 0.2:
        path.write_bytes(_torn(rng, path.read_bytes()))
    return ("estimate", "small.yaml")


def question_file(rng: random.Random, folder: Path) -> tuple[str, ...]:
    """A question file of any format with some values replaced, or torn."""
    kind = rng.choice(("jsonl", "csv", "tsv", "json", "parquet"))
    path = folder / f"mine.{kind}"
    records: list[dict[str, Any]] = [
        {"question": "Who kept the lamps?", "answer": rng.choice(WORDS), "evidence": []}
        for _ in range(rng.randint(0, 6))
    ]
    for record in records:
        if rng.random() < 0.6:
            _spoil(rng, record)
    text = "\n".join(json.dumps(record) for record in records)
    if kind == "json":
        text = json.dumps(records)
    elif kind in ("csv", "tsv"):
        mark = "," if kind == "csv" else "\t"
        rows = [mark.join(map(str, record.values())) for record in records]
        text = "\n".join((mark.join(("question", "answer", "evidence")), *rows))
    path.write_bytes(_torn(rng, text.encode("utf-8", "surrogatepass")))
    return ("questions", "import", path.name, "--into", "out.jsonl")


def imported_answers(rng: random.Random, folder: Path) -> tuple[str, ...]:
    """Answers of two other systems, with some values replaced, or torn."""
    records: list[dict[str, Any]] = [
        {
            "question": f"Which lamp hung on hook {number}?",
            "system": system,
            "reference": "the green lamp",
            "answer": rng.choice((*WORDS, "the green lamp", "a lamp")),
        }
        for number in range(20)
        for system in ("one", "two")
    ]
    for record in rng.sample(records, rng.randint(0, 12)):
        _spoil(rng, record)
    text = "\n".join(json.dumps(record) for record in records)
    (folder / "answers.jsonl").write_bytes(_torn(rng, text.encode("utf-8", "surrogatepass")))
    return ("import-answers", "answers.jsonl", "--out", "theirs")


def prompt_file(rng: random.Random, folder: Path) -> tuple[str, ...]:
    """A prompt file that is a template of anything."""
    path = write_experiment(folder)
    record = yaml.safe_load(path.read_text("utf-8"))
    prompts = folder / "prompts" / "reader"
    prompts.mkdir(parents=True)
    (prompts / "answer.jinja").write_bytes(
        "".join(rng.choice((*WORDS, "{{ question }}", "{% for x in y %}", "{{", "}}"))
                for _ in range(rng.randint(0, 30))).encode("utf-8", "surrogatepass")
    )  # fmt: skip
    record["prompts"] = {"folder": rng.choice(("prompts", "prompts/reader"))}
    path.write_text(yaml.safe_dump(record), "utf-8")
    return ("estimate", "small.yaml")


KINDS: tuple[Callable[[random.Random, Path], tuple[str, ...]], ...] = (
    corpus_file, experiment_file, question_file, imported_answers, prompt_file,
)  # fmt: skip


def hostile(seed: int, folder: Path) -> Outcome:
    """No traceback, nothing outside the folder, nothing executed."""
    rng = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    finished(folder.parent)
    outside = set(folder.parent.iterdir())
    arguments = kind(rng, folder)
    ended = workbench(folder, *arguments)
    planted = [p for place in (folder, folder.parent) for p in place.glob("**/PWNED*")]
    # Cases of other campaigns may run beside this one.
    strayed = {
        path
        for path in set(folder.parent.iterdir()) - outside
        if re.fullmatch(r"[a-z-]+-\d+|results\.jsonl", path.name) is None
    }
    escapes = "\x1b" in ended.text
    note = (
        "a traceback" if ended.fell else "PWNED" if planted else "a file outside" if strayed
        else "an escape reaches the terminal" if escapes else ""
    )  # fmt: skip
    told = " ".join(ended.text.split())[-100:]
    return Outcome(not note, f"{kind.__name__}: {ended.code} {note or told}")


def _spoil(rng: random.Random, record: dict[str, Any]) -> None:
    """Replace a value at a random place, or add a key that nobody knows."""
    places = list(record)
    key = rng.choice([*places, rng.choice(WORDS)]) if places else rng.choice(WORDS)
    inner = record.get(key)
    if isinstance(inner, dict) and inner and rng.random() < 0.7:
        _spoil(rng, inner)
        return
    record[key] = rng.choice(
        (
            *WORDS,
            0,
            -1,
            10**30,
            float("nan"),
            True,
            None,
            [],
            {},
            [[]],
            {"a": {"b": []}},
            ["x"] * 50,
        )
    )


def _torn(rng: random.Random, content: bytes) -> bytes:
    if not content or rng.random() < 0.5:
        return content
    place = rng.randrange(len(content))
    return content[:place] + (rng.randbytes(rng.randint(0, 40)) if rng.random() < 0.5 else b"")
