"""The words on a text's two editions, in English."""

EDITIONS: dict[str, str] = {
    "h_editions": "The text changed",
    "editions_note": (
        "{metric} by what became of what a question asks for: as it was, another answer, told by "
        "the later edition alone, or told no more (right is then to refuse). A stale answer holds "
        "what the earlier edition said and nothing that the later one does. Time and money of the "
        "update are those of this run: the texts that changed were embedded, and the adapter was "
        "left, trained anew or trained further, as each variant says. People's hours are those of "
        "the price book, which are assumed unless you set them. What is lost by being left as it "
        "was: how much further one that was left falls behind one like it that was not, on what "
        "changed beside what did not, in points of the whole."
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
    "editions_loss": (
        "{name} lost {loss} points {span} of all by being left as it was through this update, "
        "beside {beside}."
    ),
    "editions_no_loss": (
        "{name} lost nothing that shows by being left as it was through this update, beside "
        "{beside}: {loss} points {span}."
    ),
    "often_above": (
        "{name} costs less than {search} if the text changes more often than every "
        "{every}{without}."
    ),
    "often_below": (
        "If the text changes more often than every {every}, {search} costs less than "
        "{name}{without}."
    ),
    "often_first": "{cheaper} costs less than {dearer} however often the text changes{without}.",
    "often_machine": " (machines alone; people's hours left out)",
    "often_either": ", with the hours of people or without",
    "often_behind": (
        "Left as it is, {name} is behind {search} by more than your margin after one update "
        "already."
    ),
    "often_lasts": (
        "Left as it is, {name} falls behind {search} by more than your margin after {updates} "
        "missed updates, if each costs it what this one did: at {rate} a month, in {every}."
    ),
    "col_update_machine": "Update, machine",
    "col_update_people": "Update, people",
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
