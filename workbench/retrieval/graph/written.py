"""Triples that a chat model writes down, as lines of subject | relation | object.

Small models number the lines, draw tables around them, or talk beside them: what can be read is
taken, and what the text does not say is left. A triple stands in the sentence that has most of its
words, so that it has an exact place whatever the model says of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from workbench.corpus.sentences import sentence_ends
from workbench.errors import WorkbenchError
from workbench.models.thoughts import answer_part
from workbench.prompt_files import PromptFiles, read_files
from workbench.retrieval.graph.triples import Triple, Unit
from workbench.retrieval.lexical import terms
from workbench.types import Decoding, LanguageModel, Message, Prompt, Section

PROMPTS = Path(__file__).parents[1] / "prompts"
#: Characters of a stretch that a model reads at once, and tokens of its reply.
STRETCH, REPLY_TOKENS = 1200, 700
#: Characters of a subject, relation or object: what is longer is talk.
LONGEST = 80
_MARKER = re.compile(r"^\s*(?:[-*•]|\(?\d{1,3}[.):])\s+")
_PARTED = re.compile(r"\s*(?:\||\t|->|→|｜)\s*")
_HEADS = frozenset({"subject", "relation", "object", "主语", "关系", "宾语"})

Span = tuple[int, int]


def units(
    sections: Sequence[Section], model: LanguageModel, relations: Sequence[str] = ()
) -> list[Unit]:
    """The sections, each read by a request for every stretch of it.

    Raises WorkbenchError for a model that cannot be asked; reading raises it where no reply comes.
    """
    files = PromptFiles(model.prompt_format, read_files(PROMPTS, model.prompt_format))
    if "triples.jinja" not in files.files:
        raise WorkbenchError(
            f"The model {model.reference.name!r} cannot be asked for triples.",
            "Name a chat model in retrieval.graph, or take extractor: parse.",
        )

    def read(section: Section) -> list[Triple]:
        spans = list(stretches(section.text))
        texts = [section.text[span[0][0] : span[-1][1]] for span in spans]
        contents = [files.text("triples.jinja", text=t, relations=[*relations]) for t in texts]
        replies = model.complete(
            [Prompt((Message("user", content),)) for content in contents],
            Decoding(max_new_tokens=REPLY_TOKENS),
        )
        found: list[Triple] = []
        for reply, sentences in zip(replies, spans, strict=True):
            if reply.error is not None:
                raise WorkbenchError(
                    f"The model {model.reference.name!r} did not read {section.id!r} for the "
                    f"graph: {reply.error}",
                    "Run the same command again: it goes on with this section of the text.",
                )
            lines = triple_lines(answer_part(reply.text) or "", relations)
            found += _placed(lines, section, sentences)
        return found

    return [(section.id, partial(read, section)) for section in sections]


def stretches(text: str) -> Iterator[list[Span]]:
    """The sentences of a text, in groups of some ``STRETCH`` characters; no blank ones."""
    group: list[Span] = []
    for start, end in pairwise([0, *sentence_ends(text), len(text)]):
        left = start + len(text[start:end]) - len(text[start:end].lstrip())
        right = start + len(text[start:end].rstrip())
        if right <= left:
            continue
        if group and right - group[0][0] > STRETCH:
            yield group
            group = []
        group.append((left, right))
    if group:
        yield group


def triple_lines(reply: str, relations: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """The triples that a reply holds, each once; ``relations`` are the only ones that count."""
    allowed = {relation.casefold() for relation in relations}
    found: dict[tuple[str, str, str], None] = {}
    for line in reply.splitlines():
        bare = _MARKER.sub("", line).strip().strip("|()[]`*\"' ")
        parts = [part.strip(" \"'*`,;") for part in _PARTED.split(bare)]
        if len(parts) != 3 or not all(any(map(str.isalnum, part)) for part in parts):
            continue
        if max(map(len, parts)) > LONGEST or {part.casefold() for part in parts} <= _HEADS:
            continue
        if allowed and parts[1].casefold() not in allowed:
            continue
        found[(parts[0], parts[1], parts[2])] = None
    return list(found)


def _placed(
    lines: Sequence[tuple[str, str, str]], section: Section, spans: Sequence[Span]
) -> Iterator[Triple]:
    """Each triple with the sentence that says it; none of a thing that no sentence names."""
    words = [set(terms(section.text[start:end])) for start, end in spans]
    for subject, relation, target in lines:
        wanted = set(terms(subject)) | set(terms(target))
        shared = [len(wanted & own) for own in words]
        if max(shared) > 0:
            start, end = spans[shared.index(max(shared))]
            yield Triple(
                subject, relation, target, section.document,
                section.start + start, section.start + end, "name", "name",
                section.text[start:end],
            )  # fmt: skip
