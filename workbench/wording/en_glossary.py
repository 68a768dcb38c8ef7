"""The words of the report for a reader who meets them for the first time, in English."""

WORDS: dict[str, str] = {
    "prompt only": "The model answers from what it learned before, with an instruction alone.",
    "RAG": (
        "Retrieval-augmented generation: passages that a search finds in your text are put into "
        "the prompt, and the model reads them."
    ),
    "fine-tuned": (
        "The model is trained further on questions about your text, by a small adapter (LoRA), and "
        "answers without seeing the text."
    ),
    "hybrid": "Fine-tuned, and given passages as well.",
    "oracle": "The model, handed the passage that holds the answer: what a perfect search gives.",
    "exam": "Questions that nothing was trained or chosen on, locked before anybody answers them.",
    "hand-written questions": "Questions that people wrote, never filtered, shown apart (gold).",
    "strata": (
        "How a question stands to the training: the same fact in other words, another fact of a "
        "section that was trained on, or a section from which nothing was."
    ),
    "points": "The score from 0 to 100, averaged over the questions.",
    "token F1": "How far the words of an answer and of the reference are the same.",
    "interval": (
        "Where the true figure lies, by what the exam can tell: of a hundred such intervals about "
        "95 hold it."
    ),
    "margin": "The smallest gain that matters to you, which you set beforehand.",
    "undecided": "The interval of the difference neither clears the margin nor stays inside it.",
    "p": "How often chance alone would make so large a difference, allowing for all the pairs.",
    "p90": "The time within which nine of ten answers come.",
    "invents": "Answers a question to which the text has no answer.",
}
