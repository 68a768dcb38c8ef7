"""What a cell of a question file says: a list written as text, a missing value, answers, tags."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
import warnings
from collections.abc import Iterator
from typing import Any

#: What programs write where there is no value. "none" and "Nan" are left out: people write them.
MISSING = frozenset({"", "nan", "NaN", "NaT", "None", "null", "NULL", "N/A", "n/a", "#N/A", "<NA>"})
_OPENINGS = ("[", "{", "(", "array(", "np.", "numpy.")
_CLOSINGS = ("]", "}", ")")
#: How the writing of a list or mapping begins, and what stands inside of it before a text.
_CODE = re.compile(r"""[\[{(\s]*(?:np\.|numpy\.)?array\(|[\[{][\[{(\s]*['"]""")
_TEXT_WITHIN = re.compile(r"""[\[{(:,]\s*['"]""")
#: Calls in the writing of a value that stand for their first argument.
_AS_ITS_ARGUMENT = frozenset({"array", "str_", "bool_", "int32", "int64", "float32", "float64"})
_CONSTANTS = {"nan": None, "NaN": None, "NaT": None, "null": None, "true": True, "false": False}
_VALUES = (tokenize.STRING, tokenize.NUMBER)
_SPACING = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def missing(value: Any) -> bool:
    """Whether a value is none: empty, not a number, or a word that programs write for that."""
    if isinstance(value, str):
        return value.strip() in MISSING
    return value is None or bool(value != value)


def parsed(value: Any) -> Any:
    """The list or mapping that a text writes out, as JSON or as Python; else the value itself.

    Raises ValueError where the text is plainly such a writing and cannot be read: it is no answer
    and no quote as it stands.
    """
    if not isinstance(value, str) or not value.startswith(_OPENINGS):
        return value
    for read in (json.loads, _python):
        try:
            found = read(value)
        except (ValueError, SyntaxError, tokenize.TokenError, RecursionError, MemoryError):
            continue
        # "(1857)" and "(51.5, 0.1)" are text; only texts in parentheses are a list.
        if isinstance(found, list | dict) and (
            value[0] != "(" or all(isinstance(item, str) for item in found)
        ):
            return found
    if _is_code(value):
        raise ValueError(
            f"{value[:40]!r} looks like a list or mapping written out, and cannot be read as one"
        )
    return value


def _is_code(text: str) -> bool:
    """Whether a text is the writing of a list or mapping, whole or torn."""
    whole = text[0] in "[{" and text.endswith(("]", "}"))
    return bool(_CODE.match(text) or (whole and _TEXT_WITHIN.search(text)))


def answers(value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The answers of a cell, and what stands among them for a missing one.

    A cell holds one answer, several parted by "|", a list, or SQuAD's mapping with a text. A word
    for a missing value in a list is an answer: who writes '["None"]' means it.
    Raises ValueError where it is none of these.
    """
    value = parsed(value)
    plain = isinstance(value, str)
    texts: dict[str, None] = {}
    gone: list[str] = []
    for part in value.split("|") if plain else _leaves(value):
        shown = "null" if part is None else str(part).strip()
        if missing(part) if plain or not isinstance(part, str) else not shown:
            gone += [shown] if shown else []
        else:
            texts[shown] = None
    return tuple(texts), tuple(gone)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if "text" not in value:
            raise ValueError(
                f"the answer is a mapping of {', '.join(map(str, value)) or 'nothing'}: give its "
                "text alone, or a list with that text"
            )
        value = value["text"]
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def no_answers_given(value: Any) -> bool:
    """Whether a cell is SQuAD 2's mapping for a question that has no answer."""
    value = parsed(value)
    return isinstance(value, dict) and value.get("text") == []


def tags(value: Any, column: str) -> dict[str, Any]:
    """A mapping as it is; "a, b" as two tags that are true; anything else under its column."""
    if value is None:
        return {}
    try:
        value = parsed(value)
    except ValueError:
        return {column: value}
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    words = re.split(r"[,;|]", value) if isinstance(value, str) else value
    if column.lower() == "metadata" or not isinstance(words, list):
        return {column: value}
    if not all(isinstance(word, str) for word in words):
        return {column: value}
    return {word.strip(): True for word in words if word.strip()}


def _python(text: str) -> Any:
    """The value of Python's or numpy's writing; nothing is run."""
    if not text.endswith(_CLOSINGS):
        raise ValueError("not closed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _literal(ast.parse(_with_commas(text), mode="eval").body)


def _with_commas(text: str) -> str:
    """The text with the commas that numpy leaves out: "['a' 'b']" would be one word to Python."""
    pieces: list[str] = []
    last: tokenize.TokenInfo | None = None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _SPACING:
            continue
        if last and (last.type in _VALUES or last.string in ("]", ")", "}")):
            begins = token.type in (*_VALUES, tokenize.NAME) or token.string in ("[", "{")
            if begins and last.end == token.start:
                raise ValueError("two values without a space between them")
            pieces += [","] if begins else []
        pieces.append(token.string)
        last = token
    return " ".join(pieces)


def _literal(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_literal(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {str(_literal(key)): _literal(value) for key, value in pairs if key}
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if (
            name in _AS_ITS_ARGUMENT
        ):
            return _literal(first)
    raise ValueError("not a plain value")
