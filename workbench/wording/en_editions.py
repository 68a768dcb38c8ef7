"""The words on a text's two editions, in English."""

EDITIONS: dict[str, str] = {
    "h_editions": "The text changed",
    "editions_note": (
        "{metric} by what became of what a question asks for: as it was, another answer, told by "
        "the later edition alone, or told no more (right is then to refuse). A stale answer holds "
        "what the earlier edition said and nothing that the later one does. Time and money of the "
        "update are those of this run: the texts that changed were embedded, and the adapter was "
        "left, trained anew or trained further, as each variant says."
    ),
    "editions_changed": (
        "{share} of the text of both editions stands in one alone. Sections: {sections_unchanged} "
        "unchanged, {sections_changed} changed, {sections_added} added, {sections_removed} "
        "removed. Exam questions by what became of what they ask for: {questions_unchanged} "
        "unchanged, {questions_changed} changed, {questions_new} new, {questions_removed} removed; "
        "and {retired} of the earlier exam retired."
    ),
    "editions_stale": (
        "{most} gives the most stale answers: {high} of {of} questions whose old answer is wrong "
        "now."
    ),
    "col_by_hand": "By hand",
    "col_unchanged": "Unchanged",
    "col_changed": "Changed",
    "col_new": "New",
    "col_removed": "Removed",
    "col_stale": "Stale answers",
    "col_update_s": "Update, time",
    "col_update_money": "Update, money",
    "col_section": "Section",
    "col_what": "What became of it",
    "col_struck": "Struck",
    "col_came": "Came",
    "col_was": "Was",
    "col_now": "Is",
    "edited_changed": "changed",
    "edited_added": "added",
    "edited_removed": "removed",
}
