"""The words on the questions that people ask, in English."""

DRIFT: dict[str, str] = {
    "h_asked": "What people ask",
    "drift_few": (
        "{asked} questions were asked, and the exam has {exam}: too few to tell whether one is "
        "like the other (30 of each)."
    ),
    "drift_alike": (
        "The {asked} questions that were asked look like the exam's {exam}: nothing moved beyond "
        "chance."
    ),
    "drift_moved": (
        "The {asked} questions that were asked are not like the exam's {exam}. What moved: "
        "{moved}. The verdict holds for the exam's; for these it is open."
    ),
    "drift_unlike": (
        "{share} [{low}, {high}] of them are unlike any question of the exam; of the exam's own "
        "5% would be."
    ),
    "drift_more": (
        "{names} should weigh more: {listed} of what is asked lies nearest to it in the exam, "
        "where chance would have put {expected}."
    ),
    "drift_less": "Less asked for than the exam has it: {listed}.",
    "drift_drawn": "Of {asked} questions {drawn} were looked at, drawn by lot.",
    "drift_days": "Asked from {first} to {last}.",
    "drift_note": (
        "p is that of chance alone, adjusted for all that was looked at (Holm). Meaning: the "
        "energy distance of the questions' vectors, by permutation. Without evidence: the best "
        "passage is further away than for 95% of the exam's answerable questions. Refused: by the "
        "variant that most were put to. Questions count one by one: those of one conversation are "
        "taken for independent."
    ),
    "drift_no_index": (
        "What the text holds of them cannot be told: the run's index is not in the cache, or has "
        "no vectors of these questions' kind."
    ),
    "drift_no_replies": "A file of questions says nothing of refusals.",
    "drift_no_text": (
        "Texts were not kept, so there are no examples: the nearest section says what a group is "
        "about (serve with --log-text for examples)."
    ),
    "drift_of_meaning": "meaning",
    "drift_of_forms": "how it is asked",
    "drift_of_words": "length in words (median)",
    "drift_of_names": "with a name",
    "drift_of_numbers": "with a number",
    "drift_of_evidence": "nearness of the best passage (median)",
    "drift_of_without": "without evidence in the text",
    "drift_of_refused": "refused",
    "col_drift_what": "What",
    "col_drift_exam": "Exam",
    "col_drift_asked": "Asked",
    "col_drift_gap": "Difference",
    "col_drift_p": "p",
    "col_drift_moved": "Moved",
    "col_drift_part": "Part of the exam",
    "col_drift_name": "Which",
    "col_drift_share": "Share there",
    "col_drift_expected": "By chance",
    "col_drift_weighs": "Should weigh",
    "col_drift_group": "Questions",
    "col_drift_of": "Of all",
    "col_drift_near": "Nearest section",
    "col_drift_found": "In the text",
    "col_drift_form": "Asked by",
    "col_drift_examples": "Such as",
    "drift_part_stratum": "stratum",
    "drift_part_kind": "kind",
    "drift_part_section": "section",
    "drift_weighs_more": "more",
    "drift_weighs_less": "less",
    "drift_yes": "yes",
    "drift_no": "no",
    "drift_gold": "By hand",
    "drift_form_why": "why",
    "drift_form_how_many": "how many",
    "drift_form_how": "how",
    "drift_form_who": "who",
    "drift_form_when": "when",
    "drift_form_where": "where",
    "drift_form_which": "which",
    "drift_form_what": "what",
    "drift_form_yes_or_no": "yes or no",
    "drift_form_request": "a request",
    "drift_form_other": "otherwise",
}
