"""The sentences on choosing today, on what is missing and on ties, in English."""

TODAY: dict[str, str] = {
    # --- if the choice must be made today ---
    "h_today": "What to do now, and what it risks",
    "today": (
        "If you must choose today, take {name}: with all that this exam leaves open, that loses "
        "you {points} points on average against the best choice, and {tail} in the unluckiest "
        "twentieth of cases."
    ),
    "today_safe": (
        "If you must choose today, take {name}: on this exam there is next to nothing to lose by "
        "it, even in the unluckiest twentieth of cases."
    ),
    "today_unknown": (
        "If you must choose today, take {name}, which is in front; what that risks cannot be said, "
        "since the questions come from too few sections."
    ),
    "today_chance": (
        "The chance that another one is better by more than your margin of {margin} points is "
        "{chance}."
    ),
    "today_missing": "The missing scores could add up to {points} points to that loss.",
    "today_money": "It may also cost more than it need: {money} a month on average.",
    "today_worth": "At what you would pay for a point, the average loss is worth {money} a month.",
    "evidence_enough": (
        "Even that stays within your margin of {margin} points, so more questions would change "
        "little that matters to you."
    ),
    "evidence_halves": (
        "{questions} more questions from further sections would bring that average down to "
        "{points}."
    ),
    "evidence_halves_beyond": (
        "{questions} more questions would bring that average down to {points}, but they take more "
        "text: the exam already asks about {asked} of its {sections} sections."
    ),
    "evidence_slow": (
        "Even {questions} more questions from further sections would only bring that average down "
        "to {points}."
    ),
    "evidence_slow_beyond": (
        "Even {questions} more questions, which take more text than this, would only bring that "
        "average down to {points}: the exam already asks about {asked} of its {sections} sections."
    ),
    "today_note": (
        "What could be true is drawn {draws} times from what the exam, the clock and the prices "
        "leave open. Each time the chosen variant is held against the one you would have taken had "
        "you known. Losses are in points, on average over the draws and over the worst twentieth "
        "of them; beaten means that another one is better by more than your margin."
    ),
    "evidence_note": (
        "Points that the choice loses on average, by how many more questions from further sections "
        "are asked before it is made. Four in five exams of this size would draw the line inside "
        "the band."
    ),
    "evidence_short": "Four in five exams of this size would draw the line inside the band.",
    "evidence_alt": "Points lost on average, by further questions",
    "evidence_x": "more questions",
    "evidence_y": "points lost on average",
    "evidence_now": "today",
    "col_if_taken": "If you took",
    "col_lost": "Average loss",
    "col_unlucky": "Worst twentieth",
    "col_overpaid": "Overpaid a month",
    "col_chance": "Chance beaten",
    # --- how the variant in front stands to the others ---
    "state_better_by_margin": "shown better by more than your margin",
    "state_better": "shown better, though maybe by less than your margin",
    "state_equal": "equal within your margin",
    "state_worse": "shown worse, though maybe by less than your margin",
    "state_open": "not settled",
    "state_not_worse": "shown not worse by your margin, and it is cheaper",
    "better_cheaper": (
        "It is better than {rival} by {gap} points [{low}, {high}], though maybe by less than your "
        "margin of {margin}, and cheaper."
    ),
    "open_better": (
        "It is shown better than {rival}, by {gap} points [{low}, {high}], but maybe by less than "
        "your margin of {margin}."
    ),
    # --- ties ---
    "verdict_tie_same_cost": (
        "A tie: {names} are equal within your margin of {margin} points, and their costs cannot be "
        "told apart. Take either."
    ),
    "verdict_tie_unsettled": (
        "A tie: {names} are equal within your margin of {margin} points to the best of them, but "
        "the cheapest is not shown equal to all the others."
    ),
    "equal_ahead": (
        "It is ahead of {rival} by {gap} points; the interval by which equality is tested "
        "[{low}, {high}] lies within your margin of {margin}."
    ),
    "equal_behind": (
        "{rival} gains {gap} points on it; the interval by which equality is tested "
        "[{low}, {high}] lies within your margin of {margin}."
    ),
    "equal_bare": "It and {rival} differ by {gap} points, within your margin of {margin}.",
    "reason_cost_alike": (
        "At {queries} questions a month it costs {month} and {rival} {other}, which the timed "
        "questions cannot tell apart."
    ),
    # --- what is missing, what is not compared, what is open ---
    "verdict_alone": "Adopt {name}: this run has no other variant to compare it with.",
    "verdict_unrivalled": (
        "Undecided: {names} has not one scored answer, so {name} cannot be compared with anything."
    ),
    "unscored": "Without one scored answer, {names} could not be compared.",
    "missing": (
        "{name} lacks {missing} of {due} scores: the intervals reach from all of them wrong to all "
        "of them right."
    ),
    "open_limit": (
        "Whether {name} keeps your limit of {limit} is open: nine in ten of its timed answers came "
        "within {value}, and so few cannot settle it."
    ),
    "no_common": "There is no question that all of them have a score for.",
    "needed_missing": (
        "First the missing scores must be had: further questions cannot make up for them."
    ),
    "change_missing": "The missing scores, once they are had, may settle it.",
    "warn_failed": (
        "{variant} gave no answer to {failed} questions ({reason}); each counts as "
        "zero, as a user would count it."
    ),
    "reason_unknown": "an error, a timeout",
    "warn_cut": (
        "{cut} of {asked} answers of {variant} {cut:was|were} cut at the limit of tokens "
        "(decoding.max_new_tokens): {cut:it|they} may have been right further on."
    ),
    # --- simple effects of the two levers ---
    "tuning_alone": "Tuning, without retrieval",
    "tuning_with_retrieval": "Tuning, with retrieval",
    "retrieval_alone": "Retrieval, base model",
    "retrieval_with_tuning": "Retrieval, tuned model",
    "levers_simple": (
        "Tuning adds {tuning_alone} points without retrieval and {tuning_with_retrieval} "
        "[{low}, {high}] with it; retrieval adds {retrieval_alone} to the base model and "
        "{retrieval_with_tuning} to the tuned one."
    ),
    "levers_ceiling": (
        "Added up, the two would reach {additive} of 100 points, so at least {forced} of the "
        "interaction of {interaction} is only the end of the scale, and says nothing of how the "
        "two work together (Loftus 1978)."
    ),
    "levers_floor": (
        "Added up, the two would reach {additive} points, so at least {forced} of the interaction "
        "of {interaction} is only the lower end of the scale, and says nothing of how the two work "
        "together (Loftus 1978)."
    ),
}
