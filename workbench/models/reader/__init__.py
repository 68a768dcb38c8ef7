"""The reader: a 23-million-parameter language model that ships with the workbench.

It answers from passages or without them, says ``unanswerable``, writes and rewords questions and
can be tuned with LoRA. After :func:`register` it is an ordinary causal language model of
transformers, and no other part of the workbench treats it specially.

Prompt format ``reader`` (this docstring is the authority; all on one line, one space between the
parts; the tokenizer puts ``[CLS]`` in front and the completion ends with ``[SEP]``):

==================== ==========================================================================
answer from passages ``context: P1 passage: P2 passage: P3 question: Q answer:``
                     (first passage without marker, so one passage is ``context: P question: …``)
closed book          ``question: Q answer:``
examples in front    ``question: Q1 answer: A1 question: Q2 answer: A2 question: Q answer:``
                     (with passages: ``context: … question: Q1 answer: A1 … question: Q answer:``)
question writing     ``context: P answer: A question:``
rewording            ``reword: Q question:``
continuation         ``continue: TEXT``
==================== ==========================================================================

A question that the passages do not answer is answered ``unanswerable``. The window is 512
positions, prompt and completion together: whoever builds the prompt shortens the passages, never
the question. A passage of about 120 tokens leaves room for three passages and a long answer.
"""

from __future__ import annotations

from workbench.experiment.weights import READER as WEIGHTS

__all__ = ["WEIGHTS", "register"]


def register() -> None:
    """Make transformers' Auto classes know the reader; safe to call more than once."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    from workbench.models.reader.configuration import ReaderConfig
    from workbench.models.reader.modeling import ReaderForCausalLM
    from workbench.models.reader.tokenization import ReaderTokenizer

    AutoConfig.register("reader", ReaderConfig, exist_ok=True)
    AutoModelForCausalLM.register(ReaderConfig, ReaderForCausalLM, exist_ok=True)
    AutoTokenizer.register(ReaderConfig, fast_tokenizer_class=ReaderTokenizer, exist_ok=True)
