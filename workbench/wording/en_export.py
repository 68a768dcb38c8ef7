"""What is said of an export and of the exam that it sits again, in English."""

EXPORT: dict[str, str] = {
    "parity_same": "The same: all {n} answers are word for word those of the exam.",
    "parity_equivalent": (
        "Equivalent: {metric} differs by {difference} points {interval}, surely less than the "
        "margin of {margin}; {changed} of {n} answers {changed:is|are} other words."
    ),
    "parity_different": (
        "Different: {metric} differs by {difference} points {interval}; {changed} of {n} answers "
        "{changed:is|are} other words."
    ),
    "parity_undecided": (
        "Undecided: {metric} differs by {difference} points {interval}, which neither shows a "
        "difference nor one below the margin of {margin}; {changed} of {n} answers "
        "{changed:is|are} other words."
    ),
    "parity_as_untuned": (
        "{nearer} answers are nearer to those of the untuned model, {farther} to the exam's: the "
        "adapter is likely not in what answers. Name it in the request, or merge it in."
    ),
    "parity_as_tuned": (
        "Of the answers that tuning changed, {farther} are nearer to the exam's, {nearer} to the "
        "untuned model's."
    ),
    "parity_tuning_unseen": "No answer tells whether the adapter is there.",
    "parity_no_system": "The variant has no system text.",
    "parity_tokens_untold": "The server does not tell how many tokens it reads, or nothing here "
    "counts them.",
    "parity_system_kept": "The system text reaches the model: another one is other tokens there "
    "as here.",
    "parity_system_dropped": (
        "The system text that is sent does not reach the model: with {here} tokens more of it the "
        "server reads as many as before. It drops the text or puts its own in its place."
    ),
    "parity_system_changed": (
        "{here} tokens more of system text are {there} at the server: it rewrites the text, or its "
        "vocabulary is another."
    ),
    "parity_ids_same": "Both templates make the same tokens of a prompt.",
    "parity_ids_differ": "The templates make other tokens of the same prompt: compare "
    "chat_template.jinja of both.",
    "parity_tokens_same": "A prompt of {tokens} tokens has as many at the server.",
    "parity_tokens_differ": (
        "The server reads {gap} tokens for the same prompt: its template is another, or it adds "
        "text of its own."
    ),
    "parity_marks_shown": (
        "{n} answers hold marks of the template, such as the end of a turn: give the server the "
        "model's stop tokens."
    ),
    "parity_runs_on": (
        "{after} answers run into the limit of tokens, {before} in the exam: the server does not "
        "know where a reply ends. Give it the model's stop tokens."
    ),
    "parity_ends_alike": (
        "Replies end as in the exam: {after} run into the limit of tokens, {before} then."
    ),
    "parity_width_same": "Both hold their weights in {width}.",
    "parity_width_differs": "The weights are held in {there}, in the exam in {here}.",
    "parity_width_untold": "Nobody can see from here in which precision the server computes.",
    "parity_width_remains": (
        "What remains is the precision or quantisation that the server computes in, which cannot "
        "be seen from here, or another sampling than the exam's."
    ),
}
