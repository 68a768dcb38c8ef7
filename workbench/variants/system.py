"""A variant ready to answer: a value that joins model, provider, prompts and decoding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from workbench.text import ABSTENTION
from workbench.types import (
    Answer,
    Completion,
    Context,
    ContextProvider,
    Decoding,
    LanguageModel,
    Message,
    Passage,
    Prompt,
    Question,
)
from workbench.variants.prompting import PromptBook, fit
from workbench.variants.refusing import signal_of


@dataclass(frozen=True)
class System:
    """One variant, as it answers.

    Below ``abstain_below`` (0 to 1; None: never) of what ``abstain_by`` names it says that it does
    not know: of its ``confidence``, or of a signal of :mod:`.refusing`. Where that cannot be told,
    a completion is given as it is.
    ``encoder`` is the cross-encoder that tells one of them.
    ``place`` finds in the corpus what a system of another make says it read; such a one has no
    ``book``, and is asked the bare question.
    """

    name: str
    model: LanguageModel
    provider: ContextProvider
    book: PromptBook | None
    decoding: Decoding
    abstain_below: float | None = None
    abstain_by: str = "confidence"
    place: Callable[[Sequence[str]], tuple[Passage, ...]] | None = None
    encoder: str = ""

    @property
    def is_foreign(self) -> bool:
        """Whether it is a system of another make."""
        return self.book is None

    def prepare(self, questions: Sequence[Question]) -> list[tuple[Prompt, Context]]:
        """Prompt and context for each question; the context holds only passages shown."""
        return [
            self.prompt(question, context)
            for question, context in zip(questions, self.provider.contexts(questions), strict=True)
        ]

    def prompt(self, question: Question, context: Context) -> tuple[Prompt, Context]:
        """The prompt that fits the window, and the context cut to what it holds."""
        if self.book is None:
            return Prompt((Message("user", question.text),)), context
        prompt, shown = fit(
            self.book,
            question.text,
            [hit.passage.text for hit in context.passages],
            context.examples,
            self.model,
            self.decoding,
        )
        share = context.share
        if share is not None and context.passages:
            total = sum(len(hit.passage.text) for hit in context.passages)
            share *= sum(len(hit.passage.text) for hit in context.passages[:shown]) / max(1, total)
        return prompt, replace(context, passages=context.passages[:shown], share=share)

    def signals(
        self, questions: Sequence[Question], prepared: Sequence[tuple[Prompt, Context]]
    ) -> list[float | None]:
        """What ``abstain_by`` tells of each question before it is answered; None of confidence."""
        told = signal_of(self.abstain_by, self.encoder)
        if told is None:
            return [None] * len(questions)
        texts = [question.text for question in questions]
        prompts, contexts = [p for p, _ in prepared], [c for _, c in prepared]
        return told(self.model, texts, prompts, contexts)

    def holds_back(self, sure: float | None) -> bool:
        """Whether that is too little to reply."""
        return sure is not None and self.abstain_below is not None and sure < self.abstain_below

    def answer(
        self,
        question: Question,
        context: Context,
        completion: Completion,
        signal: float | None = None,
    ) -> Answer:
        """The record of one completion; one that is too unsure is held back."""
        by_words = self.abstain_by == "confidence"
        unsure = self.holds_back(completion.confidence if by_words else signal)
        shown = tuple(hit.passage for hit in context.passages)
        own = self.place(completion.passages) if self.place is not None else ()
        # What a graph says is no passage of the index, so that the answer has to keep it.
        kept = own or (shown if context.told else ())
        return Answer(
            question=question.id,
            variant=self.name,
            text=ABSTENTION if unsure else completion.text,
            input_tokens=completion.input_tokens,
            output_tokens=completion.output_tokens,
            seconds=completion.seconds,
            retrieval_s=context.seconds,
            passages=tuple(dict.fromkeys(passage.id for passage in own or shown)),
            finish=completion.finish,
            status="failed" if completion.error else "answered",
            error=completion.error,
            passing=completion.passing,
            confidence=completion.confidence,
            signal=signal,
            held_back=completion.text if unsure else None,
            search_input_tokens=context.search_tokens[0],
            search_output_tokens=context.search_tokens[1],
            texts=tuple({passage.id: passage.text for passage in kept}.values()),
            cost=completion.cost,
        )
