"""What is said of forgetting and of other wordings, in English."""

PROBES: dict[str, str] = {
    # --- what tuning broke ---
    "h_forgetting": "What tuning broke",
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
        "Its feel for other prose has not clearly changed: perplexity {before} before tuning, "
        "{after} after ({rise} [{low}, {high}])."
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
        "Of {known} exam questions that {baseline} answers right, {variant} gets {broken} wrong; "
        "it gets {gained} right that {baseline} has wrong (exact McNemar test, p {p})."
    ),
    "forgot_known_more": (
        "{variant} lost more than it gained: of {known} exam questions that {baseline} answers "
        "right it gets {broken} wrong, and only {gained} right that {baseline} has wrong (exact "
        "McNemar test, p {p})."
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
        "{reading_high}]; {broken} of {known} exam questions that {baseline} has right."
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
}
