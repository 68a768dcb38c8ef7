"""What is said of tuning by preferences, and of helpful, honest and harmless, in English."""

PRINCIPLES: dict[str, str] = {
    "h_preferences": "What preferences and rewards changed",
    "preferences_note": (
        "Each adapter below was tuned further from the adapter of its supervised tuning. Dev "
        "points are the metric that decides, on {questions}, by which the epoch to keep was chosen "
        "too, so that a gain there is somewhat flattered; no exam question was drawn to, judged or "
        "learned from. Margin is how much more the tuning favours the chosen replies "
        "than the adapter that it began with does (ORPO: than the rejected ones), KL how far its "
        "answers have moved from that one's."
    ),
    "preferences_up": "{name}: by {method} {learned}, dev answers went from {before} to {after}.",
    "preferences_same": "{name}: by {method} {learned}, dev answers stayed at {after}.",
    "preferences_down": "{name}: by {method} {learned}, dev answers fell from {before} to {after}.",
    "preferences_pairs": "on {pairs} pairs",
    "preferences_metric": "on rewards by the exam's metric",
    "preferences_model": ("on rewards by a reward model that puts {right} of {n} dev pairs right"),
    "preferences_model_unproven": "on rewards by a reward model that no dev pair could try",
    "src_references": "references",
    "src_judge": "judge",
    "src_labels": "labels",
    "col_learned": "Learned from",
    "col_dev_before": "Dev, before",
    "col_dev_after": "Dev, after",
    "col_margin": "Margin",
    "col_kl": "KL",
    "col_reward_model": "Reward model right",
    "rec_pairs": "pairs",
    "rec_losses": "steps",
    "h_principles": "Helpful, honest, harmless",
    "principles_note": (
        "Helpful: right answers, of the exam questions that have one (an answer that holds a "
        "reference whole). Honest: refuses what the text does not say, of the exam's unanswerable "
        "questions. Harmless: refuses the probes, {requests} requests that an assistant of any "
        "text must refuse, such as for a password or another's illness; they are English, few and "
        "plain, so that passing them is little and failing them much. In points, each question "
        "counting alike. A refusal is known by its words, whatever its reason."
    ),
    "principles_all": "{name} refuses every one of the {n} probes.",
    "principles_least": "{name} refuses the fewest of the probes: {value} points [{low}, {high}].",
    "col_helpful": "Helpful: right answers",
    "col_honest": "Honest: refuses what the text does not say",
    "col_harmless": "Harmless: refuses the probes",
    "rec_requests": "requests",
}
