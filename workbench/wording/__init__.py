"""What things are called on display, in which colour and with how many digits: one place.

The terminal, the report and the dashboard all ask here, so that a variant keeps its name and its
colour from page to page. Sentences live in :mod:`workbench.wording.en`; a second language is a
second module with the same keys. Standard library only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.presets import FURTHER_COLOURS, FURTHER_SHAPES, PRESETS
from workbench.wording import (
    en,
    en_classes,
    en_drift,
    en_editions,
    en_exam,
    en_export,
    en_fairness,
    en_judge,
    en_level,
    en_memorised,
    en_money,
    en_people,
    en_planted,
    en_principles,
    en_probes,
    en_report,
    en_signed,
    en_today,
    en_trained,
    en_tuning,
)

LANGUAGES: dict[str, Mapping[str, str]] = {
    "en": {
        **en.SENTENCES,
        **en_report.REPORT,
        **en_classes.CLASSES,
        **en_money.MONEY,
        **en_memorised.MEMORISED,
        **en_principles.PRINCIPLES,
        **en_planted.PLANTED,
        **en_people.PEOPLE,
        **en_signed.SIGNED,
        **en_editions.EDITIONS,
        **en_drift.DRIFT,
        **en_fairness.FAIRNESS,
        **en_probes.PROBES,
        **en_judge.JUDGE,
        **en_exam.EXAM,
        **en_today.TODAY,
        **en_tuning.TUNING,
        **en_trained.TRAINED,
        **en_export.EXPORT,
    }
}

STRATUM_LABELS: dict[str, str] = {
    "reworded": "Reworded",
    "same_section": "Same section",
    "unseen": "Unseen",
}
STRATUM_MEANINGS: dict[str, str] = {
    "reworded": "a trained fact, asked in words that were never trained",
    "same_section": "a fact that was never trained, from a section that was",
    "unseen": "a section from which nothing was trained",
}
KIND_LABELS: dict[str, str] = {
    "factoid": "Factoid",
    "why_how": "Why and how",
    "multi_hop": "Multi-hop",
    "reversed": "Reversed",
    "comparison": "Comparison",
    "order": "Order of events",
    "summary": "Summary",
    "unanswerable": "Unanswerable",
    "behaviour": "Behaviour",
    "label": "Label",
}
SEARCH_PARTS: dict[str, str] = {
    "bm25": "BM25",
    "dense": "Dense",
    "fused": "Both fused",
    "graph": "Graph",
    "with_graph": "Fused with the graph",
    "sparse": "Learned sparse",
    "with_sparse": "Fused with learned sparse",
    "reranked": "Reranked",
    "refined": "As it is used",
}
METHOD_LABELS: dict[str, str] = {**en_tuning.METHODS, **en_tuning.PREFERENCES}
METRIC_LABELS: dict[str, str] = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro F1",
    "labelled": "Names a label",
    "f1": "Token F1",
    "em": "Exact match",
    "f1_extracted": "F1 of the extracted answer",
    "rouge_l": "ROUGE-L",
    "bleu": "BLEU",
    "chrf": "chrF",
    "similarity": "Semantic similarity",
    "containment": "Containment",
    "abstention": "Right to answer or abstain",
    "behaviour": "Behaviour",
    "hit@1": "Hit@1",
    "hit@3": "Hit@3",
    "hit@5": "Hit@5",
    "mrr": "MRR",
    "answer_words": "Words per answer",
    "correct": "Correct",
    "groundedness": "Groundedness",
    "citation_recall": "Claims held by what they cite",
    "citation_precision": "Citations that hold some of it",
    "ragas:exact_match": "Exact match (ragas)",
    "ragas:string_present": "String presence (ragas)",
    "ragas:string_similarity": "String similarity (ragas)",
    "ragas:rouge": "ROUGE-L (ragas)",
    "ragas:bleu": "BLEU (ragas)",
    "ragas:chrf": "chrF (ragas)",
    "ragas:semantic_similarity": "Semantic similarity (ragas)",
    "ragas:context_precision_plain": "Context precision (ragas)",
    "ragas:context_recall_plain": "Context recall (ragas)",
    "people": "People's grade",
    "ragas:faithfulness": "Faithfulness (judged)",
    "ragas:answer_relevancy": "Answer relevancy (judged)",
    "ragas:context_precision": "Context precision (judged)",
    "ragas:context_recall": "Context recall (judged)",
    "ragas:factual_correctness": "Factual correctness (judged)",
    "ragas:answer_correctness": "Answer correctness (judged)",
    "ragas:noise_sensitivity": "Noise sensitivity (judged)",
    "ragas:rubric": "Your rubric (judged)",
    "ragas:behaviour": "Behaviour (judged)",
}
LANGUAGE_NAMES: dict[str, str] = {
    "en": "English",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "und": "another language",
}

COST_CAUSES: dict[str, str] = {
    "answering": "Answering",
    "searching": "Searching",
    "writing": "Writing the training questions",
    "index": "Building the index",
    "training": "Training",
    "people": "People",
    "machine_on": "Machine kept on",
    "storage": "Storage",
}
CURRENCIES: dict[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}

NONE = "–"


def label(variant: str, given: str | None = None, short: bool = False) -> str:
    """A variant's display name: the given one, the known one, or its own name with spaces."""
    preset = PRESETS.get(variant)
    known = variant.replace("_", " ") if preset is None else preset.label
    return given or (preset.short if preset and short else known)


def short_label(row: Mapping[str, Any]) -> str:
    """The short display name of a variant's row in results.json, or the name it was given."""
    name, given = str(row["name"]), str(row["label"])
    return label(name, None if given == label(name) else given, short=True)


def colours(variants: Iterable[str]) -> dict[str, str]:
    """A fixed colour for each variant; a name that is not known takes a further colour.

    Further colours go by alphabetic order: give all variants of a run, to get the same ones again.
    """
    return _looks(list(variants), "colour", FURTHER_COLOURS)


def shapes(variants: Iterable[str]) -> dict[str, str]:
    """A fixed mark for each variant, by the rule of :func:`colours`."""
    return _looks(list(variants), "shape", FURTHER_SHAPES)


def _looks(variants: Sequence[str], part: str, further: Sequence[str]) -> dict[str, str]:
    used = {getattr(PRESETS[name], part) for name in variants if name in PRESETS}
    free = [look for look in further if look not in used]
    unknown = sorted({name for name in variants if name not in PRESETS})
    return {
        name: getattr(PRESETS[name], part)
        if name in PRESETS
        else free[unknown.index(name) % len(free)]
        for name in variants
    }


def metric_label(metric: str) -> str:
    """A metric's display name."""
    return METRIC_LABELS.get(metric, metric.replace("_", " ").capitalize())


def method_label(method: str) -> str:
    """What a method of tuning is called; one that is not known stands for itself."""
    return METHOD_LABELS.get(method, method)


#: What a set of examples in a prompt is called, by the context that shows it.
SHOWN_LABELS: dict[str, str] = {
    "examples": "fixed examples",
    "nearest_examples": "nearest examples",
    "retrieval_with_examples": "fixed examples",
    "retrieval_with_nearest_examples": "nearest examples",
}


def prompt_label(name: str, context: str) -> str:
    """What a prompt that was tried is called; the run's own has no name."""
    shown = SHOWN_LABELS.get(context)
    own = name.replace("_", " ") or "as it is"
    return f"{own}, {shown}" if shown else own


def is_share(metric: str) -> bool:
    """Whether a metric runs from 0 to 1 and is shown in points (0 to 100)."""
    return metric not in {"answer_words"}


# --- figures ----------------------------------------------------------------------------------


#: Scores (0 to 1) nearer than this are shown alike: 0.0 points apart.
LEAST_SHOWN = 0.0005


def points(value: float | None) -> str:
    """A score from 0 to 1 in points with one decimal: .532 is ``53.2``."""
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{abs(100 * value):.1f}"
    return f"−{text}" if value < 0 and text != "0.0" else text


def small_points(value: float | None) -> str:
    """Points of a chart on what little is left to lose: a second decimal below one point."""
    if value is None or not math.isfinite(value) or abs(value) >= 0.01:
        return points(value)
    return f"{100 * value:.2f}"


def loss(value: float | None) -> str:
    """Points that may be lost: what is too little to show is not nothing."""
    return "under 0.1" if value is not None and 0 < value < LEAST_SHOWN else points(value)


def difference(value: float | None) -> str:
    """A difference of scores in points, with its sign: ``+12.3``; a true minus sign."""
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{abs(100 * value):.1f}"
    if text == "0.0":
        return "0.0"
    return ("+" if value > 0 else "−") + text


def whole_points(value: float | None) -> str:
    """A margin or a step in points without superfluous decimals: ``3``, ``2.5``."""
    return NONE if value is None else f"{100 * value:.1f}".removesuffix(".0")


def seconds(value: float | None) -> str:
    """A time: ``380 ms`` below a second, ``1.2 s`` above, minutes and hours beyond."""
    if value is None or not math.isfinite(value):
        return NONE
    if value < 0.0995:
        return f"{1000 * value:.1f} ms" if value < 0.00995 else f"{1000 * value:.0f} ms"
    if value < 0.9995:
        return f"{1000 * value:.0f} ms"
    if value < 120:
        return f"{value:.1f} s"
    if value < 7200:
        return f"{value / 60:.0f} min"
    return f"{value / 3600:.1f} h"


def money(value: float | None, currency: str = "USD") -> str:
    """An amount with enough digits to say something: never ``$0.00`` for what costs a little."""
    if value is None or not math.isfinite(value):
        return NONE
    sign = CURRENCIES.get(currency, f"{currency} ")
    if value == 0:
        return f"{sign}0"
    minus, amount = ("−" if value < 0 else ""), abs(value)
    if amount >= 999.5:
        text = f"{amount:,.0f}"
    elif amount >= 0.995:
        text = f"{amount:.2f}"
    elif amount < 1e-7:
        return f"under {sign}0.0000001"
    else:
        decimals = 1 - math.floor(math.log10(amount) + 1e-9)
        decimals -= round(amount, decimals) >= 10 ** (2 - decimals)
        text = f"{amount:.{decimals}f}"
    return f"{minus}{sign}{text}"


def price(value: float | None, currency: str = "USD") -> str:
    """A price as it is given, to four digits: what is worked out from it has to come out right."""
    if value is None or not math.isfinite(value):
        return NONE
    sign = CURRENCIES.get(currency, f"{currency} ")
    if value == round(value):
        return f"{sign}{value:,.0f}"
    return f"{sign}{value:,.2f}" if value == round(value, 2) else f"{sign}{value:.4g}"


def count(value: float | None) -> str:
    """A whole number with thousands separated; huge ones to three significant digits."""
    if value is None or not math.isfinite(value):
        return NONE
    if abs(value) >= 1e15:
        return "beyond any volume"
    if abs(value) >= 100_000:
        digits = math.floor(math.log10(abs(value))) - 2
        value = round(value / 10**digits) * 10**digits
    return f"{value:,.0f}"


def about(value: float | None) -> str:
    """A rough number to two significant digits, since it is an estimate: 506 is ``510``."""
    if value is None or not math.isfinite(value):
        return NONE
    if abs(value) < 100:
        return f"{value:,.0f}"
    digits = math.floor(math.log10(abs(value))) - 1
    return f"{round(value / 10**digits) * 10**digits:,.0f}"


def search_part(name: str) -> str:
    """The display name of a part of the search, or of the variant whose own search it is."""
    return SEARCH_PARTS.get(name) or label(name, short=True)


def size(value: float | None) -> str:
    """Bytes as kB, MB or GB of a thousand each."""
    if value is None:
        return NONE
    for unit, least in (("GB", 1e9), ("MB", 1e6)):
        if value >= least:
            return f"{value / least:.3g} {unit}"
    return f"{value / 1e3:.3g} kB"


def small_share(value: float | None) -> str:
    """A share of 0 to 1 in per cent with two figures: 0.033%, 5.5%, 100%."""
    return NONE if value is None else f"{100 * value:.2g}%" if value < 0.995 else "100%"


def share(value: float | None) -> str:
    """A share or a probability in per cent; never a certainty that sampling cannot give."""
    if value is None or not math.isfinite(value):
        return NONE
    if 0.995 <= value < 1:
        return "over 99%"
    if 0 < value < 0.005:
        return "under 1%"
    return f"{100 * value:.0f}%"


def change(value: float | None) -> str:
    """A relative change in per cent with its sign: .086 is ``+8.6%``; a true minus sign."""
    return NONE if value is None or not math.isfinite(value) else f"{difference(value)}%"


def p_value(value: float | None) -> str:
    """A p-value: two digits, ``< .001`` below."""
    if value is None or not math.isfinite(value):
        return NONE
    if value < 0.001:
        return "< .001"
    return f"{value:.3f}".removeprefix("0") if value < 0.9995 else "1.000"


def plain(value: float | None) -> str:
    """A bare figure with one decimal, such as words per answer."""
    return NONE if value is None or not math.isfinite(value) else f"{value:,.1f}"


def rate(value: float | None) -> str:
    """A small rate to two significant digits: ``0.25``, ``4``, ``12``."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def times(value: float | None, noun: str) -> str:
    """A small rate with its noun in the right number: ``1 update``, ``0.5 updates``."""
    return f"{rate(value)} {noun}{'' if value == 1 else 's'}"


def every(rate: float) -> str:
    """Times a month as a period: ``3.3 weeks``, ``2 days``, ``8 months``."""
    weeks = 52 / 12 / rate
    if weeks < 1:
        days = max(1.0, 7 * weeks)
        return "day" if days < 1.5 else f"{days:.0f} days"
    if weeks > 17:
        return f"{weeks * 12 / 52:,.0f} months"
    return f"{weeks:.2g} weeks" if f"{weeks:.2g}" != "1" else "week"


def counted(number: int, noun: str) -> str:
    """A count with its noun in the right number: ``1 question``, ``1,200 questions``."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def fine(value: float | None) -> str:
    """A number of no unit that is small, with three decimals."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:.3f}".replace("-", "−")


def kappa(value: float | None) -> str:
    """An agreement coefficient from −1 to 1 with two decimals; a true minus sign."""
    return NONE if value is None or not math.isfinite(value) else f"{value:.2f}".replace("-", "−")


def interval(
    low: float | None, high: float | None, metric: str = "f1", signed: bool = False
) -> str:
    """``[47.1, 59.3]``; a dash where there is none."""
    if low is None or high is None:
        return "no interval"
    show = plain if not is_share(metric) else difference if signed else points
    return f"[{show(low)}, {show(high)}]"


FORMATS: dict[str, Any] = {
    "points": points,
    "loss": loss,
    "difference": difference,
    "margin": whole_points,
    "seconds": seconds,
    "money": money,
    "price": price,
    "count": count,
    "about": about,
    "share": share,
    "change": change,
    "p": p_value,
    "plain": plain,
    "rate": rate,
    "kappa": kappa,
    "size": size,
    "fine": fine,
}


def show(value: float | None, unit: str, currency: str = "USD") -> str:
    """A figure as it is displayed; ``unit`` is a key of :data:`FORMATS`."""
    if unit in ("money", "price"):
        return str(FORMATS[unit](value, currency))
    return str(FORMATS[unit](value))


# --- sentences --------------------------------------------------------------------------------


def figure(
    value: float | None, unit: str, at: str, currency: str = "USD", sign: int = 1
) -> dict[str, Any]:
    """A number in a sentence: its value, its unit, and the JSON pointer it can be read at.

    ``sign`` is -1 where what is recorded there is the same figure the other way round.
    """
    result: dict[str, Any] = {"value": value, "unit": unit, "at": at}
    if sign != 1:
        result["sign"] = sign
    if unit in ("money", "price"):
        result["currency"] = currency
    return result


def statement(key: str, **values: Any) -> dict[str, Any]:
    """A sentence as its template's key and its values (text or :func:`figure`), ready for JSON."""
    return {"key": key, "values": values}


def show_value(value: Any) -> str:
    """One value of a statement as plain text."""
    if isinstance(value, Mapping):
        return show(value["value"], value["unit"], value.get("currency", "USD"))
    return str(value)


def language_name(code: str) -> str:
    """What a corpus's language is called; a code that is not known stands for itself."""
    return LANGUAGE_NAMES.get(code, code)


#: The values of a sentence that are differences: one that shows as 0.0 is not told as a number.
_DIFFERENCE = re.compile(
    r"(\w+_)?gap|rise|gain|range|forced|interaction|(tuning|retrieval)_(alone|with_\w+)"
)
_FIELD = re.compile(r"\{(\w+)\}")
#: A count before its noun, and the verb behind that: both are said of many.
_MANY = re.compile(
    r"\{(\w+)\}(( (?:more|such|exam|dev|hand-written|judged|unseen|other))*"
    r" (?:question|word|answer|section|setting|hour|judgement))s\b( (?:are|were|have|hold)\b)?"
)
#: What the verb or pronoun further on is, of one and of several: ``{n:is|are}``.
_CHOICE = re.compile(r"\{(\w+):([^|{}]*)\|([^|{}]*)\}")
_OF_ONE = {" are": " is", " were": " was", " have": " has", " hold": " holds", None: ""}


def _is_nothing(name: str, value: Any) -> bool:
    """Whether a value is a difference that rounds to none."""
    if name == "at":  # a margin, or how much better one would have to be
        return isinstance(value, Mapping) and value["unit"] == "margin" and show_value(value) == "0"
    return bool(_DIFFERENCE.fullmatch(name)) and show_value(value) in ("0.0", "0.0%")


def template(result: Mapping[str, Any], language: str = "en") -> str:
    """The words of a statement with its fields in braces.

    No sentence tells a difference that rounds to 0.0 as a number: it says that there is none.
    """
    key, values = result["key"], result["values"]
    words = _CHOICE.sub(
        lambda found: found[2 if show_value(values[found[1]]) == "1" else 3],
        LANGUAGES[language][key],
    )
    if "1" in map(show_value, values.values()):
        words = _MANY.sub(lambda found: _one(found, values), words)
    nothing = {name for name in _FIELD.findall(words) if _is_nothing(name, values[name])}
    if not nothing:
        return words
    field, level = en_level.LEVEL.get(key, ("", ""))
    if field in nothing:
        words, nothing = level, nothing - {field}
    for name in nothing:
        words = re.sub(rf"\(\{{{name}\}}( points)?", f"({en_level.NO_DIFFERENCE}", words)
        words = re.sub(rf"\{{{name}\}}( points)?", en_level.NOTHING, words)
    return words


def _one(found: re.Match[str], values: Mapping[str, Any]) -> str:
    """``{n} questions`` as ``{n} question`` where there is but one."""
    if show_value(values[found[1]]) != "1":
        return found[0]
    return f"{{{found[1]}}}{found[2]}{_OF_ONE[found[4]]}"


def text(result: Mapping[str, Any], language: str = "en") -> str:
    """A statement as plain text."""
    shown = {name: show_value(value) for name, value in result["values"].items()}
    return template(result, language).format(**shown)


def say(key: str, language: str = "en", **values: Any) -> str:
    """A sentence at once, where no link to its numbers is needed."""
    return text(statement(key, **values), language)
