"""How the reading adapter is made: LoRA weights that teach a small chat model to read passages.

``prepare`` draws examples from human questions and writes them as chat turns, exactly as the
workbench renders a question with retrieved passages; ``train`` learns the replies on a GPU or a
CPU, ``evaluate`` measures the adapter against its base. Nothing here is part of the package::

    python -m training.reading_adapter.prepare DATA examples
    python -m training.reading_adapter.train BASE.gguf examples out --exam 0 --compiled
    python -m training.reading_adapter.evaluate BASE.gguf examples/exam.jsonl --adapter out/adapter
"""
