"""What the layout of a page tells: lists under their lead, steps, table rows, labelled items."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from workbench.questions.parsing.blocks import Block
from workbench.questions.parsing.statements import Reading
from workbench.questions.writers.numbers import date_key, number_value
from workbench.questions.writers.proposals import Proposal, polish, polished
from workbench.questions.writers.rules.asker import Asker
from workbench.questions.writers.rules.phrases import lower
from workbench.types import Section

Found = tuple[Proposal, tuple[int, int], tuple[str, ...], str]
#: Items of a list that is asked for as a whole, and words of all of them.
FEWEST, MOST, LONGEST = 2, 6, 40
_ASKED = re.compile(
    r"^(?:how|what|when|where|why|who|which|can|do|does|is|are|should|may)\b.*\?$", re.I
)


def of_layout(reading: Reading, section: Section) -> Iterator[Found]:
    """(proposal, place of its evidence, headings above, text around) for lists, rows, answers."""
    blocks = reading.blocks(section)
    yield from _answers(blocks)
    lists: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.kind == "item":
            lists[block.list_id].append(block)
        elif block.kind == "row":
            yield from _row(block)
    for items in lists.values():
        yield from _steps(items)


def _answers(blocks: Sequence[Block]) -> Iterator[Found]:
    """A heading that asks, answered by the first sentence below it."""
    for heading, after in itertools.pairwise(blocks):
        if heading.kind != "heading" or after.kind != "paragraph":
            continue
        question = heading.text.strip()
        if not _ASKED.match(question) or len(question.split()) < 4:
            continue
        end = re.search(r"[.!](?=\s|$)", after.text)
        answer = after.text[: end.start()] if end else after.text
        if 3 <= len(answer.split()) <= 26 and not answer.endswith(":"):
            span = after.span(0, len(answer))
            bare = re.sub(r"^(?:yes|no)[,.;]\s*", "", answer, flags=re.I)
            answers = tuple(dict.fromkeys((answer, bare)))
            yield Proposal(answers, (polish(question),), "deed"), span, heading.path, after.text


#: Cells that say that there is nothing.
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "none", "tbd", "x", "✓"})


def _counts(cell: str) -> bool:
    """Whether a cell is a date or a number, with its unit at most."""
    counted = date_key(cell) is not None or number_value(cell) is not None
    return counted and len(re.findall(r"[A-Za-z]{2,}", cell)) <= 1


def _is_noun(word: str) -> bool:
    """Whether a word can be what is asked for: "deposit", not "unsigned"."""
    from lemminflect import getAllLemmas

    readings = getAllLemmas(word.lower().strip("?:.()"))
    return not readings or "NOUN" in readings or "PROPN" in readings


def _singular(name: str) -> str:
    """A column's name for one of its rows: "number literals" -> "number literal"."""
    from lemminflect import getLemma

    *before, last = name.split()
    lemmas = getLemma(last, "NOUN", lemmatize_oov=False)
    return " ".join([*before, lemmas[0] if lemmas else last])


def _row(block: Block) -> Iterator[Found]:
    """ "Grade 3 | 40 crowns": what is the deposit of Grade 3?"""
    if len(block.cells) < 2:
        return
    cells = [(h, c) for h, c in block.cells if c.strip().lower() not in _NOTHING]
    if len(cells) == 2 and _counts(cells[0][1]) and not _counts(cells[1][1]):
        # A row told by its date or number is asked for by what it holds.
        cells.reverse()
    if len(cells) < 2 or not cells[0][1] or len(cells[0][1].split()) > 8 or _counts(cells[0][1]):
        return
    (name_header, name), *rest = cells
    context = "; ".join(f"{header}: {cell}" for header, cell in block.cells)
    for header, cell in rest:
        if not header or len(cell.split()) > 14 or not _is_noun(header.split()[-1]):
            continue
        head = header[:1].lower() + header[1:] if header[1:2].islower() else header
        kind = (
            f" {_singular(name_header.lower())}"
            if name_header and name_header.lower() not in name.lower()
            else ""
        )
        verb = "are" if re.search(r"[^su]s$", head.split()[-1]) else "is"
        the = " the" if kind else ""
        wordings = polished(
            (
                f"What {verb} the {head} of{the}{kind} {name}",
                f"What {verb} the {head} for{kind} {name}",
                f"For{kind} {name}, what {verb} the {head}",
            )
        )
        yield (
            Proposal(
                (cell,),
                wordings,
                "row",
                0.2,
                True,
                told={"row": name, "column": head, "cell": cell},
            ),
            (block.start, block.end),
            block.path,
            context,
        )


def _steps(items: list[Block]) -> Iterator[Found]:
    """Items under their lead sentence, asked for as a whole; the order of steps."""
    first = items[0]
    texts = [i.text.strip().rstrip(".;,") for i in items]
    lead = first.lead.strip()
    short = sum(len(t.split()) for t in texts) <= LONGEST and FEWEST <= len(items) <= MOST
    if lead and short and lead.endswith(":"):
        question = lead_question(lead)
        if question:
            answer = ", ".join(texts)
            span = (first.lead_span[0] if first.lead_span else first.start, items[-1].end)
            context = f"{lead} {'; '.join(texts)}."
            yield (
                Proposal((answer,), polished(question), "list", 0.2, told={"items": texts}),
                span,
                first.path,
                context,
            )
    if first.ordered and len(items) >= 3:
        for before, after in itertools.pairwise(items):
            a, b = before.text.strip().rstrip("."), after.text.strip().rstrip(".")
            if a.endswith(":") or b.endswith(":"):
                continue
            if 2 <= len(a.split()) <= 12 and 2 <= len(b.split()) <= 14:
                low = a[:1].lower() + a[1:] if a[1:2].islower() else a
                wordings = polished(
                    (
                        f"Which step comes right after “{low}”",
                        f"After “{low}”, what is the next step",
                        f"What should be done next after the step “{low}”",
                    )
                )
                span = (before.start, after.end)
                yield Proposal((b,), wordings, "order", 0.3), span, first.path, f"{a}. {b}."


def leads(blocks: Sequence[Block]) -> dict[int, list[Block]]:
    """Lists short enough to be asked for as a whole, by where their lead paragraph starts."""
    lists: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.kind == "item" and block.lead_span is not None and block.depth == 0:
            lists[block.lead_span[0]].append(block)
    return {
        start: items
        for start, items in lists.items()
        if FEWEST <= len(items) <= MOST and sum(len(i.text.split()) for i in items) <= LONGEST
    }


def of_list(w: Asker, items: list[str]) -> Iterator[Proposal]:
    """ "You need to email the following items to HR:": which items do you need to email to HR?"""
    clause = w.clause
    for part in w.parts:
        run = [t.lower_ for t in clause.doc[part.start : part.end]]
        if "following" not in run or part.role not in {"object", "attribute", "prep"}:
            continue
        strand = part.marker.text if part.marker is not None else ""
        noun = part.head.text
        plain = noun.lower() in {"following", "items", "things", "item"}
        wordings = [w.asked("What" if plain else f"Which {noun}", [part], strand)]
        wordings.append(w.asked("What" if not plain else "Which things", [part], strand))
        asked = polished(wordings)
        yield Proposal((", ".join(items),), asked, "list", 0.1, told={"items": items})


_LISTED = r"(?:include|contain|provide|submit|have|bring|complete|meet|show|cover|list|state|use)"
_REST = r"(?: at least| all of| one of| any of)?(?: the)?(?: following| these)?(?: \w+){0,3}:$"
_DUTY = re.compile(
    rf"^(.+?) (must|should|may|can|will|shall|needs? to|has to|have to) ({_LISTED}){_REST}", re.I
)
_HOLDS = re.compile(
    r"^(.+?) (includes?|contains?|covers?|provides?|offers?|requires?|lists?|comprises?"
    rf"|consists? of|has|have|supports?|is|are){_REST}",
    re.I,
)
_POINTING = frozenset(["this", "these", "it", "they", "that", "here", "there", "those"])


def lead_question(lead: str) -> tuple[str, ...]:
    """Wordings that ask for a list by its lead: "The form must include the following:"."""
    sentence = re.split(r"(?<=[.!?])\s+", " ".join(lead.split()))[-1]
    duty = _DUTY.match(sentence)
    match = duty or _HOLDS.match(sentence)
    if match is None:
        return ()
    subject, verb = match[1].strip(), match[2].lower()
    run = subject.lower().split()
    if len(run) > 12 or run[0] in _POINTING or "," in subject or "not" in run:
        return ()
    subject = lower(subject)
    if duty:
        deed = duty[3].lower()
        if verb.endswith(" to"):
            helper, base = ("does", verb) if verb[:4] in {"need", "has "} else ("do", verb)
            helper = "do" if verb in {"need to", "have to"} else helper
            base = {"needs to": "need to", "has to": "have to"}.get(verb, verb)
            return tuple(f"{what} {helper} {subject} {base} {deed}" for what in _WHAT)
        return tuple(f"{what} {verb} {subject} {deed}" for what in _WHAT)
    if verb in {"is", "are"}:
        return (f"What {verb} {subject}",)
    many = not verb.split()[0].endswith("s")
    base = {"has": "have", "consists of": "consist of"}.get(verb, verb if many else verb[:-1])
    return tuple(f"{what} {'do' if many else 'does'} {subject} {base}" for what in _WHAT)


_WHAT = ("What", "Which things")
