"""Questions by rule on the parse of sentences, and on the layout of a page."""

from workbench.questions.writers.rules.section import drafts_of

__all__ = ["drafts_of"]
