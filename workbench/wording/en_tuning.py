"""What the methods of tuning are called, and the sentences on what each takes, in English."""

METHODS: dict[str, str] = {
    "lora": "LoRA",
    "qlora": "QLoRA",
    "ia3": "IA3",
    "bottleneck": "Bottleneck adapter",
    "prefix": "Prefix tuning",
    "prompt": "Prompt tuning",
    "p_tuning": "P-tuning",
    "bitfit": "BitFit",
    "layers": "Last layers",
    "full": "Full fine-tuning",
    "hosted": "Tuned by its provider",
}

#: What may follow them: tuning by preferences and rewards.
PREFERENCES: dict[str, str] = {
    "dpo": "DPO",
    "orpo": "ORPO",
    "kto": "KTO",
    "grpo": "GRPO",
    "rloo": "RLOO",
}

TUNING: dict[str, str] = {
    "h_hosted": "What a provider tuned",
    "hosted_paid": (
        "{name} answers by {model}, which {provider} made of {base} (job {job}): {tokens} training "
        "tokens {counted}, {money}."
    ),
    "hosted_unpriced": (
        "{name} answers by {model}, which {provider} made of {base} (job {job}): {tokens} training "
        "tokens {counted}; what they cost the price book does not say."
    ),
    "hosted_billed": "as billed",
    "hosted_counted": "by our own count",
    "training_provider": "Provider",
    "training_model": "Model",
    "training_job": "Job",
    "training_tokens": "Training tokens",
    "methods_table": "What each tuning trains, takes and breaks",
    "methods_note": (
        "Trained is the share of the model's weights. Memory is that of the trained weights, their "
        "gradients and what the optimiser keeps; model and activations come on top and are much "
        "the same for all. Perplexity elsewhere is its change on prose of no corpus: more is worse."
    ),
    "methods_apart": (
        "{small} trains {small_share} of the weights and takes {small_size} on disk, {large} "
        "{large_share} and {large_size}."
    ),
    "col_method": "Method",
    "col_trained": "Trained",
    "col_weights": "Weights trained",
    "col_memory": "Memory to train",
    "col_minutes": "Time",
    "col_disk": "On disk",
    "col_elsewhere": "Perplexity elsewhere",
    "col_reading_elsewhere": "Reading elsewhere",
}
