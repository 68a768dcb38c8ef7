"""Personal data that presidio finds in English: names, and what has a form.

It reads by the parser's model that the workbench brings, so that nothing is fetched. What it finds
depends on its version and the model's, which a run therefore names (:func:`version`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

from workbench.errors import WorkbenchError
from workbench.fairness.personal import Found
from workbench.parser import ENGLISH, no_english, pipeline

EXTRA = "pip install 'rag-finetune-workbench[redaction]'"
#: Which kind each of its entities is of. Dates, links and nationalities are what is asked about.
#: E-mail addresses are left to our pattern: presidio's would fetch a list of domains from the web.
ENTITIES = {
    "PERSON": "person", "LOCATION": "location", "PHONE_NUMBER": "phone",
    "IP_ADDRESS": "ip", "CREDIT_CARD": "id", "IBAN_CODE": "id", "US_SSN": "id", "UK_NHS": "id",
    "MEDICAL_LICENSE": "id", "CRYPTO": "id",
}  # fmt: skip
#: From which score on a find counts where one too many does harm. A form that nothing else bears
#: out, such as nine figures in a row, is below it; a telephone number without a word for it is at.
SURE = 0.4
#: Characters that are read at once, cut between paragraphs: a long text whole takes gigabytes.
AT_ONCE = 20_000


def is_installed() -> bool:
    """Whether the extra ``redaction`` is there."""
    return find_spec("presidio_analyzer") is not None


def version() -> str:
    """What finds, with its versions. Raises WorkbenchError where it is not installed."""
    if not is_installed():
        raise WorkbenchError(
            "corpus.personal is presidio, which is not installed.",
            f"{EXTRA}, or leave corpus.personal at patterns.",
        )
    for model in ENGLISH:
        try:
            return f"presidio {version_of('presidio-analyzer')} with {model} {version_of(model)}"
        except PackageNotFoundError:
            continue
    raise no_english()


def finds(text: str, sure: float = SURE) -> list[Found]:
    """What is found, in the order of the text; of two that overlap the longer counts."""
    kept: list[Found] = []
    for offset, part in _parts(text):
        found = _analyzer().analyze(
            part, language="en", entities=list(ENTITIES), score_threshold=sure
        )
        own: list[Any] = []
        for one in sorted(found, key=lambda item: item.start - item.end):
            if all(one.end <= other.start or other.end <= one.start for other in own):
                own.append(one)
        kept += [
            Found(ENTITIES[one.entity_type], offset + one.start, offset + one.end)
            for one in sorted(own, key=lambda item: int(item.start))
        ]
    return kept


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Stretches of whole paragraphs with their places."""
    start = 0
    ends = [*(match.end() for match in re.finditer(r"\n\s*\n", text)), len(text)]
    for end, following in pairwise(ends):
        if following - start > AT_ONCE:
            yield start, text[start:end]
            start = end
    yield start, text[start:]


@cache
def _analyzer() -> Any:
    """Presidio over the English model of spaCy that the workbench brings."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine()
    # Given, not named: presidio would look for it, and then download it, by another package's name.
    engine.nlp = {"en": pipeline("en")}
    return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
