"""A result in lines of text: what fits one screen, or every sentence of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.findings import EVIDENCE, FRONT, PARAGRAPHS, Section, Statement, View
from workbench.findings.assumed import assumption
from workbench.findings.classes import classes
from workbench.findings.compressed import compressed
from workbench.findings.hosted import hosted
from workbench.findings.priced import cheapest, other_machine
from workbench.findings.probed import broken_line
from workbench.findings.prompts import brief
from workbench.findings.searched import search
from workbench.findings.signed import of_one
from workbench.records.results import Results

#: How many reasons and warnings stand on the one screen; further warnings are counted.
CHIEF = 2
#: Sentences on labels: which are told best and worst, and the commonest mistake.
LABELS = 2
#: Sentences of the verdict that are left to the whole of it: how wide a guess is.
DETAILS = ("needed_range", "needed_open_range")


def one_screen(results: Results, problems: Sequence[str] = ()) -> list[str]:
    """The verdict with its first reasons, what to do today, the chief warnings, what it costs.

    The search, what tuning broke and who signed have a line each, labels two. Whole sentences all.
    """
    view = View(results)
    front = {name: make(view) for name, make in FRONT.items()}
    verdict = [item for item in front["verdict"].statements if _key(item) not in DETAILS]
    lines = ["", _joined(front["otherwise"].statements)] if front["otherwise"] else []
    lines += ["", f"{front['verdict'].title}: {_joined(verdict)}"]
    why = (*front["reasons"].statements[:CHIEF], *front["excluded"].statements)
    lines += [f"  - {item.text()}" for item in why]
    first, *further = front["action"].statements
    to_do = [first, *(item for item in further if item.level == "caution"),
             *front["today"].statements[:1]]  # fmt: skip
    lines += ["", f"{front['action'].title}:", *(f"  - {item.text()}" for item in to_do)]
    lines += _chief_warnings(front["warnings"], problems)
    return [*lines, "", *_money(view), *(item.text() for item in _few(view)), *_signed(view)]


def _signed(view: View) -> list[str]:
    """Who signed last and whether that still holds, in one line; nothing where nobody did."""
    listed = view.results.signed
    return [_joined(of_one(view, listed[-1])[:2])] if listed else []


def _key(item: Statement) -> str:
    return item.words if isinstance(item.words, str) else str(item.words["key"])


def _money(view: View) -> list[str]:
    """Whose month costs least and most, and what that rests on, in one paragraph."""
    if not any(row.cost for row in view.rows):
        return []
    return [_joined([*cheapest(view)[:1], *assumption(view, brief=True), *other_machine(view)])]


def _chief_warnings(section: Section, problems: Sequence[str]) -> list[str]:
    told = [*problems, *(f"Note: {item.text()}" for item in section.statements)]
    told = list(dict.fromkeys(told))
    if not told:
        return []
    more = len(told) - CHIEF
    further = [f"  … and {more} more, all with --all and in the report."] * (more > 0)
    return ["", f"{section.title}:", *(f"  - {item.removeprefix('Note: ')}" for item in
                                       told[:CHIEF]), *further]  # fmt: skip


def _few(view: View) -> list[Statement]:
    """A line on prompts, one on the search, some on labels, smaller models and providers, and what
    tuning broke."""
    labels = classes(view).statements[:LABELS]
    told = [*compressed(view).statements, *hosted(view).statements]
    return [*brief(view), *search(view).statements[:1], *labels, *told, *broken_line(view)]


def all_of_it(results: Results, problems: Sequence[str] = ()) -> list[str]:
    """Every sentence: the evidence, what to be careful about, and the verdict with its case."""
    return [*notes(results), *problems, "", *verdict(results)]


def notes(results: Results) -> list[str]:
    """What the evidence says, then what to be careful about; each sentence once."""
    view = View(results)
    calm: list[str] = []
    careful: list[str] = []
    for make in (*EVIDENCE.values(), FRONT["warnings"]):
        section = make(view)
        for part in (section, *section.parts) if section.chief else ():
            # Of an adapter or one of several tunings: whose it is.
            whose = "" if part is section else f"{section.title} ({part.title}): "
            for item in part.statements:
                to, mark = (careful, "Note: ") if item.level == "caution" else (calm, "")
                to.append(f"{mark}{whose}{item.text()}")
    # A judge's caution may stand in two sections.
    return list(dict.fromkeys([*calm, *careful]))


def verdict(results: Results) -> list[str]:
    """The verdict, its reasons, what to do about it, what it costs, and what would change it."""
    view, lines = View(results), []
    for name, make in FRONT.items():
        section = make(view)
        told = [item.text() for item in section.statements]
        if not told or name == "warnings":
            continue
        # The reasons follow the verdict as its points, and today's sentence names its subject.
        title = "" if name in ("reasons", "today") else f"{section.title}:"
        if name not in ("verdict", "reasons"):
            lines.append("")
        if name in PARAGRAPHS:
            lines.append(f"{title} {' '.join(told)}".strip())
            continue
        lines += [title] * bool(title) + [f"  - {line}" for line in told]
    return lines


def _joined(statements: Iterable[Statement]) -> str:
    return " ".join(item.text() for item in statements)
