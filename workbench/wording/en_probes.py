"""What is said of forgetting and of other wordings, in English."""

PROBES: dict[str, str] = {
    # --- the search alone ---
    "h_search": "What the search finds",
    "search_note": (
        "{questions} exam questions with evidence, weighted by your workload: the share, in per "
        "cent, whose evidence is among the first passages, with its interval."
    ),
    "search_used": (
        "{part} is the search in use. It was chosen before the exam was opened; what is seen here "
        "belongs into no setting of the same exam."
    ),
    "search_passages": "{names}: {passages}.",
    "search_shared": "The experiment's search",
    "retriever_embedding": "its embedding",
    "retriever_query_map": "a map of the question's vectors",
    "retriever_cross_encoder": "a cross-encoder",
    "search_learned": "{name}: {method} was trained on {questions} training questions.",
    "search_learned_better": (
        "{name}: {method} was trained on {questions} training questions; on sections that it did "
        "not see, the right passage's mean reciprocal rank went from {before} to {after} of 100."
    ),
    "search_kept_order": (
        "For {kept} searches the model that ranks what was found gave no readable order, so that "
        "the order of the search stayed."
    ),
    "search_learned_nothing": (
        "{name}: {method} was trained on {questions} training questions and found no more on "
        "sections that it did not see ({before} of 100, mean reciprocal rank of the right "
        "passage), so the untrained one searches."
    ),
    "search_unmeasured": "Nothing was measured of the search.",
    "search_now": (
        "Variants that retrieve are shown {top} passages ({part}); for {share} of such questions "
        "these hold the evidence."
    ),
    "search_deeper": (
        "Variants that retrieve are shown {top} passages ({part}); for {share} of such questions "
        "these hold the evidence. Among the first {depth} it is for {deep}: looking deeper can "
        "gain at most {more} points of it."
    ),
    "search_deep_enough": (
        "Variants that retrieve are shown {top} passages ({part}); for {share} of such questions "
        "these hold the evidence, and looking deeper, to {depth}, finds hardly more ({deep})."
    ),
    "search_other": "{part} alone has it for {share}: worth a try on dev questions.",
    "h_misses": "What the search missed",
    "search_missed": (
        "{missed} of {questions} questions {missed:was|were} asked without "
        "{missed:its|their} evidence in sight."
    ),
    "search_no_miss": "The evidence of every question is among the {top} passages shown.",
    "misses_note": (
        "The hardest of them, and at which rank each part of the search has their evidence among "
        "its first {depth} passages."
    ),
    "col_part": "Part of the search",
    "col_first_n": "First {n}",
    "col_missed": "Question",
    "search_rank": "rank {rank}",
    "search_out": "not there",
    # --- what tuning broke ---
    "h_forgetting": "What tuning broke",
    "broke": "What tuning broke: {listed}.",
    "broke_nothing": (
        "What tuning broke: nothing that shows in other prose, other texts or exam questions."
    ),
    "broke_prose": "it continues other prose less surely",
    "broke_reading": "it reads other texts worse",
    "broke_known": "{broken} of {known} exam questions right before {broken:is|are} now wrong",
    "forgetting_note": (
        "The model with and without its adapter on texts that are in no corpus: {pieces} short "
        "pieces of plain English prose to continue (from the middle on, {tokens} tokens), and "
        "{questions} questions on them, each beside its piece. Perplexity is how many words or "
        "parts of words the model hesitates between; higher is worse. Intervals are paired, "
        "between pieces. Last, what became of the exam questions answered right without the "
        "adapter: right is an answer that holds a reference whole."
    ),
    "forgot_prose_up": (
        "It lost some of its feel for other prose: perplexity {before} before tuning, {after} "
        "after ({rise} [{low}, {high}])."
    ),
    "forgot_prose_same": (
        "Its feel for other prose is about what it was: perplexity {before} before tuning, {after} "
        "after ({rise} [{low}, {high}])."
    ),
    "forgot_prose_down": (
        "It continues other prose more surely than before: perplexity {before} before tuning, "
        "{after} after ({rise} [{low}, {high}])."
    ),
    "forgot_reading_down": (
        "It reads other texts worse: {before} points before tuning, {after} after ({gap} "
        "[{low}, {high}]). Of {unanswerable} questions without an answer it refused "
        "{refusals_before} before and {refusals_after} after."
    ),
    "forgot_reading_same": (
        "Its reading of other texts has not clearly changed: {before} points before tuning, "
        "{after} after ({gap} [{low}, {high}]). Of {unanswerable} questions without an answer it "
        "refused {refusals_before} before and {refusals_after} after."
    ),
    "forgot_reading_up": (
        "It reads other texts better than before: {before} points before tuning, {after} after "
        "({gap} [{low}, {high}]). Of {unanswerable} questions without an answer it refused "
        "{refusals_before} before and {refusals_after} after."
    ),
    "forgot_known": (
        "{baseline} answers {known} of the exam questions right; of those {variant} gets {broken} "
        "wrong, of the others {gained} right (exact McNemar test, p {p})."
    ),
    "forgot_known_more": (
        "{variant} lost more than it gained: {baseline} answers {known} of the exam questions "
        "right; of those it gets {broken} wrong, of the others only {gained} right (exact McNemar "
        "test, p {p})."
    ),
    "forgot_known_all": (
        "{variant} still answers all {known} exam questions right that {baseline} does, and no "
        "further ones."
    ),
    "forgot_known_none": (
        "{baseline} answers no exam question right, so {variant} had nothing to unlearn there; "
        "it gets {gained} right."
    ),
    "forgot_line": (
        "What tuning broke ({names}): perplexity on other prose {prose_gap} [{prose_low}, "
        "{prose_high}]; reading of other texts {reading_gap} points [{reading_low}, "
        "{reading_high}]."
    ),
    "forgot_line_known": (
        "What tuning broke ({names}): perplexity on other prose {prose_gap} [{prose_low}, "
        "{prose_high}]; reading of other texts {reading_gap} points [{reading_low}, "
        "{reading_high}]; of {known} exam questions that {baseline} has "
        "right, {broken} now wrong."
    ),
    "col_adapter": "Adapter",
    "col_prose_before": "Perplexity before",
    "before": "Before",
    "col_after": "After",
    "col_change": "Change",
    "col_reading_before": "Reading before",
    "col_known": "Right before",
    "col_broken": "Now wrong",
    "col_gained": "Newly right",
    "col_p_exact": "p (exact)",
    "col_pair": "Tuned and untuned",
    # --- other wordings ---
    "h_sensitivity": "The same question in other words",
    "sensitivity_note": (
        "{questions} exam questions, each asked in some {wordings} wordings. “Turns” is the share "
        "of questions, in per cent, that are right in some wordings and wrong in others; right is "
        "an answer that holds a reference whole. Range and standard deviation are of a question's "
        "{metric} over its wordings, in points, averaged over questions. Errors are taken between "
        "sections."
    ),
    "turning_points": "Questions that turn between right and wrong",
    "sensitivity_most": (
        "{name} hangs most on the wording: on {share} of {n} questions [{low}, {high}] it is "
        "right in some wordings and wrong in others ({turned} of the {solved} that it gets right "
        "at all), and a question's best and worst wording lie {range} points apart on average."
    ),
    "sensitivity_least": (
        "{name} is the steadiest: of {solved} questions that it gets right in some wording it gets "
        "{turned} wrong in another, and best and worst wording lie {range} points apart."
    ),
    "sensitivity_steady": (
        "No variant turned between right and wrong on any of {n} questions when they were asked "
        "in other words."
    ),
    "sensitivity_none": "No question was answered in two wordings, so nothing can be said.",
    "col_turns": "Turns",
    "col_solved": "Ever right",
    "col_turned": "Of these, turned",
    "col_range": "Range",
    "col_sd": "Std. dev.",
}
