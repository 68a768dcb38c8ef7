"""What a model writes to search with, beside the question or in its place, and how it is kept.

``forms`` holds the ways by name, ``writing`` asks the model and remembers, ``reading`` takes its
replies apart. The prompts lie in ``retrieval/prompts/<format>/<form>.jinja``.
"""

from __future__ import annotations

from workbench.retrieval.query_forms.forms import FORMS, Form
from workbench.retrieval.query_forms.writing import QueryWriter, make_writer

__all__ = ["FORMS", "Form", "QueryWriter", "make_writer"]
