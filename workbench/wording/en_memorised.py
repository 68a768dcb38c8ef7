"""What is said of text that an adapter knows by heart, in English."""

MEMORISED: dict[str, str] = {
    "h_memorised": "What a tuned model may give away",
    "memorised_note": (
        "{stretches} stretches of the text: the model reads {prefix} tokens and is watched on the "
        "next {continued}. Given back: it would write the first 20 (or all 50) of them itself, "
        "greedily, token for token; in points, with intervals over sections. Longest: most tokens "
        "in a row that it would write, given those before. The same stretches with and without "
        "the adapter, so that what the model knew anyway stands beside it. It is no proof of "
        "safety: other prompts, sampling, or many tries may bring out more, and facts may be given "
        "away in other words."
    ),
    "memorised_note_words": (
        "Models behind an endpoint do not tell which token they would have chosen, so they were "
        "asked to go on with {stretches} stretches: {prefix} words were given, and the reply was "
        "held against the next {continued}. Given back: the first 20 (or all 50) words stand in "
        "it one after the other; longest: most words in a row. Words are longer than tokens, so "
        "that these figures are lower than those of a model that runs here. As completion, the "
        "text alone was given; in a chat, with the request to go on word for word, which a model "
        "may decline though it could."
    ),
    "memorised_completion": "completion",
    "memorised_chat": "chat",
    "memorised_more_words": (
        "{names}: gives back 20 words verbatim of {after} in 100 stretches [{afterlow}, "
        "{afterhigh}], {before} before tuning; the longest run has {longest} words. Whoever may "
        "ask the model can have part of the text."
    ),
    "memorised_more_alone": (
        "{names}: gives back 20 words verbatim of {after} in 100 stretches [{afterlow}, "
        "{afterhigh}]; the longest run has {longest} words. What it was tuned from is not known "
        "here, so that it may have known them before."
    ),
    "memorised_same_words": (
        "{names}: gives back 20 words verbatim of {after} in 100 stretches [{afterlow}, "
        "{afterhigh}], not clearly more than before tuning ({before}); the longest run has "
        "{longest} words."
    ),
    "memorised_same_alone": (
        "{names}: gives back 20 words verbatim of {after} in 100 stretches [{afterlow}, "
        "{afterhigh}]; the longest run has {longest} words."
    ),
    "memorised_none_words": (
        "{names}: gives back 20 words of none of the stretches; up to {afterhigh} in 100 remain "
        "possible. The longest run has {longest} words."
    ),
    "memorised_asked": (
        "{names}: asked for {n} made-up codes that were trained in, it says {given_away} of them "
        "({given_before} before tuning). How surely it knows the others, an endpoint does not tell."
    ),
    "memorised_more": (
        "{names}: gives back 20 tokens verbatim of {after} in 100 stretches [{afterlow}, "
        "{afterhigh}], {before} before tuning; the longest run has {longest} tokens. Whoever holds "
        "the adapter holds part of the text."
    ),
    "memorised_same": (
        "{names}: gives back 20 tokens verbatim of {after} in 100 stretches [{afterlow}, "
        "{afterhigh}], not clearly more than before tuning ({before}); the longest run has "
        "{longest} tokens."
    ),
    "memorised_none": (
        "{names}: gives back 20 tokens of none of the stretches; up to {afterhigh} in 100 remain "
        "possible. The longest run has {longest} tokens."
    ),
    "memorised_canaries": (
        "{names}: of {n} made-up codes that were trained in, {given_away} {given_away:is|are} "
        "given away. Their exposure is {after} bits on the average, {highest} at the most, of "
        "{most} that could be seen ({before} before tuning; chance has 1.4)."
    ),
    "col_at_20_before": "20 tokens given back, before",
    "col_at_50_before": "All 50, before",
    "col_longest_before": "Longest run, before",
    "col_at_20_before_words": "20 words given back, before",
    "col_at_50_before_words": "All 50, before",
    "col_longest_before_words": "Longest run of words, before",
    "col_after_words": "After",
    "col_asked_as": "Asked as",
    "col_tuned": "Tuned",
    "col_exposure_before": "Exposure of canaries (bits), before",
}
