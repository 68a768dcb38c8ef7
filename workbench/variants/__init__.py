"""One system under comparison is a value: model, context provider, prompts, decoding.

``prompting`` renders what a model is given, ``providers`` supply what comes with the question,
``assembly`` builds the variants of an experiment, ``answering`` has them answer in batches and
``latency`` asks one question at a time. ``bench`` reopens a finished run to answer as any of
its variants.
"""
